package org.zolab.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.zolab.diagnose.SignalToNoise;
import org.zolab.objective.BatchLoss;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Sides;
import org.zolab.sampler.DirectionSampler;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.NoiseKey;
import org.zolab.space.Numbers;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Problems;

/**
 * A learning rate and an ε for a plan, from a few forward passes at the initial θ.
 *
 * <p>Along an estimate ĝ from one batch, three losses of another batch give the slope ⟨∇f, ĝ⟩ and the curvature ĝᵀHĝ that a step would meet.
 * A step of η lowers f by η E⟨∇f, ĝ⟩ − ½ η² E ĝᵀHĝ, most, if the length of ĝ and the curvature along it are uncorrelated, at
 *
 * <pre>
 *   η* = E⟨∇f, ĝ⟩ / (E‖ĝ‖² · E ĝᵀHĝ/‖ĝ‖²)
 * </pre>
 *
 * <p>The rate proposed is a {@linkplain #SHARE quarter} of it: the gradient shrinks as a run goes on and the noise of its estimates does not.
 * That share is measured, not derived: see docs/decisions/0013-a-quarter-of-the-greedy-rate.md.
 *
 * <p>Momentum adds up what 1/(1 − β) estimates move, so its rate is 1 − β times that.
 *
 * <p>The three losses lie as far apart as the plan's ε moves θ along a direction. That can be too close, as for an adapter at an ε that suits
 * weights: if over a third of the estimates the curvature is not twice its standard error, or bends f too little to stand out from rounding,
 * the next third is measured 10 times as far away, and if need be the last one 100 times.
 *
 * <p>ε is chosen where the sum of a slope's two errors is least, one from rounding, in proportion to 1/ε, and one from the third derivative,
 * to ε²: ε⁶ = noise² / (8 c²), with c from slopes at two distances and the noise of {@link SignalToNoise}. Reference: Moré and Wild, SIAM J.
 * Sci. Comput. 33(3), 2011.
 *
 * @param learningRate η
 * @param epsilon      ε; 0 if the estimator has none
 * @param greedy       η*, times 1 − β under momentum
 * @param estimates    how many estimates it is based on
 * @param forwards     how many forward passes it cost
 */
public record LearningRateSearch(double learningRate, double epsilon, double greedy, int estimates, long forwards) {

    /** The proposed rate, as a share of the best rate for the first step. */
    static final double SHARE = 0.25;
    /** How many directions ε is chosen along. */
    private static final int DIRECTIONS = 3;

    /** The factor between the two distances of their slopes. */
    private static final double APART = 4;

    /** Forward passes that ε takes. */
    private static final int FOR_EPSILON = SignalToNoise.FORWARDS + 4 * DIRECTIONS;
    /** Forward passes that an estimate's slope and curvature take. */
    private static final int FOR_STEP = 3;

    /** How many samplers are made: for the estimates, and twice for ε. */
    private static final int SAMPLERS = 3;

    private static final int FEWEST = 4;
    /** Distances at which the curvature is measured, one after the other, in units of the plan's distance. */
    private static final int[] DISTANCES = {1, 10, 100};
    /** How many times its standard error the curvature must be. */
    private static final double CLEAR = 2;

    /** How many times the rounding of losses their second difference must be. */
    private static final double ABOVE_NOISE = 30;

    /**
     * Searches for both; nothing is trained.
     *
     * @param forwards the most forward passes that it may take
     * @param stop     ends the search with a {@link java.util.concurrent.CancellationException} once it is asked to
     */
    public static LearningRateSearch of(Plan plan, long forwards, Stop stop) {
        return of(plan, forwards, stop, spent -> {});
    }

