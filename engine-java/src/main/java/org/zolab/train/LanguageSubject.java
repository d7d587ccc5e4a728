package org.zolab.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.Parametrization;
import org.zolab.model.Scope;
import org.zolab.model.text.Tokenizer;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.Objective;
import org.zolab.objective.OptionEncoder;
import org.zolab.objective.OptionScoring;
import org.zolab.objective.Prediction;
import org.zolab.objective.Score;
import org.zolab.space.Order;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.task.Example;
import org.zolab.task.GivenTask;
import org.zolab.task.Kind;
import org.zolab.task.Split;
import org.zolab.task.Task;

/**
 * A language model on the examples of a task.
 *
 * @param model        which model
 * @param tune         which of its parameters are trained
 * @param task         on which examples
 * @param objective    which loss
 * @param batch        examples in a batch; if there are fewer to learn from, all of them, as with PyTorch's loaders
 * @param devExamples  the most examples of dev that are evaluated
 * @param testExamples the most examples of test that are evaluated; 0: none
 * @param maxLength    the most tokens of a text, longer ones are cut as {@link OptionEncoder} says; 0: texts longer than the model takes are an error
 * @param compute      how forward passes are computed
 */
public record LanguageSubject(
        ModelSource model,
        Scope tune,
        Task task,
        Loss objective,
        int batch,
        int devExamples,
        int testExamples,
        int maxLength,
        Compute compute)
        implements Subject {

    /** Counting texts that are too long ends at this many, which takes up to a few seconds. */
    private static final int COUNTED = 1000;

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public ParameterSpace space() {
        return tune.of(model.family()).space();
    }

    @Override
    public String settings() {
        return String.format(
                Locale.ROOT,
                "model: %s%ntune: %s%nfiles: %s%ntask: %s%nexamples: %s%nobjective: %s%nmetric: %s%nbatch: %d%ndevExamples: %d%ntestExamples: %d%n%scompute: %s%n",
                model.name(),
                tune,
                files(),
                task.name(),
                task.fingerprint(),
                objective,
                metric().label().toLowerCase(Locale.ROOT),
                batch,
                devExamples,
                testExamples,
                maxLength == 0 ? "" : String.format(Locale.ROOT, "maxLength: %d%n", maxLength),
                compute);
    }

    /** Fingerprints of the model and of the adapter that it begins with, to tell them from others of the same names. */
    private String files() {
        try {
            return tune.fingerprint().isEmpty() ? model.fingerprint() : model.fingerprint() + ", " + tune.fingerprint();
        } catch (IllegalArgumentException e) {
            return "not to be read"; // the run will say why
        }
    }

    @Override
    public String computeId() {
        return compute.toString();
    }

    @Override
    public Metric metric() {
        return Metric.of(task.kind());
    }

    @Override
    public boolean differentiable() {
        return objective.differentiable();
    }

    @Override
    public void check(Problems problems) {
        check(problems, model, tune, task, batch, devExamples, testExamples, maxLength);
    }

    /** Notes what would keep it from training without evaluations: as {@link #check}, but leaving {@link Split#DEV} and {@link Split#TEST} aside. */
    public void checkTraining(Problems problems) {
        check(problems, model, tune, task, batch, 0, 0, maxLength, List.of(Split.TRAIN));
    }

    /** Notes what is wrong with the settings; the model and the task may be unknown. */
    static void check(
            Problems problems,
            @Nullable ModelSource model,
            Scope tune,
            @Nullable Task task,
            int batch,
            int devExamples,
            int testExamples,
            int maxLength) {
        problems.require(devExamples > 0, "devExamples is not strictly positive", devExamples)
                .require(testExamples >= 0, "testExamples is negative", testExamples);
        check(
                problems,
                model,
                tune,
                task,
                batch,
                devExamples,
                testExamples,
                maxLength,
                List.of(Split.TRAIN, Split.DEV));
    }

    /** Notes what is wrong with the settings, where the splits in {@code needed} must have examples. */
    private static void check(
            Problems problems,
            @Nullable ModelSource model,
            Scope tune,
            Task task,
            int batch,
            int devExamples,
            int testExamples,
            int maxLength,
            List<Split> needed) {
        problems.require(batch > 0, "batch is not strictly positive", batch)
                .require(maxLength >= 0, "maxLength is negative", maxLength);
        Family family = model == null ? null : problems.get(model::family);
        Parametrization trained = family == null ? null : problems.get(() -> tune.of(family));
        boolean suits = family == null || task == null || suits(problems, model, family, task);
        if (model != null && family != null) {
            int most = trained == null ? family.maxTokens() : trained.family().maxTokens();
            problems.require(
                    maxLength <= most,
                    "maxLength is more than the " + most + " tokens that " + model.name() + " takes",
                    maxLength);
            if (task != null && suits && maxLength >= 0 && maxLength <= most) {
                problems.gather(() -> requireThatTextsFit(
                        model,
                        trained == null ? family : trained.family(),
                        maxLength,
                        task,
                        split -> looked(task, split, devExamples, testExamples)));
            }
        }
        for (Split split : task == null ? List.<Split>of() : needed) {
            List<Example> examples = problems.get(() -> task.examples(split));
            if (examples != null && examples.isEmpty()) {
                problems.add("task " + task.name() + " has no examples to "
                        + (split == Split.TRAIN ? "learn from (train)" : "choose the checkpoint by (dev)")
                        + ": 0; give it some"
                        + (task instanceof GivenTask
                                ? ""
                                : ", or add other texts to its file, of which a tenth goes to dev, a fifth to test, the"
                                        + " rest to train, and equal ones to one of these"));
            }
        }
    }

    /** Whether a model suits the kind of a task; notes why not. */
    private static boolean suits(Problems problems, ModelSource model, Family family, Task task) {
        int known = problems.list().size();
        if (!family.labels().isEmpty()) {
            problems.require(
                    task.kind() == Kind.CLASSIFICATION,
                    "task " + task.name() + " is not one of classes, which the head of the model tells apart",
                    family.labels());
            if (task.kind() == Kind.CLASSIFICATION) {
                problems.gather(() -> Stream.of(Split.TRAIN, Split.DEV)
                        .flatMap(split -> task.examples(split).stream())
                        .forEach(example -> OptionEncoder.requireClasses(family, example)));
            }
        } else if (family.masked() && (task.kind() == Kind.TEXT || task.kind() == Kind.GENERATION)) {
            problems.add("task " + task.name() + " is for a model that writes, and " + model.name()
                    + " fills gaps with one word; take one such as opt(\"nano\"), or a task of options, classify(…)");
        }
        return problems.list().size() == known;
    }

    /** How many examples a batch has. */
    int batched() {
        return Math.min(batch, task.examples(Split.TRAIN).size());
    }

    /** Throws an {@link IllegalArgumentException} if texts are too long or options have no tokens; it says how many, where the first is, and what to do. */
    private static void requireThatTextsFit(
            ModelSource model, Family family, int maxLength, Task task, Function<Split, List<Example>> looked) {
        record Placed(Example example, Split split, int index) {}
        List<Placed> all = Arrays.stream(Split.values())
                .flatMap(split -> {
                    List<Example> examples = looked.apply(split);
                    return IntStream.range(0, examples.size()).mapToObj(i -> new Placed(examples.get(i), split, i));
                })
                .toList();
        boolean words = family.masked() && family.labels().isEmpty();
        try (Tokenizer tokenizer = model.tokenizer()) {
            OptionEncoder encoder = new OptionEncoder(model.name(), tokenizer, family, maxLength);
            if (words) {
                encoder.requireWords(all.stream().map(Placed::example).toList());
            }
            List<String> refused = all.stream()
                    .filter(each ->
                            !OptionEncoder.isShort(each.example(), family, maxLength) || encoder.joins(each.example()))
                    .flatMap(each -> new Problems()
                            .gather(() -> encoder.requireThatFits(each.example())).list().stream()
                                    .map(why -> task.place(each.split(), each.index()) + ": " + why))
                    .limit(COUNTED)
                    .toList();
            if (!refused.isEmpty()) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "%s%,d of %,d examples do not fit %s. The first is %s",
                        refused.size() < COUNTED ? "" : "at least ",
                        refused.size(),
                        all.size(),
                        model.name(),
                        refused.get(0)));
            }
        }
    }

    /** Examples of a split that are looked at. */
    public List<Example> looked(Split split) {
        return looked(task, split, devExamples, testExamples);
    }

    private static List<Example> looked(Task task, Split split, int devExamples, int testExamples) {
        List<Example> examples = task.examples(split);
        int most =
                switch (split) {
                    case TRAIN -> examples.size();
                    case DEV -> devExamples;
                    case TEST -> testExamples;
                };
        return examples.subList(0, Math.max(0, Math.min(most, examples.size())));
    }

    @Override
    public Cost cost(Plan plan) {
        return Cost.of(plan, this);
    }

    @Override
    public Subject untested() {
        return new LanguageSubject(model, tune, task, objective, batch, devExamples, 0, maxLength, compute);
    }

    @Override
    public Opened open(long seed) {
        return on(model.load(compute, tune, seed), seed);
    }

    /** Opens it on a model that is already loaded for the same {@code tune}, so that several tasks can share it; closing it closes the model. */
    public Opened on(LanguageModel loaded, long seed) {
        return new Loaded(this, loaded, seed);
    }

    private static final class Loaded implements Opened {
        private final LanguageSubject subject;
        private final LanguageModel model;
        private final long seed;
        private final OptionScoring options;
        private final Objective objective;
        private final List<Example> train;
        private final int batched;
        private final Map<Long, int[]> orders = new HashMap<>();

        Loaded(LanguageSubject subject, LanguageModel model, long seed) {
            this.subject = subject;
            this.model = model;
            this.seed = seed;
            this.train = subject.task().examples(Split.TRAIN);
            this.batched = subject.batched();
            int limit = subject.maxLength();
            this.options = new OptionScoring(model, limit);
            this.objective = subject.objective().on(model, limit, subject.task().kind());
        }

        @Override
        public ParameterVector theta() {
            return model.parameters();
        }

        @Override
        public void cancelWhen(BooleanSupplier cancelled) {
            model.cancelWhen(cancelled);
        }

        /** Each epoch has its own permutation, and a batch may span two epochs. */
        @Override
        public BatchLoss batch(long number) {
            List<Example> batch = new ArrayList<>();
            long first = number * batched;
            for (long at = first; at < first + batched; at++) {
                int[] order = orders.computeIfAbsent(
                        at / train.size(), epoch -> Order.examples(seed, Math.toIntExact(epoch), train.size()));
                batch.add(train.get(order[(int) (at % train.size())]));
            }
            orders.keySet().removeIf(epoch -> epoch < first / train.size());
            return objective.on(batch);
        }

        @Override
        public Optional<Score> score(Split split) {
            List<Example> examples = subject.looked(split);
            return examples.isEmpty()
                    ? Optional.empty()
                    : Optional.of(objective.score(model.parameters().here(), examples));
        }

        @Override
        public List<Prediction> predictions(Split split) {
            return options.predictions(
                    model.parameters().here(),
                    subject.looked(split).stream().filter(Example::isChoice).toList());
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
