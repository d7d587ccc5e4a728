package org.zolab.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.zolab.objective.BatchLoss;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Energy;
import org.zolab.sampler.ScaleNet;
import org.zolab.sampler.ScaleNets;
import org.zolab.sampler.ScaleState;
import org.zolab.sampler.Scales;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.NoiseKey;
import org.zolab.space.Order;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.update.Adam;
import org.zolab.update.Momentum;
import org.zolab.update.RuleConfig;
import org.zolab.update.Sgd;
import org.zolab.update.UpdateRule;

/**
 * Trains the nets of {@link org.zolab.sampler.LearnedScales}, once for a model and with exact gradients; afterwards the nets are used
 * unchanged (the ZO Fine-tuner's learning to learn).
 *
 * <pre>
 *   σ = |nets(a)|,  z = cσ⊙u,  s = (f(θ + εz) − f(θ − εz)) / 2ε
 *   L = f(θ − ηs·z)                                   on the same batch
 *   ω ← rule(ω, ∂L/∂ω)                                by the closed form, no autograd through the nets
 *   m ← βm + ∇f(θ) · min(1, clip/‖∇f(θ)‖),  θ ← θ − rate·m
 *   every so many steps: θ ← its initial value, m ← 0; in between, rate falls evenly to 0
 * </pre>
 *
 * <p>θ − ηs·z is a point, so no parameters have to be restored after it. Losses and raw scales of the previous step are remembered for each
 * data set separately. When training ends, also by an exception, θ has its original bits.
 *
 * <p>Cost of a step: 2 forward passes and 2 gradients, 4 for {@link Scales.Form#WHOLE}. Memory: three vectors as large as θ, and what a
 * gradient needs.
 *
 * <p>Reference: arXiv 2510.00419. The formula, not the published code.
 */
public final class MetaTrainer {

    /**
     * How the nets learn.
     *
     * @param epsilon ε
     * @param eta     η of the zeroth-order step that the nets are judged by
     * @param form    what is differentiated
     * @param rule    what moves the nets' weights ω
     * @param rate    the learning rate of {@code rule}
     */
    public record Learning(double epsilon, double eta, Scales.Form form, RuleConfig rule, double rate) {

        /** As published: ε 10⁻³, η 10⁻⁶, detached, plain SGD of rate 0.1. The released nets hardly left their start with these settings. */
        public static final Learning PUBLISHED = new Learning(1e-3, 1e-6, Scales.Form.DETACHED, new Sgd(), 0.1);

        /** Adam on the nets, with the normaliser differentiated: this moves the nets, as the published settings do not. */
        public static Learning adam(double rate) {
            return new Learning(1e-3, 1e-4, Scales.Form.NORMALISED, new Adam(0.9, 0.99, 1e-8), rate);
        }

        public Learning {
            new Problems()
                    .require(
                            epsilon > 0 && epsilon < Double.POSITIVE_INFINITY,
                            "epsilon is not strictly positive and finite",
                            epsilon)
                    .require(eta > 0 && eta < Double.POSITIVE_INFINITY, "eta is not strictly positive and finite", eta)
                    .require(
                            rate >= 0 && rate < Double.POSITIVE_INFINITY,
                            "rate of the nets is not zero or positive and finite",
                            rate)
                    .require(
                            !rule.remembers(),
                            "rule of the nets evaluates gradients of earlier steps again, which are not kept",
                            rule)
                    .orThrow();
        }
    }

    /**
     * How θ moves between the steps of the nets.
     *
     * @param rate         at the start of a period
     * @param momentum     β
     * @param clip         the largest norm of a gradient; longer ones are scaled down to it
     * @param restartEvery steps of a period
     */
    public record Descent(double rate, double momentum, double clip, int restartEvery) {

        public Descent {
            new Problems()
                    .require(
                            rate >= 0 && rate < Double.POSITIVE_INFINITY,
                            "rate of theta is not zero or positive and finite",
                            rate)
                    .require(clip > 0, "clip is not strictly positive", clip)
                    .require(restartEvery >= 1, "restartEvery is less than 1", restartEvery)
                    .gather(() -> new Momentum(momentum))
                    .orThrow();
        }

        /** As published for a model of 10⁹ parameters: rate 0.01, β 0.8, clip 1. */
        public static Descent published(int restartEvery) {
            return new Descent(0.01, 0.8, 1, restartEvery);
        }
    }

    /**
     * Settings.
     *
     * @param learning how the nets learn
     * @param descent  how θ moves
     * @param energy   the weight of a tensor; the same as where the nets will be used
     * @param law      of u
     * @param steps    of the nets
     * @param seed     of the noise, and of the order of data sets
     */
    public record Config(Learning learning, Descent descent, Energy energy, DirectionLaw law, int steps, long seed) {

        public Config {
            if (!(steps >= 1)) {
                throw new IllegalArgumentException("steps is less than 1: " + steps);
            }
        }
    }

    /**
     * Batches to learn from.
     *
     * @param name    what it is called in events
     * @param batches the loss of batch 0, 1, …, which must know its gradient
     */
    public record DataSet(String name, LongFunction<? extends BatchLoss> batches) {}

    /**
     * What happened in a step.
     *
     * @param step     counted from 1
     * @param dataSet  the name of the batch's data set
     * @param here     f(θ)
     * @param gradient what was measured for the nets
     * @param scales   σ and f
     */
    public record Stepped(int step, String dataSet, double here, MetaGradient gradient, Scales scales) {}

    private final Config config;

    /** A training with these settings, not yet started. */
    public MetaTrainer(Config config) {
        this.config = config;
    }

