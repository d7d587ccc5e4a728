package org.zolab.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.zolab.diagnose.Alignment;
import org.zolab.diagnose.Movement;
import org.zolab.diagnose.SignalToNoise;
import org.zolab.diagnose.SlopeCheck;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.LearnedScales;
import org.zolab.space.Direction;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.train.Instrument.Moment;

/** The instruments that come with the engine. */
public final class Instruments {

    /** The distance at which instruments and searches measure if the estimator has no ε: the ε of most methods. */
    private static final double WITHOUT_EPSILON = 1e-3;

    private Instruments() {}

    /** ε, or a default distance if it is 0. */
    static double distance(double epsilon) {
        return epsilon > 0 ? epsilon : WITHOUT_EPSILON;
    }

    /**
     * How well the estimate and the policy align with the exact gradient ∇f(θ) of the same batch.
     *
     * <pre>
     *   cos(ĝ, ∇f)                  of the estimate
     *   C·d                         d·E cos²(z, ∇f) of a learned policy's draws; it is 1 for noise without a policy
     *   cos(μ, −∇f), ‖μ‖/(σ√d)      of a learned mean
     * </pre>
     *
     * <p>C·d and ‖μ‖/(σ√d) refer to the step's draws: if the step's noise is confined to some coordinates, so are μ and d in them.
     * cos(μ, −∇f) refers to all of μ, that is, to what has been learned so far.
     *
     * <p>Cost: a gradient, about 3.5 forward passes; memory: a vector as large as θ, and what a gradient needs.
     */
    public static Instrument alignment() {
        return withGradient((moment, exact) -> {
            Map<String, Double> values = new LinkedHashMap<>();
            values.put("cos(ĝ, ∇f)", exact.cosine(moment.estimate().gradient()));
            if (moment.sampler() instanceof LearnedMean learned) {
                values.put("C·d", exact.ofGaussian(learned.mean(), learned.sigma(), learned.support()));
                values.put("cos(μ, −∇f)", exact.downhill(learned.mean()));
                values.put("‖μ‖/(σ√d)", Alignment.length(learned.mean(), learned.sigma(), learned.support()));
            } else if (moment.sampler() instanceof LearnedScales learned && learned.scales() != null) {
                values.put("C·d", exact.ofScales(learned.scales().sigma(), learned.support()));
            }
            return values;
        });
    }

    /** The share of each layer in ‖∇f(θ)‖² and in ‖ĝ‖². Cost and memory: those of {@link #alignment}. */
    public static Instrument energy() {
        return withGradient((moment, exact) -> {
            Map<String, Double> values =
                    new LinkedHashMap<>(exact.shares(Direction.of(exact.gradient()), Instruments::layer));
            values.putAll(exact.shares(moment.estimate().gradient(), tensor -> "estimate's " + layer(tensor)));
            return values;
        });
    }

    private static String layer(ParameterSpace.Tensor tensor) {
        return tensor.layer() >= 0 ? "energy: layer " + tensor.layer() : "energy: the rest";
    }

    /**
     * The slope along the step's first direction, measured from both sides at ε, and the exact one; at 10⁻³ if the estimator has no ε. Cost:
     * a gradient and two forward passes.
     */
    public static Instrument slopes() {
        Instrument reading = moment -> {
            SlopeCheck check = SlopeCheck.of(
                    DifferentiableOracle.of(moment.loss()),
                    moment.theta(),
                    moment.directions().get(0),
                    distance(moment.epsilon()));
            return inOrder("slope: measured", check.measured(), "slope: exact", check.exact());
        };
        return new Costing(reading, true, DifferentiableOracle.FORWARDS + 2, 0, 1);
    }

    /**
     * Whether evaluations leave θ alone, and how much of an update survives rounding: the drift ‖θ_after − θ_before‖/‖θ‖ when the step's
     * directions are evaluated again, and the share ⟨θ_after − θ, −ηĝ⟩/‖ηĝ‖² of the update by −ηĝ. Cost: a forward pass for each direction;
     * memory: two vectors as large as θ.
     */
    public static Instrument drift() {
        Instrument reading = moment -> inOrder(
                "drift",
                Movement.drift(moment.theta(), () -> moment.loss()
                        .at(moment.directions().stream()
                                .map(z -> moment.theta().along(z, distance(moment.epsilon())))
                                .toList())),
                "retained share of an update",
                Movement.retained(moment.theta(), moment.estimate().gradient().times(-moment.learningRate())));
        return new Costing(reading, false, 0, 1, 2);
    }

    /** Two readings, drawn and named in this order. */
    private static Map<String, Double> inOrder(String first, double a, String second, double b) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(first, a);
        values.put(second, b);
        return values;
    }

    /**
     * |f(θ + εz) − f(θ − εz)| along the first direction, divided by the rounding noise of the loss; at 10⁻³ if the estimator has no ε. Cost:
     * eleven forward passes.
     */
    public static Instrument signalToNoise() {
        Instrument reading = moment -> Map.of(
                "signal to noise",
                SignalToNoise.of(
                                moment.loss(),
                                moment.theta(),
                                moment.directions().get(0),
                                distance(moment.epsilon()))
                        .ratio());
        return new Costing(reading, false, SignalToNoise.FORWARDS, 0, 0);
    }

    /** An instrument that is given ∇f of the step's batch. */
    private static Instrument withGradient(BiFunction<Moment, Alignment, Map<String, Double>> reading) {
        Instrument withGradient = moment -> {
            ParameterVector gradient = moment.theta().heapZeros();
            DifferentiableOracle.of(moment.loss()).gradient(moment.theta().here(), gradient);
            return reading.apply(moment, new Alignment(gradient));
        };
        return new Costing(withGradient, true, DifferentiableOracle.FORWARDS, 0, 1);
    }

    /**
     * An instrument and what a reading of it costs.
     *
     * @param forwards forward passes of a reading, and {@code each} more for every direction
     */
    private record Costing(Instrument reading, boolean differentiates, double forwards, double each, int keptVectors)
            implements Instrument {
        @Override
        public Map<String, Double> read(Moment moment) {
            return reading.read(moment);
        }

        @Override
        public double forwards(int directions) {
            return forwards + each * directions;
        }
    }
}
