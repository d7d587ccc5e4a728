package org.zolab.train;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.ToDoubleBiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.zolab.estimator.GradientEstimator;
import org.zolab.objective.Function;
import org.zolab.objective.Toys;
import org.zolab.probe.CountingOracle;
import org.zolab.sampler.SamplerConfig;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.update.LearningRate;
import org.zolab.update.RuleConfig;

/**
 * A fingerprint, of twelve hexadecimal digits, of what code of one's own does at fixed inputs: the same in any process for the same code,
 * and different for code that behaves differently there. It is part of a plan's words, so that results of other code are never taken for the
 * plan's.
 *
 * <p>Code that does not do the same twice, or fails at these inputs, gets digits that never come again, so that its runs are never resumed.
 * Why behaviour and not text or bytes: docs/decisions/0024-code-is-known-by-what-it-does.md.
 */
public final class Behaviour {

    private static final long SEED = 24;

    /** How far from a start a function is tried, in units of the start's size. */
    private static final List<Double> DISTANCES = List.of(0.01, 0.1, 1.0, 10.0);

    /** Steps that a method is tried for, and their η. */
    private static final int STEPS = 8;

    private static final double ETA = 0.05;

    /** The ε that estimators are tried with. */
    public static final double EPSILON = 1e-3;

    private Behaviour() {}

    /**
     * The fingerprint of a function: of its values, and of its gradients if it has them, at its start and at four fixed points around that.
     * Cost: six values, five gradients.
     */
    public static String of(Function function) {
        float[] start = function.start();
        ParameterVector x = new ParameterVector(function.space(), Storage.heap(function.space(), Team.single()));
        x.set((tensor, values) -> values.put(0, start, (int) tensor.offset(), tensor.size()));
        double square = 0;
        for (float coordinate : start) {
            square += (double) coordinate * coordinate;
        }
        double size = Math.max(1, Math.sqrt(square / start.length));
        Direction z = Direction.noise(new NoiseKey(SEED, 0, 0), Law.GAUSSIAN);
        String begins = value(function, start);
        if (!value(function, start).equals(begins)) {
            return unknown();
        }
        StringBuilder found = new StringBuilder(begins).append(gradient(function, start));
        for (double distance : DISTANCES) {
            float[] at = x.along(z, distance * size).coordinates();
            found.append(value(function, at)).append(gradient(function, at));
        }
        return Ablator.hash(found.toString());
    }

    /**
     * The fingerprint of a sampler, an estimator and a rule together: of all losses they ask for and all points they lead to in
     * {@value #STEPS} steps on a net of 161 weights. They are run twice, side effects such as printing included.
     */
    public static String of(SamplerConfig sampler, GradientEstimator estimator, RuleConfig rule) {
        return twice(() -> {
            StringBuilder found = new StringBuilder();
            try (Subject.Opened net = new FunctionSubject(Toys.twoLayers(SEED)).open(SEED)) {
                ParameterVector theta = net.theta();
                ZerothOrder method =
                        new ZerothOrder(sampler.create(theta), estimator, rule.create(theta), t -> ETA, SEED);
                for (int t = 0; t < STEPS; t++) {
                    CountingOracle losses = new CountingOracle(net.batch(t), loss -> {});
                    method.step(t, losses, theta);
                    losses.losses().forEach(loss -> found.append(bits(loss)));
                    found.append(Long.toHexString(theta.fingerprint()));
                }
            }
            return found.toString();
        });
    }

    /** The fingerprint of a loss of options' scores: its values for two to five options with scores from −20 to −0.1, each right in turn. */
    public static String of(ToDoubleBiFunction<double[], Integer> loss) {
        return twice(() -> {
            StringBuilder found = new StringBuilder();
            for (int options = 2; options <= 5; options++) {
                for (double scale : List.of(0.1, 1.0, 10.0)) {
                    for (int right = 0; right < options; right++) {
                        double[] scores = new double[options];
                        for (int i = 0; i < options; i++) {
                            scores[i] = -scale * (1 + 0.618 * (i + 1) * options % 1);
                        }
                        found.append(bits(loss.applyAsDouble(scores, right)));
                    }
                }
            }
            return found.toString();
        });
    }

    /** The fingerprint of a schedule: its factors over runs of a few lengths, whose losses fall and then stay level. */
    public static String of(IntFunction<LearningRate> schedule) {
        return twice(() -> {
            StringBuilder found = new StringBuilder();
            for (int steps : List.of(10, 1000)) {
                LearningRate rate = schedule.apply(steps);
                for (int t = 0; t < steps; t++) {
                    found.append(bits(rate.applyAsDouble(t)));
                    rate.observe(Math.max(0.5, 1 - t / 500.0));
                }
            }
            return found.toString();
        });
    }

    private static String twice(Supplier<String> tried) {
        try {
            String once = tried.get();
            return once.equals(tried.get()) ? Ablator.hash(once) : unknown();
        } catch (RuntimeException e) {
            return unknown(); // its run will tell why
        }
    }

    private static String unknown() {
        return "no other (" + UUID.randomUUID() + ")";
    }

    /** The bits of a value, or what is thrown instead: a function need not be defined everywhere. */
    private static String value(Function function, float[] x) {
        try {
            return bits(function.value().applyAsDouble(x.clone()));
        } catch (RuntimeException e) {
            return e.getClass().getName();
        }
    }

    private static String gradient(Function function, float[] x) {
        @Nullable UnaryOperator<float[]> gradient = function.gradient();
        if (gradient == null) {
            return "";
        }
        try {
            return Integer.toHexString(Arrays.hashCode(gradient.apply(x.clone()))) + " ";
        } catch (RuntimeException e) {
            return e.getClass().getName();
        }
    }

    private static String bits(double value) {
        return Long.toHexString(Double.doubleToLongBits(value)) + " ";
    }
}
