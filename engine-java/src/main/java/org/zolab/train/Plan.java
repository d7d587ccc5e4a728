package org.zolab.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.zolab.estimator.Clipped;
import org.zolab.estimator.GradientEstimator;
import org.zolab.model.Compute;
import org.zolab.model.ModelSource;
import org.zolab.model.Scope;
import org.zolab.model.Subset;
import org.zolab.objective.BatchLoss;
import org.zolab.sampler.SamplerConfig;
import org.zolab.space.Numbers;
import org.zolab.space.ParameterSpace;
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
 * @param instruments   what is measured during the run; no number of the run depends on them
 * @param folder        where the run keeps its ledger and checkpoint; null: a new folder
 * @param notes         remarks to read before it runs; no number of the run depends on them
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
        @Nullable Path folder,
        List<String> notes) {

    public Plan {
        instruments = List.copyOf(instruments);
        notes = List.copyOf(notes);
    }

    /** The default number of steps. */
    private static final int STEPS = 1000;

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
        return forwards(sampler, estimator, rule, batches, steps);
    }

    private static long forwards(
            SamplerConfig sampler, GradientEstimator estimator, RuleConfig rule, int batches, int steps) {
        return batches * (sampler.forwardsBefore() + (long) steps * (estimator.forwards() + rule.forwards()));
    }

    /**
     * How many steps {@code forwards} forward passes pay for.
     *
     * @throws IllegalArgumentException if they are more than a run can have
     */
    public int stepsFor(long forwards) {
        return steps(forwards, forwards(0), forwards(1));
    }

    /** How many steps a budget pays for, of which none takes {@code none} forward passes, and one {@code one}. */
    private static int steps(long budget, long none, long one) {
        long most = none + Integer.MAX_VALUE * (one - none);
        new Problems()
                .require(
                        budget <= most,
                        "budget pays for more than the " + Outcome.number(Integer.MAX_VALUE)
                                + " steps that a run can have; take at most " + most + " forward passes",
                        budget)
                .orThrow();
        return (int) Math.max(0, (budget - none) / (one - none));
    }

    /**
     * The same method with another seed, learning rate and length.
     *
     * @param subject       what is trained, and on what
     * @param seed          of all noise and of the order of examples
     * @param learningRate  η of θ
     * @param steps         how many steps
     * @param evaluateEvery steps between evaluations on dev
     * @param folder        where it keeps its ledger
     */
    Plan again(Subject subject, long seed, double learningRate, int steps, int evaluateEvery, Path folder) {
        return new Plan(
                name,
                subject,
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
                folder,
                notes);
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
    public Cost cost() {
        return subject.cost(this);
    }

    /** The settings that a run depends on, by name. */
    public Map<String, String> settings() {
        return settings(toString());
    }

    /** The settings in the words of a plan, by name. */
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

    /** The settings that a run depends on, one per line. */
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
        private @Nullable Task task = Apidocs.task();
        private @Nullable Loss objective;
        private @Nullable RuleConfig rule;
        private Schedule schedule = new Falling(Falling.Shape.LINEAR, 0, 0);
        private double weightDecay;
        private double clip;
        private int batches = 1;
        private List<Instrument.Now> instruments = List.of();
        private @Nullable Double learningRate;
        private @Nullable Double epsilon;
        private @Nullable Integer steps;
        private @Nullable Long budget;
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
        private final Set<String> ofModel = new LinkedHashSet<>(); // settings that were made and mean a model on a task

        private Builder() {}

        /** What the run is called; default: the method's name. */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /** What is trained, instead of a model on a task. */
        public Builder subject(Subject subject) {
            this.subject = subject;
            return this;
        }

        /** Which model; required unless there is another subject. */
        public Builder model(ModelSource model) {
            ofModel.add("model");
            this.model = model;
            return this;
        }

        /** Which of the model's parameters are trained; default: all. */
        public Builder tune(Scope scope) {
            ofModel.add("tune");
            this.tune = Objects.requireNonNull(scope, "tune is null; leave it out to train all");
            return this;
        }

        /** Which method; required. */
        public Builder method(Method method) {
            this.method = method;
            return this;
        }

        /** Which examples; default: {@link Apidocs}. */
        public Builder task(Task task) {
            ofModel.add("task");
            this.task = Objects.requireNonNull(task, "task is null; leave it out for the one that comes with ZoLab");
            return this;
        }

        /** Says that the caller could not build the task: checks that need one are left out, and the result is never a plan. */
        public Builder withoutTask() {
            this.task = null;
            return this;
        }

        /** Which loss; default: the task's. */
        public Builder objective(Loss objective) {
            ofModel.add("objective");
            this.objective = objective;
            return this;
        }

        /** How ĝ moves θ; default: the method's rule. */
        public Builder rule(RuleConfig rule) {
            this.rule = rule;
            return this;
        }

        /** What η is multiplied by in each step; default: falls evenly to 0. */
        public Builder schedule(Schedule schedule) {
            this.schedule = Objects.requireNonNull(schedule, "schedule is null; leave it out to fall evenly to 0");
            return this;
        }

        /** Weight decay: the share of θ that a step takes off, in units of η, except in biases and norms; see {@link Decayed}. Default: 0. */
        public Builder weightDecay(double decay) {
            this.weightDecay = decay;
            return this;
        }

        /** The largest slope that counts in full; 0, the default: no limit. */
        public Builder clip(double limit) {
            this.clip = limit;
            return this;
        }

        /** What is measured during the run; default: nothing. */
        public Builder measure(List<Instrument.Now> instruments) {
            this.instruments = instruments;
            return this;
        }

        /** How many batches a step's loss is the mean of, evaluated one after the other; default: 1. */
        public Builder batches(int batches) {
            this.batches = batches;
            return this;
        }

        /** The learning rate η of θ; default: the method's, or, with another rule, one that suits that rule. */
        public Builder learningRate(double learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /** ε; default: the method's. */
        public Builder epsilon(double epsilon) {
            this.epsilon = epsilon;
            return this;
        }

        /** How many steps; default: 1,000, or what the {@link #budget} pays for. */
        public Builder steps(int steps) {
            this.steps = steps;
            return this;
        }

        /** Forward passes that the steps may spend, each over one batch; instead of {@link #steps}. */
        public Builder budget(long forwards) {
            this.budget = forwards;
            return this;
        }

        /** Examples in a step's batch; default: 16. */
        public Builder batch(int batch) {
            ofModel.add("batch");
            this.batch = batch;
            return this;
        }

        /** The seed of all noise and of the order of examples; default: 42. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Steps between evaluations on dev; default: a tenth of the steps, and at least 1. */
        public Builder evaluateEvery(int steps) {
            this.evaluateEvery = steps;
            return this;
        }

        /** The most examples of dev that are evaluated; default: 500. */
        public Builder devExamples(int examples) {
            ofModel.add("devExamples");
            this.devExamples = examples;
            return this;
        }

        /** The most examples of test that are evaluated; default: 1,000; 0: test is not looked at. */
        public Builder testExamples(int examples) {
            ofModel.add("testExamples");
            this.testExamples = examples;
            return this;
        }

        /**
         * The most tokens of a text. Of longer texts the first token and the last ones are kept; before a head of classes, the first ones and
         * the separator at the end. Default: 0: a text that is longer than the model takes is refused before anything runs.
         */
        public Builder maxLength(int tokens) {
            ofModel.add("maxLength");
            this.maxLength = tokens;
            return this;
        }

        /** How forward passes are computed; default: what suits the machine, with {@link #precision}, {@link #theta} and {@link #device}. */
        public Builder compute(Compute compute) {
            this.compute = compute;
            return this;
        }

        /** The precision that linear layers multiply in; default: single. */
        public Builder precision(Precision precision) {
            this.precision = precision;
            return this;
        }

        /** The precision that θ is kept in; default: single. */
        public Builder theta(Precision precision) {
            this.theta = precision;
            return this;
        }

        /** The device that holds the model and computes its forward passes; default: the CPU. */
        public Builder device(Device device) {
            this.device = device;
            return this;
        }

        /** Where the run keeps its ledger and checkpoint; default: a new folder in {@link Home#runs}. A run of the same plan in it is continued. */
        public Builder folder(Path folder) {
            this.folder = folder;
            return this;
        }

        /** The plan, or an {@link IllegalArgumentException} that names everything that is wrong. */
        public Plan build() {
            return build(new Problems());
        }

        /** The plan; problems that the caller has already noted in {@code found} are reported together with the rest. */
        public Plan build(Problems found) {
            boolean explained = !found.list().isEmpty(); // then the caller has said why something is missing
            requireParts(found, explained);
            GradientEstimator estimates = estimator(found);
            RuleConfig moves = rule(found);
            int steps = steps(found, estimates, moves);
            requireNumbers(found, steps);
            requireCompute(found);
            requireGradients(found, estimates);
            requireSpace(found);
            found.orThrow();
            Method chosen = Objects.requireNonNull(method);
            Subject trained = subject != null ? subject : language();
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
                    every(steps),
                    instruments,
                    folder,
                    notes(chosen, trained, steps));
            if (folder != null) {
                new RunFolder(folder).requireSame(plan);
            }
            return plan;
        }

        private double eta() {
            return learningRate != null
                    ? learningRate
                    : method == null ? 1 : method.learningRate(rule == null ? method.rule() : rule);
        }

        private int every(int steps) {
            return evaluateEvery != null ? evaluateEvery : Math.max(1, steps / 10);
        }

        /** How many steps there are; any number if there is a problem with it. */
        private int steps(Problems problems, @Nullable GradientEstimator estimator, @Nullable RuleConfig rule) {
            if (budget == null) {
                return steps != null ? steps : STEPS;
            }
            if (steps != null) {
                problems.add(
                        "steps and budget are both set, and the budget says how many steps there are: leave one out");
                return steps;
            }
            if (!(budget > 0)) {
                problems.add("budget is not strictly positive: " + budget);
            } else if (method != null && estimator != null && rule != null && batches > 0) {
                long before = forwards(method.sampler(), estimator, rule, batches, 0);
                long first = forwards(method.sampler(), estimator, rule, batches, 1);
                if (budget >= first) {
                    return Objects.requireNonNullElse(problems.get(() -> Plan.steps(budget, before, first)), STEPS);
                }
                problems.add("budget pays for no step of " + method.name() + ", which takes " + first
                        + " forward passes: " + budget);
            }
            return STEPS;
        }

        private List<String> notes(Method method, Subject subject, int steps) {
            List<String> notes = new ArrayList<>();
            if (learningRate == null && subject instanceof LanguageSubject language) {
                method.rateElsewhere(language, rule == null ? method.rule() : rule)
                        .ifPresent(notes::add);
            }
            int warmUp = method.sampler().warmUp();
            if (warmUp > steps) {
                notes.add("warm-up of " + method.name() + " takes " + warmUp + " steps, and the run has "
                        + Outcome.counted(steps, "step") + ": it ends before its directions are what its settings say");
            }
            return notes;
        }

        private void requireParts(Problems problems, boolean explained) {
            problems.require(
                            name == null || !name.isBlank(),
                            "name is blank; leave it out to be called as the method is",
                            name)
                    .require(
                            name == null || name.lines().count() < 2,
                            "name has more than one line; write it in one",
                            name);
            if (method == null && !explained) {
                problems.add("method is not set; try method(Method.mezo())");
            }
            if (subject != null) {
                ofModel.forEach(setting -> problems.add(
                        setting + " is set, and so is subject, which takes its place: leave out one of them"));
                subject.check(problems);
                return;
            }
            LanguageSubject.check(problems, model, tune, task, batch, devExamples, testExamples, maxLength);
            if (task != null && !loss().fits(task.kind())) {
                problems.add("objective " + objectiveName() + " chooses among options, and the task " + task.name()
                        + " has none; use answers()");
            }
            if (model == null && !explained) {
                problems.add("model is not set; try model(Models.opt(\"nano\"))");
            }
        }

        private void requireNumbers(Problems problems, int steps) {
            double eta = eta();
            problems.require(
                            eta > 0 && eta < Double.POSITIVE_INFINITY,
                            "learningRate is not strictly positive and finite",
                            eta)
                    .require(steps > 0, "steps is not strictly positive", steps)
                    .require(batches > 0, "batches is not strictly positive", batches)
                    .require(every(steps) > 0, "evaluateEvery is not strictly positive", every(steps))
                    .require(clip >= 0, "clip is negative", clip)
                    .require(
                            batches <= 1 || !(subject instanceof FunctionSubject),
                            "batches is more than 1, and a function is the same in every batch, so that more would measure equal"
                                    + " losses; leave it out",
                            batches);
            requireRoom(problems, schedule, steps);
        }

        /** How θ moves, with the decay; null if there is a problem with it. */
        private @Nullable RuleConfig rule(Problems problems) {
            RuleConfig moves = rule != null ? rule : method != null ? method.rule() : new Sgd();
            if (moves.remembers() && method != null && method.sampler().keptVectors() > 0) {
                problems.add("rule " + moves + " draws the directions of earlier steps again, and those of the sampler "
                        + method.name()
                        + " contain a vector that has moved since; use adam(), or a sampler that keeps none");
            }
            return weightDecay == 0 ? moves : problems.get(() -> new Decayed(moves, weightDecay));
        }

        /** The estimator, clipped if asked for; null if there is a problem with it. */
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
            } else if (epsilon != null && estimator.epsilon() != epsilon && isFixed(chosen, estimator, epsilon)) {
                problems.add(Numbers.plain("epsilon is set to " + epsilon + ", and the estimator " + estimator
                        + " measures at " + estimator.epsilon()
                        + " whatever it is given: make it of that, as in customEstimator(…) { epsilon -> … }, or leave"
                        + " epsilon out"));
            }
            return clip > 0 ? problems.get(() -> new Clipped(estimator, clip)) : estimator;
        }

        /** Whether a method's estimator measures at the same distance whatever ε it is made for. */
        private static boolean isFixed(Method method, GradientEstimator made, double epsilon) {
            return method.estimator().apply(epsilon / 2).epsilon() == made.epsilon();
        }

        private void requireCompute(Problems problems) {
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

        /** Notes what would keep the sampler from drawing directions of the trained parameters, if these are known. */
        private void requireSpace(Problems problems) {
            ModelSource source = model;
            ParameterSpace space = subject != null
                    ? subject.space()
                    : source == null
                            ? null
                            : new Problems().get(() -> tune.of(source.family()).space()); // else it is noted elsewhere
            if (method != null && space != null) {
                method.sampler().check(space, problems);
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
            if (method.sampler().comparesDraws() && estimator.directions() < 2) {
                problems.add(
                        "sampler " + method.name() + " learns from comparing two probes of one side at least, and the "
                                + "estimator " + estimator + " reports " + estimator.directions()
                                + "; use bestOf(5) or leaveOneOut(5), or a sampler that does not learn");
            }
            if (method.sampler().steers() && estimator.cancelsCommon()) {
                problems.add("sampler " + method.name()
                        + " steers by what its directions have in common, which cancels in the estimator "
                        + estimator + "; use centralDifference(), oneSided(4) or bestOf(4)");
            }
            if (method.sampler().needsCurvatures() && !estimator.curvatures()) {
                problems.add(
                        "sampler " + method.name() + " learns from the curvature along a direction, and the estimator "
                                + estimator + " does not measure it; use threePoint(alpha = 0.0)");
            }
        }

        private Loss loss() {
            return objective != null || task == null
                    ? Objects.requireNonNullElse(objective, Loss.OPTIONS)
                    : Loss.of(task.kind());
        }

        private String objectiveName() {
            return subject != null ? subject.name() : loss().toString();
        }

        private Subject language() {
            return new LanguageSubject(
                    Objects.requireNonNull(model),
                    tune,
                    Objects.requireNonNull(task),
                    loss(),
                    batch,
                    devExamples,
                    testExamples,
                    maxLength,
                    compute != null ? compute : Compute.on(device, Home.cache(), precision, theta));
        }
    }
}