    /** Searches as {@link #of(Plan, long, Stop)} does, and tells {@code listener} how many forward passes have been spent. */
    public static LearningRateSearch of(Plan plan, long forwards, Stop stop, LongConsumer listener) {
        long each = (long) plan.batches() * (plan.estimator().forwards() + FOR_STEP);
        int samplers =
                plan.sampler().differentiates() ? SAMPLERS : 1; // such a one measures when it is new, whatever the step
        long before = (long) plan.batches()
                * (samplers * plan.sampler().forwardsBefore()
                        + (plan.estimator().epsilon() > 0 ? FOR_EPSILON : 0));
        Problems problems = new Problems();
        if (Double.isNaN(plan.rule().gain())) {
            problems.add("rule " + plan.rule() + " makes steps of its own length, and a search knows those of sgd() and"
                    + " momentum(); take one of them, or use tuning in an ablation");
        }
        long least = before + FEWEST * each;
        if (forwards < least) {
            problems.add("forwards is less than the " + least + " of " + FEWEST + " estimates: " + forwards
                    + "; a rate is told from " + FEWEST + " at least, of " + each + " forwards each here, after "
                    + before
                    + " for epsilon and the sampler, so allow forwards = " + least + " or more");
        }
        long most = before + Integer.MAX_VALUE * each;
        problems.require(
                        forwards <= most,
                        "forwards pays for more than the " + Outcome.number(Integer.MAX_VALUE)
                                + " estimates that a search can take; take at most " + most,
                        forwards)
                .orThrow();
        int estimates = (int) ((forwards - before) / each);
        try (Subject.Opened subject = stop.open(() -> plan.subject().open(plan.seed()))) {
            subject.cancelWhen(stop::asked);
            LearningRateSearch found =
                    search(plan, subject, estimates, before + estimates * each, done -> listener.accept(done * each));
            listener.accept(found.forwards); // those for epsilon come last
            return found;
        }
    }

    private static LearningRateSearch search(
            Plan plan, Subject.Opened subject, int estimates, long forwards, LongConsumer estimated) {
        ParameterVector theta = subject.theta();
        double near = Instruments.distance(plan.estimator().epsilon());
        double length = near * Math.sqrt(theta.space().dimension());
        double noise = 0; // of an estimator without an ε the curvatures' standard error alone decides
        if (plan.estimator().epsilon() > 0) {
            try (BatchLoss f = plan.batch(subject, 2L * estimates)) {
                Direction z = direction(f, theta, plan, plan.sampler().create(theta), 0);
                noise = SignalToNoise.of(f, theta, z, near).noise();
            }
        }
        Sums sums = new Sums(Math.max(FEWEST, estimates / DISTANCES.length), length, noise);
        ZerothOrder standing = new ZerothOrder( // the plan's steps, but θ stays
                plan.sampler().create(theta), plan.estimator(), (x, g, eta) -> {}, t -> 0, plan.seed());
        for (int i = 0; i < estimates; i++) {
            int other = 2 * i + 1;
            try (BatchLoss f = plan.batch(subject, 2 * i)) {
                standing.step(i, f, theta, (zs, estimate) -> {
                    try (BatchLoss elsewhere = plan.batch(subject, other)) {
                        sums.add(elsewhere, theta, estimate.gradient());
                    }
                });
            }
            estimated.accept(i + 1);
        }
        double descent = sums.descent;
        double curvature = sums.curvature();
        double greedy = descent / (sums.square * curvature) / plan.rule().gain();
        if (!(greedy > 0 && greedy < Double.POSITIVE_INFINITY)) {
            throw new IllegalStateException(Numbers.plain(String.format(
                    Locale.ROOT,
                    "no learning rate can be told from %d estimates%s: along them f falls by %.3g and curves by %.3g, measured %d times"
                            + " as far away as epsilon %s is; allow more forwards or a larger batch, or try rates out, as ablate does",
                    estimates,
                    sums.zeros == 0 ? "" : ", of which " + sums.zeros + " are 0 because their losses are equal",
                    descent / estimates,
                    curvature,
                    sums.distance(),
                    plan.estimator().epsilon())));
        }
        double epsilon = 0;
        if (plan.estimator().epsilon() > 0) {
            try (BatchLoss f = plan.batch(subject, 2L * estimates)) {
                epsilon = epsilon(f, theta, plan, sums.distance() * near, noise);
            }
        }
        long spent = forwards - (long) sums.zeros * plan.batches() * FOR_STEP;
        return new LearningRateSearch(SHARE * greedy, epsilon, greedy, estimates, spent);
    }

