package org.zolab.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.zolab.estimator.Clipped;
import org.zolab.estimator.GradientEstimator;
import org.zolab.model.Compute;
import org.zolab.model.ModelSource;
import org.zolab.model.Scope;
import org.zolab.model.Subset;
import org.zolab.objective.BatchLoss;
import org.zolab.sampler.SamplerConfig;
import org.zolab.space.Precision;
import org.zolab.space.Problems;
import org.zolab.task.Apidocs;
import org.zolab.task.Task;
import org.zolab.tensor.Device;
import org.zolab.update.Decayed;
import org.zolab.update.Falling;
import org.zolab.update.RuleConfig;
import org.zolab.update.Schedule;
import org.zolab.update.Sgd;

/**
 * All that a run will do, decided and checked before it starts. Immutable; two plans that are equal give equal runs.
 *
 * @param name          what the run is called
 * @param subject       what is trained, and on what
 * @param sampler       π's settings
 * @param estimator     from losses to ĝ, with ε
 * @param rule          how ĝ moves θ
 * @param learningRate  η of θ
 * @param schedule      what η is multiplied by in each step
 * @param steps         how many steps
 * @param batches       batches whose mean is a step's loss
 * @param seed          of all noise and of the order of examples
 * @param evaluateEvery steps between evaluations on dev
 * @param instruments   what is measured on the way; no number of the run depends on them
 * @param folder        where the run keeps its ledger and checkpoint; null: a new folder
 */
