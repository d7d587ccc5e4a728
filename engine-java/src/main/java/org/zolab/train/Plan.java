package org.zolab.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.zolab.estimator.GradientEstimator;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.ModelSource;
import org.zolab.sampler.SamplerConfig;
import org.zolab.space.Problems;
import org.zolab.task.Apidocs;
import org.zolab.task.Example;
import org.zolab.task.Split;
import org.zolab.task.Task;
import org.zolab.update.RuleConfig;
import org.zolab.update.Sgd;

/**
 * All that a run will do, decided and checked before it starts. Immutable; two plans that are equal give equal runs.
 *
 * @param name          what the run is called
 * @param model         which model
 * @param task          on which examples
 * @param objective     which loss
 * @param sampler       π's settings
 * @param estimator     from losses to ĝ, with ε
 * @param rule          how ĝ moves θ
 * @param learningRate  η of θ
 * @param steps         how many steps
 * @param batch         examples in a step's batch
 * @param seed          of all noise and of the order of examples
 * @param evaluateEvery steps between evaluations on dev
 * @param devExamples   at most so many of dev
 * @param testExamples  at most so many of test, before the first step and at the end; 0: none
 * @param maxLength     tokens of a text, longer ones are cut on the left; 0: longer ones than the model takes are an error
 * @param compute       how forwards are computed
 * @param folder        where the run keeps its ledger and checkpoint; null: a new folder
 */