    /** What was measured along the estimates. */
    private static final class Sums {
        private final int enough;
        private final double length;
        private final double noise;
        private final List<Double> curvatures = new ArrayList<>(); // at the current distance
        private double descent;
        private double square;
        private int at;
        private int zeros; // estimates along which there is nothing to measure

        /**
         * @param enough how many curvatures it takes to see whether a distance suits
         * @param length the shortest distance
         * @param noise  what rounding does to a loss
         */
        Sums(int enough, double length, double noise) {
            this.enough = enough;
            this.length = length;
            this.noise = noise;
        }

        int distance() {
            return DISTANCES[at];
        }

        double curvature() {
            return curvatures.stream().mapToDouble(c -> c).average().orElse(Double.NaN);
        }

        private boolean isClear() {
            return curvature() > CLEAR * error() && curvature() * away() * away() > ABOVE_NOISE * noise;
        }

        private double away() {
            return distance() * length;
        }

        /** Measures {@code f} on both sides of θ along g, and at θ. */
        void add(LossOracle f, ParameterVector theta, Direction g) {
            if (curvatures.size() == enough && at + 1 < DISTANCES.length && !isClear()) {
                at++;
                curvatures.clear();
            }
            double norm = Fold.norm(theta, g);
            if (norm == 0) {
                zeros++;
                return;
            }
            double h = away() / norm;
            List<Point> points = Sides.points(theta, List.of(g), h);
            points.add(theta.here());
            double[] losses = f.at(points);
            Sides along = Sides.of(List.of(g), h, losses).get(0);
            descent += along.slope();
            square += norm * norm;
            curvatures.add(along.curvature(losses[2]) / (norm * norm));
        }

        /** The standard error of the mean curvature. */
        private double error() {
            double mean = curvature();
            double squares = curvatures.stream()
                    .mapToDouble(c -> (c - mean) * (c - mean))
                    .sum();
            return Math.sqrt(squares / (curvatures.size() - 1) / curvatures.size());
        }
    }

    /** One of the directions that ε is chosen along. */
    private static Direction direction(
            LossOracle f, ParameterVector theta, Plan plan, DirectionSampler sampler, int i) {
        NoiseKey key = new NoiseKey(
                plan.seed(), i + 1, ZerothOrder.APART); // not step 0, where a policy would pay for its start again
        sampler.prepare(f, theta, key);
        return sampler.propose(1, theta, key.draw(1)).get(0);
    }

    private static double epsilon(LossOracle f, ParameterVector theta, Plan plan, double near, double noise) {
        DirectionSampler sampler = plan.sampler().create(theta);
        double bend = 0;
        for (int i = 0; i < DIRECTIONS; i++) {
            Direction z = direction(f, theta, plan, sampler, i);
            double difference = slope(f, theta, z, APART * near) - slope(f, theta, z, near);
            bend += Math.pow(difference / ((APART * APART - 1) * near * near), 2) / DIRECTIONS;
        }
        double best = Math.cbrt(noise / Math.sqrt(8 * bend));
        return best > 0 && best < Double.POSITIVE_INFINITY ? best : near; // no rounding, or no third derivative
    }

    private static double slope(LossOracle f, ParameterVector theta, Direction z, double epsilon) {
        double[] losses = f.at(Sides.points(theta, List.of(z), epsilon));
        return Sides.of(List.of(z), epsilon, losses).get(0).slope();
    }

    /** In one line. */
    @Override
    public String toString() {
        return Numbers.plain(String.format(
                Locale.ROOT,
                "learningRate %.1e%s; from %d estimates, %d forwards",
                learningRate,
                epsilon > 0 ? String.format(Locale.ROOT, ", epsilon %.1e", epsilon) : "",
                estimates,
                forwards));
    }
}