    /**
     * Trains {@code nets} and returns the trained ones, calling {@code listener} after every step on this thread.
     *
     * @param theta    the model's parameters; there is a net for each of their tensors
     * @param dataSets each is visited once a round, in an order of the round's own
     * @throws IllegalArgumentException if there is no data set, a tensor has no net, or a loss does not know its gradient
     */
    public ScaleNets train(ParameterVector theta, List<DataSet> dataSets, ScaleNets nets, Consumer<Stepped> listener) {
        if (dataSets.isEmpty()) {
            throw new IllegalArgumentException("data sets is empty; give one at least");
        }
        Training training = new Training(theta, nets.of(theta.space()), dataSets.size());
        try {
            for (int t = 0; t < config.steps(); t++) {
                int round = t / dataSets.size();
                int[] order = Order.dataSets(config.seed(), round, dataSets.size());
                int chosen = order[t % dataSets.size()];
                DataSet data = dataSets.get(chosen);
                try (BatchLoss batch = data.batches().apply(round)) {
                    listener.accept(training.step(t, data.name(), DifferentiableOracle.of(batch), chosen));
                }
            }
        } finally {
            training.restart();
        }
        return training.nets();
    }

    /** One training's state. */
    private final class Training {
        private final ParameterVector theta;
        private final ParameterVector base;
        private final ParameterVector gradient;
        private final ParameterVector weights; // ω, a tensor of 449 for each of the model's
        private final ParameterVector byWeights;
        private final UpdateRule rule;
        private final DirectionLaw.Draws draws;
        private final List<ScaleState> states;
        private UpdateRule descent;

        Training(ParameterVector theta, List<ScaleNet> nets, int dataSets) {
            this.theta = theta;
            this.base = theta.zeros();
            copy(theta, base);
            this.gradient = theta.zeros();
            ParameterSpace.Builder space = ParameterSpace.builder();
            theta.space().tensors().forEach(tensor -> space.add(tensor.name(), List.of(ScaleNet.WEIGHTS)));
            ParameterSpace built = space.build();
            this.weights = new ParameterVector(built, Storage.heap(built, Team.single()));
            weights.set((tensor, values) ->
                    values.put(0, nets.get(built.indexOf(tensor.name())).weights()));
            this.byWeights = weights.zeros();
            this.rule = config.learning().rule().create(weights);
            this.draws = config.law().on(theta);
            this.states = IntStream.range(0, dataSets)
                    .mapToObj(i -> new ScaleState(nets.size()))
                    .toList();
            this.descent = new Momentum(config.descent().momentum()).create(theta);
        }

        Stepped step(int t, String name, DifferentiableOracle f, int dataSet) {
            Learning learning = config.learning();
            double[][] inputs = states.get(dataSet).inputs(theta);
            List<ScaleNet> nets = inOrder();
            double[] outputs = ScaleState.outputs(nets, inputs);
            Scales scales = new Scales(
                    Arrays.stream(outputs).map(Math::abs).toArray(),
                    config.energy().of(theta.space(), f::partial));
            Direction u = draws.at(new NoiseKey(config.seed(), t, 0));
            MetaGradient meta =
                    MetaGradient.at(theta, f, u, scales, learning.form(), learning.epsilon(), learning.eta(), gradient);
            byWeights.set((tensor, values) -> {
                int i = theta.space().indexOf(tensor.name());
                double[] own = nets.get(i).gradient(inputs[i], Math.signum(outputs[i]) * meta.scales()[i]);
                for (int w = 0; w < own.length; w++) {
                    values.put(w, (float) own[w]);
                }
            });
            rule.apply(weights, Direction.of(byWeights), learning.rate()); // ω ← ω − rate ∂L/∂ω
            states.get(dataSet).after(meta.ahead(), meta.behind(), scales.sigma());
            double here = descend(t, f);
            return new Stepped(t + 1, name, here, meta, scales);
        }

        /** One first-order step of θ, or the start of a new period; returns f(θ). */
        private double descend(int t, DifferentiableOracle f) {
            Descent settings = config.descent();
            int within = t % settings.restartEvery();
            if (within == settings.restartEvery() - 1) { // where θ would move to is not looked at
                double here = f.at(theta.here());
                restart();
                return here;
            }
            double here = f.gradient(theta.here(), gradient);
            Direction g = Direction.of(gradient);
            double rate = settings.rate() * (1 - (double) within / settings.restartEvery());
            descent.apply(theta, g.times(Math.min(1, settings.clip() / Fold.norm(theta, g))), rate);
            return here;
        }

        /** Restores θ and sets the momentum to 0. */
        void restart() {
            copy(base, theta);
            descent = new Momentum(config.descent().momentum()).create(theta);
        }

        private List<ScaleNet> inOrder() {
            List<ScaleNet> nets = new ArrayList<>();
            for (int i = 0; i < theta.space().tensors().size(); i++) {
                float[] own = new float[ScaleNet.WEIGHTS];
                weights.storage().read(i, 0, own, 0, own.length);
                nets.add(new ScaleNet(own));
            }
            return nets;
        }

        ScaleNets nets() {
            List<ScaleNet> inOrder = inOrder();
            Map<String, ScaleNet> nets = new LinkedHashMap<>();
            for (int i = 0; i < inOrder.size(); i++) {
                nets.put(theta.space().tensor(i).name(), inOrder.get(i));
            }
            return new ScaleNets(nets);
        }

        private static void copy(ParameterVector from, ParameterVector to) {
            to.load((tensor, into) ->
                    into.copy(from.storage().lanes(from.space().indexOf(tensor.name())), 0, 0, tensor.size()));
        }
    }
}