public record Plan(
        String name,
        ModelSource model,
        Task task,
        Loss objective,
        SamplerConfig sampler,
        GradientEstimator estimator,
        RuleConfig rule,
        double learningRate,
        int steps,
        int batch,
        long seed,
        int evaluateEvery,
        int devExamples,
        int testExamples,
        int maxLength,
        Compute compute,
        @Nullable Path folder) {

    /** Which loss is minimised. */
    public enum Loss {
        /** {@link org.zolab.objective.OptionScoring}. */
        OPTIONS,
        /** {@link org.zolab.objective.AnswerLikelihood}. */
        ANSWERS
    }

    /** A plan with defaults for everything but the model and the method. */
    public static Builder builder() {
        return new Builder();
    }

    /** Forward passes that the steps will spend. */
    public long forwards() {
        return (long) steps * estimator.forwards();
    }

    /** What it will cost; nothing is trained. */
    public Estimate estimate() {
        return Estimate.of(this);
    }

    /** The settings that make a run what it is, in a line each. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "name: %s%nmodel: %s%ntask: %s%nobjective: %s%nsampler: %s%nestimator: %s%nrule: %s%nlearningRate: %s%nsteps: %d%nbatch: %d%n"
                        + "seed: %d%nevaluateEvery: %d%ndevExamples: %d%ntestExamples: %d%nmaxLength: %d%ncompute: %s%n",
                name,
                model.name(),
                task.name(),
                objective.name().toLowerCase(Locale.ROOT),
                sampler,
                estimator,
                rule,
                learningRate,
                steps,
                batch,
                seed,
                evaluateEvery,
                devExamples,
                testExamples,
                maxLength,
                compute);
    }

    /** Collects settings, and everything that is wrong with them. */
    public static final class Builder {
        private @Nullable String name;
        private @Nullable ModelSource model;
        private @Nullable Method method;
        private Task task = Apidocs.task();
        private Loss objective = Loss.OPTIONS;
        private RuleConfig rule = new Sgd();
        private @Nullable Double learningRate;
        private @Nullable Double epsilon;
        private int steps = 1000;
        private int batch = 16;
        private long seed = 42;
        private @Nullable Integer evaluateEvery;
        private int devExamples = 500;
        private int testExamples = 1000;
        private int maxLength;
        private @Nullable Compute compute;
        private @Nullable Path folder;

        private Builder() {}

        /** What the run is called; the method's name unless said. */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /** Which model; required. */
        public Builder model(ModelSource model) {
            this.model = model;
            return this;
        }

        /** Which method; required. */
        public Builder method(Method method) {
            this.method = method;
            return this;
        }

        /** On which examples. */
        public Builder task(Task task) {
            this.task = task;
            return this;
        }

        /** Which loss. */
        public Builder objective(Loss objective) {
            this.objective = objective;
            return this;
        }

        /** How ĝ moves θ; SGD unless said. */
        public Builder rule(RuleConfig rule) {
            this.rule = rule;
            return this;
        }

        /** η of θ; the method's unless said. */
        public Builder learningRate(double learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /** ε; the method's unless said. */
        public Builder epsilon(double epsilon) {
            this.epsilon = epsilon;
            return this;
        }

        /** How many steps. */
        public Builder steps(int steps) {
            this.steps = steps;
            return this;
        }

        /** Examples in a step's batch. */
        public Builder batch(int batch) {
            this.batch = batch;
            return this;
        }

        /** Of all noise and of the order of examples. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Steps between evaluations on dev; a tenth of the steps unless said. */
        public Builder evaluateEvery(int steps) {
            this.evaluateEvery = steps;
            return this;
        }

        /** At most so many examples of dev. */
        public Builder devExamples(int examples) {
            this.devExamples = examples;
            return this;
        }

        /** At most so many examples of test; 0: test is not looked at. */
        public Builder testExamples(int examples) {
            this.testExamples = examples;
            return this;
        }

        /** Tokens of a text; longer ones are cut on the left. */
        public Builder maxLength(int tokens) {
            this.maxLength = tokens;
            return this;
        }

        /** How forwards are computed; the machine's choice unless said. */
        public Builder compute(Compute compute) {
            this.compute = compute;
            return this;
        }

        /** Where the run keeps its ledger and checkpoint. If there is one of the same plan already, the run goes on from there. */
        public Builder folder(Path folder) {
            this.folder = folder;
            return this;
        }

        /** The plan, or an {@link IllegalArgumentException} that names everything that is wrong. */
        public Plan build() {
            return build(new Problems());
        }

        /** The plan; {@code found} are problems that the caller knows already, reported together with the rest. */
        public Plan build(Problems found) {
            Problems problems = found;
            boolean explained = !found.list().isEmpty(); // then the caller has said why something is missing
            Family family = null;
            if (method == null && !explained) {
                problems.add("sampler is not set; try sampler = ldsd() or sampler = mezo()");
            }
            if (model != null) {
                family = problems.get(model::family);
            } else if (!explained) {
                problems.add("model is not set; try model = opt(\"nano\")");
            }
            double eta = learningRate != null ? learningRate : method != null ? method.learningRate() : 1;
            double distance = epsilon != null ? epsilon : method != null ? method.epsilon() : 1;
            int every = evaluateEvery != null ? evaluateEvery : Math.max(1, steps / 10);
            problems.require(
                            eta > 0 && eta < Double.POSITIVE_INFINITY,
                            "learningRate is not strictly positive and finite",
                            eta)
                    .require(steps > 0, "steps is not strictly positive", steps)
                    .require(batch > 0, "batch is not strictly positive", batch)
                    .require(every > 0, "evaluateEvery is not strictly positive", every)
                    .require(devExamples > 0, "devExamples is not strictly positive", devExamples)
                    .require(testExamples >= 0, "testExamples is negative", testExamples)
                    .require(maxLength >= 0, "maxLength is negative", maxLength);
            GradientEstimator estimator = null;
            if (method != null) {
                Method chosen = method;
                estimator = problems.get(() -> chosen.estimator().apply(distance));
                if (estimator != null && chosen.sampler().learns() && estimator.comparableDraws() < 2) {
                    problems.add("sampler " + chosen.name()
                            + " learns from comparing two probes of one side at least, and the "
                            + "estimator " + estimator + " reports " + estimator.comparableDraws()
                            + "; use bestOf(5), or a sampler that does not learn");
                }
            }
            if (family != null && maxLength > family.maxTokens()) {
                problems.add("maxLength is more than the " + family.maxTokens() + " tokens that " + modelName()
                        + " takes: " + maxLength);
            }
            for (Split split : List.of(Split.TRAIN, Split.DEV)) {
                List<Example> examples = problems.get(() -> task.examples(split));
                if (examples != null && examples.isEmpty()) {
                    problems.add("task " + task.name() + " has no examples to "
                            + (split == Split.TRAIN ? "learn from (train)" : "choose the checkpoint by (dev)") + ": 0");
                }
            }
            problems.orThrow();
            Method chosen = Objects.requireNonNull(method);
            return new Plan(
                    name != null ? name : chosen.name(),
                    Objects.requireNonNull(model),
                    task,
                    objective,
                    chosen.sampler(),
                    Objects.requireNonNull(estimator),
                    rule,
                    eta,
                    steps,
                    batch,
                    seed,
                    every,
                    devExamples,
                    testExamples,
                    maxLength,
                    compute != null ? compute : Compute.ofMachine(Home.cache()),
                    folder);
        }

        private String modelName() {
            return model == null ? "the model" : model.name();
        }
    }
}
