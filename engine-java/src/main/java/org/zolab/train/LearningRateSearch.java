package org.zolab.train;

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
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Problems;
import org.zolab.update.Sgd;

/**
 * A learning rate and an ε for a plan, from a few forward passes where θ begins.
 *
 * <p>Along an estimate ĝ of one batch, three losses of another batch give the slope ⟨∇f, ĝ⟩ and the curvature ĝᵀHĝ that a step would meet. A step
 * of η lowers f by η E⟨∇f, ĝ⟩ − ½ η² E ĝᵀHĝ, most at
 *
 * <pre>
 *   η* = E⟨∇f, ĝ⟩ / (E‖ĝ‖² · E ĝᵀHĝ/‖ĝ‖²)
 * </pre>
 *
 * <p>The rate proposed is a {@linkplain #SHARE quarter} of it: the gradient shrinks as a run goes on and the noise of its estimates does not.
 * That share is measured, not derived: see docs/decisions/0013-a-quarter-of-the-greedy-rate.md.
 *
 * <p>ε is where a slope's two errors together are least, rounding in proportion to 1/ε and curvature's curvature to ε²: ε⁶ = noise² / (8 c²), with c from slopes at
 * two distances and the noise of {@link SignalToNoise}. Reference: Moré and Wild, SIAM J. Sci. Comput. 33(3), 2011.
 *
 * @param learningRate η
 * @param epsilon      ε
 * @param greedy       η*
 * @param estimates    how many estimates it is from
 * @param forwards     what it cost
 */
public record LearningRateSearch(double learningRate, double epsilon, double greedy, int estimates, long forwards) {

    /** What the first step's best rate is multiplied by. */
    static final double SHARE = 0.25;
    /** Directions that ε is chosen along, and the factor between the distances of their slopes. */
    private static final int DIRECTIONS = 3;

    private static final double APART = 4;
    private static final int NOISE_FORWARDS = 11;
    /** Forward passes that ε takes. */
    private static final int FOR_EPSILON = NOISE_FORWARDS + 4 * DIRECTIONS;
    /** Forward passes that an estimate's slope and curvature take. */
    private static final int FOR_STEP = 3;
    /** Draws from here on are no step's. */
    private static final int ELSEWHERE = 1 << 23;

    private static final int FEWEST = 4;

    /**
     * Searches; nothing is trained.
     *
     * @param forwards the most forward passes that it may take
     * @param stop     ends it with a {@link java.util.concurrent.CancellationException}
     */
    public static LearningRateSearch of(Plan plan, long forwards, Stop stop) {
        return of(plan, forwards, stop, spent -> {});
    }

    /** The same, and tells {@code listener} how many forward passes are spent. */
    public static LearningRateSearch of(Plan plan, long forwards, Stop stop, LongConsumer listener) {
        long each = (long) plan.batches() * (plan.estimator().forwards() + FOR_STEP);
        long before = (long) plan.batches() * (plan.sampler().forwardsBefore() + FOR_EPSILON);
        Problems problems = new Problems();
        if (!(plan.rule() instanceof Sgd)) {
            problems.add("rule " + plan.rule() + " makes steps of its own length, and a search knows those of sgd();"
                    + " leave the rule out, or use tune in an ablation");
        }
        long least = before + FEWEST * each;
        if (forwards < least) {
            problems.add("forwards is less than the " + least + " of " + FEWEST + " estimates: " + forwards
                    + "; a rate is told from " + FEWEST + " at least, of " + each + " forwards each here, after "
                    + before
                    + " for epsilon and the sampler, so allow forwards = " + least + " or more");
        }
        problems.orThrow();
        int estimates = Math.toIntExact((forwards - before) / each);
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
        double length = plan.estimator().epsilon() * Math.sqrt(theta.space().dimension());
        Sums sums = new Sums();
        ZerothOrder standing = new ZerothOrder( // its steps, but for the step
                plan.sampler().create(theta), plan.estimator(), (x, g, eta) -> {}, t -> 0, plan.seed());
        for (int i = 0; i < estimates; i++) {
            int other = 2 * i + 1;
            try (BatchLoss f = plan.batch(subject, 2 * i)) {
                standing.step(i, f, theta, (zs, estimate) -> {
                    try (BatchLoss elsewhere = plan.batch(subject, other)) {
                        sums.add(elsewhere, theta, estimate.gradient(), length);
                    }
                });
            }
            estimated.accept(i + 1);
        }
        double descent = sums.descent;
        double curvature = sums.curvature;
        double greedy = descent / (sums.square * curvature / estimates);
        if (!(greedy > 0 && greedy < Double.POSITIVE_INFINITY)) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "no learning rate can be told from %d estimates: along them f falls by %.3g and curves by %.3g; allow"
                            + " more forwards, or a larger batch",
                    estimates,
                    descent / estimates,
                    curvature / estimates));
        }
        try (BatchLoss f = plan.batch(subject, 2L * estimates)) {
            double epsilon = epsilon(f, theta, plan);
            return new LearningRateSearch(SHARE * greedy, epsilon, greedy, estimates, forwards);
        }
    }

    /** What the estimates met. */
    private static final class Sums {
        private double descent;
        private double square;
        private double curvature;

        /** Asks {@code f} at both sides of θ along g, {@code length} away, and at θ. */
        void add(LossOracle f, ParameterVector theta, Direction g, double length) {
            double norm = Fold.norm(theta, g);
            double h = length / norm;
            List<Point> points = Sides.points(theta, List.of(g), h);
            points.add(theta.here());
            double[] losses = f.at(points);
            Sides along = Sides.of(List.of(g), h, losses).get(0);
            descent += along.slope();
            square += norm * norm;
            curvature += along.curvature(losses[2]) / (norm * norm);
        }
    }

    private static double epsilon(LossOracle f, ParameterVector theta, Plan plan) {
        DirectionSampler sampler = plan.sampler().create(theta);
        double near = plan.estimator().epsilon();
        double noise = 0;
        double bend = 0;
        for (int i = 0; i < DIRECTIONS; i++) {
            NoiseKey key =
                    new NoiseKey(plan.seed(), i + 1, ELSEWHERE); // at step 0 a policy's start would be paid for again
            sampler.prepare(f, theta, key);
            Direction z = sampler.propose(1, theta, key.draw(1)).get(0);
            if (i == 0) {
                noise = SignalToNoise.of(f, theta, z, near).noise();
            }
            double difference = slope(f, theta, z, APART * near) - slope(f, theta, z, near);
            bend += Math.pow(difference / ((APART * APART - 1) * near * near), 2) / DIRECTIONS;
        }
        double best = Math.cbrt(noise / Math.sqrt(8 * bend));
        return best > 0 && best < Double.POSITIVE_INFINITY ? best : near; // nothing rounds, or nothing bends
    }

    private static double slope(LossOracle f, ParameterVector theta, Direction z, double epsilon) {
        double[] losses = f.at(Sides.points(theta, List.of(z), epsilon));
        return Sides.of(List.of(z), epsilon, losses).get(0).slope();
    }

    /** In one line. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "learningRate %.1e, epsilon %.1e; from %d estimates, %d forwards",
                learningRate,
                epsilon,
                estimates,
                forwards);
    }
}
