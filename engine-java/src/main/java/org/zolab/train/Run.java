package org.zolab.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.zolab.model.Family;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.Parametrization;
import org.zolab.model.SavedModel;
import org.zolab.model.StoredModel;
import org.zolab.model.adapter.Adapter;
import org.zolab.model.adapter.AdapterFolder;
import org.zolab.model.hub.HubCache;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.Weights;
import org.zolab.objective.Prediction;
import org.zolab.space.Numbers;
import org.zolab.space.Problems;
import org.zolab.task.Split;

/**
 * A run: its plan, how it ended, and every number on the way.
 *
 * @param plan        what was asked for
 * @param outcome     how it ended
 * @param steps       every step
 * @param evaluations every evaluation, in order
 * @param readings    every reading of an instrument, in order
 * @param forwards    forward passes spent on training
 * @param seconds     from start to end, evaluations included; NaN for a run that was opened again
 * @param folder      with the ledger, the plan and the best checkpoint
 */
public record Run(
        Plan plan,
        Outcome outcome,
        List<Event.Stepped> steps,
        List<Event.Evaluated> evaluations,
        List<Event.Measured> readings,
        long forwards,
        double seconds,
        Path folder)
        implements Evaluations {

    public Run {
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
        readings = List.copyOf(readings);
    }

    /**
     * The best checkpoint's predictions for the examples of a split that the run looks at; none if there is nothing to choose. The model is
     * loaded meanwhile.
     *
     * @throws IllegalArgumentException if the run has kept no weights
     */
    public List<Prediction> predictions(Split split) {
        try (Subject.Opened opened = plan.subject().open(plan.seed())) {
            new RunFolder(folder).best().loadInto(opened.theta());
            return opened.predictions(split);
        }
    }

    /** Its summary, since its steps are many. */
    @Override
    public String toString() {
        return summary();
    }

    /** In one line, with what to do next if something went wrong. */
    public String summary() {
        StringBuilder line = new StringBuilder(String.format(
                Locale.ROOT,
                "%s: %s, %s, %s%s",
                plan.name(),
                outcome.word(),
                Outcome.counted(steps.size(), "step"),
                Outcome.counted(forwards, "forward"),
                Double.isNaN(seconds) ? "" : String.format(Locale.ROOT, ", %.0f s", seconds)));
        Metric metric = plan.subject().metric();
        best().ifPresent(best -> line.append(", ").append(metric.describeBest(best)));
        zeroShot().ifPresent(before -> test().ifPresent(after -> line.append(", test ")
                .append(metric.labelled(before))
                .append(" → ")
                .append(metric.formatted(after))));
        String advice = outcome.advice().isEmpty() ? flat() : outcome.advice();
        return advice.isEmpty() ? line.toString() : line + "; " + Numbers.plain(advice);
    }

    /** Says so if most steps measured nothing. */
    private String flat() {
        long flat = steps.stream().filter(step -> step.slope() == 0).count();
        return 2 * flat <= steps.size()
                ? ""
                : String.format(
                        Locale.ROOT,
                        "in %,d of %s the losses that a slope is made of were equal to the last bit, so nothing was learned there:"
                                + " take a larger epsilon than %s",
                        flat,
                        Outcome.counted(steps.size(), "step"),
                        plan.estimator().epsilon());
    }

    /**
     * Writes the best checkpoint's adapter as PEFT's two files, which {@code lora(folder)} and its kin, and peft's {@code from_pretrained}
     * read.
     *
     * @throws IllegalArgumentException if the run trained no adapter, or one that PEFT does not have, or began with another run's model; if
     *     the folder holds other files or cannot be written
     */
    public void saveAdapter(Path folder) {
        LanguageSubject subject = language();
        if (!(subject.tune() instanceof Adapter adapter)) {
            throw new IllegalArgumentException(
                    "the run trained no adapter, its tune is " + subject.tune() + "; save its model");
        }
        ModelSource model = subject.model();
        if (model instanceof TunedModel) {
            throw new IllegalArgumentException("the adapter belongs to another run's model, which is in no file: "
                    + model.name() + "; begin with one that is, such as saveModel writes");
        }
        new Problems()
                .require(
                        lost(adapter, model).isEmpty(),
                        "the adapter leaves out what the run drew for its new head; save the model, or train that too, as"
                                + " lora(modulesToSave = listOf(\"pooler\")) does",
                        lost(adapter, model))
                .orThrow();
        String location = model.files().location();
        String base = HubCache.repository(location)
                .orElse(
                        Files.isDirectory(Path.of(location))
                                ? location
                                : model.name()); // the embedded model has no folder
        AdapterFolder.write(folder, adapter, model.family(), base, new RunFolder(this.folder).best());
    }

    /**
     * Writes the model with the best checkpoint's weights, an adapter merged in, as safetensors with configuration and tokenizer, so that
     * {@code model(folder)} and transformers' {@code from_pretrained} read it. Memory: the model's, while it is written.
     *
     * @param dtype F32, F16 or BF16
     * @throws IllegalArgumentException if the run has no model, or one that puts trained vectors before texts; if the folder holds other
     *     files or cannot be written
     */
    public void saveModel(Path folder, Dtype dtype) {
        ModelSource tuned = model();
        try (LanguageModel model = tuned.load(language().compute())) {
            SavedModel.write(folder, model, tuned.files(), dtype);
        }
    }

    /**
     * The model with the best checkpoint's weights, an adapter merged in, a prefix before every text. It can generate, and another run can
     * begin with it. Nothing is read until it is loaded.
     *
     * @throws IllegalArgumentException if the run has no model
     */
    public ModelSource model() {
        return new TunedModel(language(), plan.seed(), new RunFolder(folder));
    }

    /** Tensors of a new head that are neither in the model's files nor in the adapter's. */
    private static List<String> lost(Adapter adapter, ModelSource model) {
        Family family = model.family();
        Parametrization trained = adapter.of(family);
        return StoredModel.begun(family, Weights.of(model.files())).stream()
                .filter(i -> !trained.trains(i))
                .map(i -> family.space().tensor(i).name())
                .toList();
    }

    private LanguageSubject language() {
        if (plan.subject() instanceof LanguageSubject subject) {
            return subject;
        }
        throw new IllegalArgumentException(
                "the run has no language model: it minimised " + plan.subject().name());
    }
}
