package org.zolab.train;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import org.zolab.space.Problems;

/**
 * How an arm of an {@link Ablation} gets its learning rate: starting at the arm's own, the rate goes up or down by a factor towards the lower
 * loss, and down while all rates diverge, until the best rate has worse neighbours on both sides or the budget is spent.
 *
 * @param forwards forward passes that each arm may spend
 * @param seeds    the loss of a rate is the mean over these; they must not be seeds of the race
 * @param factor   between neighbouring rates
 */
public record Tuning(long forwards, List<Long> seeds, double factor) {

    public Tuning {
        seeds = List.copyOf(seeds);
        new Problems()
                .require(forwards > 0, "tuning's forwards is not strictly positive", forwards)
                .require(!seeds.isEmpty(), "tuning has no seeds", seeds)
                .require(seeds.stream().distinct().count() == seeds.size(), "a seed of tuning is given twice", seeds)
                .require(factor > 1 && factor <= 100, "tuning's factor is not in (1, 100]", factor)
                .orThrow();
    }

    /**
     * What a search found.
     *
     * @param learningRate the rate of the lowest loss
     * @param tried        loss by rate
     * @param bracketed    whether both neighbours of the rate were tried as well
     */
    public record Tuned(double learningRate, SortedMap<Double, Double> tried, boolean bracketed) {}

    /**
     * Searches.
     *
     * @param start the first rate
     * @param most  how many rates may be tried
     * @param loss  of a rate; infinite if it diverges
     */
    Tuned search(double start, int most, DoubleUnaryOperator loss) {
        TreeMap<Integer, Double> losses = new TreeMap<>();
        int next = 0;
        while (true) {
            losses.put(next, loss.applyAsDouble(rate(start, next)));
            int best = losses.entrySet().stream()
                    .min((a, b) -> Double.compare(a.getValue(), b.getValue()))
                    .orElseThrow()
                    .getKey();
            boolean bracketed = losses.containsKey(best - 1) && losses.containsKey(best + 1);
            if (bracketed || losses.size() >= most) {
                SortedMap<Double, Double> tried = new TreeMap<>();
                losses.forEach((power, value) -> tried.put(rate(start, power), value));
                return new Tuned(rate(start, best), tried, bracketed);
            }
            boolean down = losses.containsKey(best + 1) || losses.get(best) == Double.POSITIVE_INFINITY; // all diverged
            next = down ? best - 1 : best + 1;
        }
    }

    private double rate(double start, int power) {
        return start * StrictMath.pow(factor, power);
    }
}