public record Plan(
        String name,
        Subject subject,
        SamplerConfig sampler,
        GradientEstimator estimator,
        RuleConfig rule,
        double learningRate,
        Schedule schedule,
        int steps,
        int batches,
        long seed,
        int evaluateEvery,
        List<Instrument.Now> instruments,
        @Nullable Path folder) {

    public Plan {
        instruments = List.copyOf(instruments);
    }

    /** A plan with defaults for everything but the model and the method. */
    public static Builder builder() {
        return new Builder();
    }

    /** Forward passes that the steps will spend, each over one batch. */
    public long forwards() {
        return forwards(steps);
    }

    /** Forward passes that so many steps would spend. */
    long forwards(int steps) {
        return batches * (sampler.forwardsBefore() + (long) steps * (estimator.forwards() + rule.forwards()));
    }

    /** How many steps {@code forwards} passes pay for; 0 if not one. */
    public int stepsFor(long forwards) {
        return Math.toIntExact(Math.max(0, (forwards - forwards(0)) / (forwards(1) - forwards(0))));
    }

    /**
     * The same method on the same subject, otherwise long.
     *
     * @param seed          of all noise and of the order of examples
     * @param learningRate  η of θ
     * @param steps         how many steps
     * @param evaluateEvery steps between evaluations on dev
     * @param tested        whether test is looked at
     * @param folder        where it keeps its ledger
     */
    Plan again(long seed, double learningRate, int steps, int evaluateEvery, boolean tested, Path folder) {
        return new Plan(
                name,
                tested ? subject : subject.untested(),
                sampler,
                estimator,
                rule,
                learningRate,
                schedule,
                steps,
                batches,
                seed,
                evaluateEvery,
                instruments,
                folder);
    }

    /** Notes a warm-up that so many steps would not get through. */
    static void requireRoom(Problems problems, Schedule schedule, int steps) {
        if (schedule instanceof Falling falling && steps > 0) {
            problems.require(
                    falling.warmUp() <= steps,
                    "warmUp of the schedule is more than the " + steps
                            + " steps of a run, which would end before it has its learning rate",
                    falling.warmUp());
        }
    }

    /** Refuses a folder that holds a run of another plan, and says in what they differ. */
    void requireOwn(Path folder) {
        Path file = folder.resolve(FineTuner.PLAN);
        if (!Files.exists(file)) {
            return;
        }
        String there;
        try {
            there = Files.readString(file);
        } catch (IOException e) {
            throw new IllegalArgumentException("folder cannot be read: " + folder + " (" + e.getMessage() + ")", e);
        }
        if (!there.equals(toString())) {
            Map<String, String> theirs = settings(there);
            Map<String, String> ours = settings();
            String differing = Stream.concat(ours.keySet().stream(), theirs.keySet().stream())
                    .distinct()
                    .filter(setting -> !Objects.equals(ours.get(setting), theirs.get(setting)))
                    .map(setting -> setting + " is " + theirs.getOrDefault(setting, "not told") + " there and "
                            + ours.getOrDefault(setting, "not told") + " here")
                    .collect(Collectors.joining(", "));
            throw new IllegalArgumentException("folder holds a run of another plan: " + folder + "; " + differing
                    + "; choose another folder, or the same settings");
        }
    }

    /** The loss of step {@code t}: of a batch, or the mean of several. */
    BatchLoss batch(Subject.Opened opened, long t) {
        if (batches == 1) {
            return opened.batch(t);
        }
        List<BatchLoss> parts = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            parts.add(opened.batch(t * batches + i));
        }
        return BatchLoss.mean(parts);
    }

    /** What it will cost; nothing is trained. */
    public Cost estimate() {
        return subject.estimate(this);
    }

    /** The settings that make a run what it is, by name. */
    public Map<String, String> settings() {
        return settings(toString());
    }

    /** The settings that a plan's words tell. */
    static Map<String, String> settings(String words) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String line : words.lines().toList()) {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                settings.put(line.substring(0, colon), line.substring(colon + 2));
            }
        }
        return settings;
    }

    /** The settings that make a run what it is, in a line each. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "name: %s%n%ssampler: %s%nestimator: %s%nrule: %s%nlearningRate: %s%nschedule: %s%nsteps: %d%nbatches: %d%n"
                        + "seed: %d%nevaluateEvery: %d%n",
                name,
                subject.settings(),
                sampler,
                estimator,
                rule,
                learningRate,
                schedule,
                steps,
                batches,
                seed,
                evaluateEvery);
    }

    /** Collects settings, and everything that is wrong with them. */
    public static final class Builder {
        private @Nullable String name;
        private @Nullable ModelSource model;
        private Scope tune = new Subset.Full();
        private @Nullable Subject subject;
        private @Nullable Method method;
        private Task task = Apidocs.task();
        private LanguageSubject.@Nullable Loss objective;
        private @Nullable RuleConfig rule;
        private Schedule schedule = new Falling(Falling.Shape.LINEAR, 0, 0);
        private double weightDecay;
        private double clip;
        private int batches = 1;
        private List<Instrument.Now> instruments = List.of();
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
        private Precision precision = Precision.FP32;
        private Precision theta = Precision.FP32;
        private Device device = Device.CPU;
        private @Nullable Path folder;

        private Builder() {}

        /** What the run is called; the method's name unless said. */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /** What is trained, in place of a model on a task. */
        public Builder subject(Subject subject) {
            this.subject = subject;
            return this;
        }

        /** Which model; required unless there is another subject. */
        public Builder model(ModelSource model) {
            this.model = model;
            return this;
        }

        /** Which of the model's parameters are trained; all unless said. */
        public Builder tune(Scope scope) {
            this.tune = Objects.requireNonNull(scope, "tune is null; leave it out to train all");
            return this;
        }

        /** Which method; required. */
        public Builder method(Method method) {
            this.method = method;
            return this;
        }

        /** On which examples; {@link Apidocs} unless said. */
        public Builder task(Task task) {
            this.task = Objects.requireNonNull(task, "task is null; leave it out for the one that comes with ZoLab");
            return this;
        }

        /** Which loss; the task's unless said. */
        public Builder objective(LanguageSubject.Loss objective) {
            this.objective = objective;
            return this;
        }

        /** How ĝ moves θ; the method's unless said. */
        public Builder rule(RuleConfig rule) {
            this.rule = rule;
            return this;
        }

        /** What η is multiplied by in each step; unless said it falls evenly to 0. */
        public Builder schedule(Schedule schedule) {
            this.schedule = Objects.requireNonNull(schedule, "schedule is null; leave it out to fall evenly to 0");
            return this;
        }

        /** How much of θ is added to ĝ, except in biases and norms; 0, nothing, unless said. */
        public Builder weightDecay(double decay) {
            this.weightDecay = decay;
            return this;
        }

        /** The most that a slope counts; 0, all of it, unless said. */
        public Builder clip(double limit) {
            this.clip = limit;
            return this;
        }

        /** What is measured on the way; nothing unless said. */
        public Builder measure(List<Instrument.Now> instruments) {
            this.instruments = instruments;
            return this;
        }

        /** How many batches a step's loss is the mean of, evaluated one after the other; 1 unless said. */
        public Builder batches(int batches) {
            this.batches = batches;
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

        /** How many steps; 1,000 unless said. */
        public Builder steps(int steps) {
            this.steps = steps;
            return this;
        }

        /** Examples in a step's batch; 16 unless said. */
        public Builder batch(int batch) {
            this.batch = batch;
            return this;
        }

        /** Of all noise and of the order of examples; 42 unless said. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Steps between evaluations on dev; a tenth of the steps, and 1 at least, unless said. */
        public Builder evaluateEvery(int steps) {
            this.evaluateEvery = steps;
            return this;
        }

        /** At most so many examples of dev; 500 unless said. */
        public Builder devExamples(int examples) {
            this.devExamples = examples;
            return this;
        }

        /** At most so many examples of test; 1,000 unless said; 0: test is not looked at. */
        public Builder testExamples(int examples) {
            this.testExamples = examples;
            return this;
        }

        /**
         * Tokens of a text: of longer ones the first and the last are kept, and before a head of classes the first ones and the separator at the end.
         * 0 unless said: a text longer than the model takes is refused before anything runs.
         */
        public Builder maxLength(int tokens) {
            this.maxLength = tokens;
            return this;
        }

        /** How forwards are computed; the machine's choice, in {@link #precision} and {@link #theta} and on {@link #device}, unless said. */
        public Builder compute(Compute compute) {
            this.compute = compute;
            return this;
        }

        /** What linear layers multiply in; single precision unless said. */
        public Builder precision(Precision precision) {
            this.precision = precision;
            return this;
        }

        /** What θ is kept in; single precision unless said. */
        public Builder theta(Precision precision) {
            this.theta = precision;
            return this;
        }

        /** Where the model is and its forwards run; the processor unless said. */
        public Builder device(Device device) {
            this.device = device;
            return this;
        }

        /** Where the run keeps its ledger and checkpoint; a new folder of {@link Home#runs} unless said. If there is one of the same plan already, the run goes on from there. */
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
            boolean explained = !found.list().isEmpty(); // then the caller has said why something is missing
            requireParts(found, explained);
            requireNumbers(found);
            RuleConfig moves = rule(found);
            GradientEstimator estimates = estimator(found);
            requireArithmetic(found);
            requireGradients(found, estimates);
            found.orThrow();
            Method chosen = Objects.requireNonNull(method);
            Subject trained = subject != null ? subject : language();
            chosen.sampler().check(trained.space(), found);
            found.orThrow();
            Plan plan = new Plan(
                    name != null ? name : chosen.name(),
                    trained,
                    chosen.sampler(),
                    Objects.requireNonNull(estimates),
                    Objects.requireNonNull(moves),
                    eta(),
                    schedule,
                    steps,
                    batches,
                    seed,
                    every(),
                    instruments,
                    folder);
            if (folder != null) {
                plan.requireOwn(folder);
            }
            return plan;
        }

        private double eta() {
            return learningRate != null ? learningRate : method != null ? method.learningRate() : 1;
        }

        private int every() {
            return evaluateEvery != null ? evaluateEvery : Math.max(1, steps / 10);
        }

        private void requireParts(Problems problems, boolean explained) {
            problems.require(
                            name == null || !name.isBlank(),
                            "name is blank; leave it out to be called as the method is",
                            name)
                    .require(
                            name == null || name.lines().count() < 2,
                            "name has several lines, and is told in one",
                            name);
            if (method == null && !explained) {
                problems.add("method is not set; try method(Method.mezo())");
            }
            if (subject != null) {
                subject.check(problems);
                return;
            }
            LanguageSubject.check(problems, model, tune, task, batch, devExamples, testExamples, maxLength);
            if (!loss().fits(task.kind())) {
                problems.add("objective " + objectiveName() + " chooses among options, and the task " + task.name()
                        + " has none; use answers()");
            }
            if (model == null && !explained) {
                problems.add("model is not set; try model(Opt.named(\"nano\"))");
            }
        }

        private void requireNumbers(Problems problems) {
            double eta = eta();
            problems.require(
                            eta > 0 && eta < Double.POSITIVE_INFINITY,
                            "learningRate is not strictly positive and finite",
                            eta)
                    .require(steps > 0, "steps is not strictly positive", steps)
                    .require(batches > 0, "batches is not strictly positive", batches)
                    .require(every() > 0, "evaluateEvery is not strictly positive", every())
                    .require(clip >= 0, "clip is negative", clip);
            requireRoom(problems, schedule, steps);
        }

        /** How θ moves, with its decay; null if that is a problem. */
        private @Nullable RuleConfig rule(Problems problems) {
            RuleConfig moves = rule != null ? rule : method != null ? method.rule() : new Sgd();
            if (moves.remembers()) {
                if (weightDecay != 0) {
                    problems.add("weightDecay adds θ to the estimates, and the rule " + moves
                            + " evaluates them again after θ has moved; use adam()");
                }
                if (method != null && method.sampler().keptVectors() > 0) {
                    problems.add("sampler " + method.name()
                            + " mentions a vector that moves in its directions, and the rule " + moves
                            + " evaluates those of earlier steps again; use adam(), or a sampler that keeps none");
                }
            }
            return weightDecay == 0 ? moves : problems.get(() -> new Decayed(moves, weightDecay));
        }

        /** What makes a gradient of losses, clipped; null if that is a problem. */
        private @Nullable GradientEstimator estimator(Problems problems) {
            if (method == null) {
                return null;
            }
            Method chosen = method;
            double distance = epsilon != null ? epsilon : chosen.epsilon();
            GradientEstimator estimator = problems.get(() -> chosen.estimator().apply(distance));
            if (estimator == null) {
                return null;
            }
            match(problems, chosen, estimator);
            if (epsilon != null && estimator.differentiates() && estimator.epsilon() == 0) {
                problems.add("epsilon is set, and the estimator " + estimator
                        + " measures exact slopes, which have none: leave it out");
            }
            return clip > 0 ? new Clipped(estimator, clip) : estimator;
        }

        private void requireArithmetic(Problems problems) {
            Device asked = compute != null ? compute.device() : device;
            problems.get(asked::gpu);
            if (precision != Precision.FP32 || theta != Precision.FP32 || device.isGpu()) {
                String which = precision != Precision.FP32 ? "precision" : theta != Precision.FP32 ? "theta" : "device";
                if (subject != null) {
                    problems.add(which + " says how a model is computed or kept, and the objective " + objectiveName()
                            + " has no model: leave it out");
                } else if (compute != null) {
                    problems.add(which + " is set, and compute says it already: leave one of them out");
                }
            }
        }

        private void requireGradients(Problems problems, @Nullable GradientEstimator estimator) {
            if (subject != null ? subject.differentiable() : loss().differentiable()) {
                return;
            }
            if (estimator != null && estimator.differentiates()) {
                problems.add("estimator " + estimator + " asks for exact slopes, and the objective " + objectiveName()
                        + " has no gradient; use centralDifference()");
            }
            if (method != null && method.sampler().differentiates()) {
                problems.add("sampler " + method.name() + " asks for an exact gradient, and the objective "
                        + objectiveName() + " has none; use uniformScales() or untrainedScales()");
            }
            if (instruments.stream().anyMatch(now -> now.instrument().differentiates())) {
                problems.add("measure asks for exact gradients, and the objective " + objectiveName()
                        + " has none; leave it out");
            }
        }

        private static void match(Problems problems, Method method, GradientEstimator estimator) {
            if (method.sampler().learns() && estimator.comparableDraws() < 2) {
                problems.add(
                        "sampler " + method.name() + " learns from comparing two probes of one side at least, and the "
                                + "estimator " + estimator + " reports " + estimator.comparableDraws()
                                + "; use bestOf(5) or leaveOneOut(5), or a sampler that does not learn");
            }
            if (method.sampler().steers() && estimator.cancelsCommon()) {
                problems.add("sampler " + method.name()
                        + " steers by what its directions have in common, which cancels in the " + "estimator "
                        + estimator + "; use centralDifference(), oneSided(4) or bestOf(4)");
            }
            if (method.sampler().needsCurvatures() && !estimator.curvatures()) {
                problems.add(
                        "sampler " + method.name() + " learns from the curvature along a direction, and the estimator "
                                + estimator + " does not measure it; use threePoint(alpha = 0.0)");
            }
        }

        private LanguageSubject.Loss loss() {
            return objective != null ? objective : LanguageSubject.Loss.of(task.kind());
        }

        private String objectiveName() {
            return subject != null ? subject.name() : loss().toString();
        }

        private Subject language() {
            return new LanguageSubject(
                    Objects.requireNonNull(model),
                    tune,
                    task,
                    loss(),
                    batch,
                    devExamples,
                    testExamples,
                    maxLength,
                    compute != null ? compute : Compute.on(device, Home.cache(), precision, theta));
        }
    }
}
