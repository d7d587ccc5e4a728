package org.zolab.train;

import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.Subset;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Weights;

/**
 * The model at a run's best checkpoint on dev: its original weights, with what the run trained merged in.
 *
 * @param subject what was trained
 * @param seed    of the run, which decides start values
 * @param folder  the run's, with the checkpoint
 */
record TunedModel(LanguageSubject subject, long seed, RunFolder folder) implements ModelSource {

    @Override
    public String name() {
        return subject.model().name() + " of " + folder.path().getFileName();
    }

    /** That of the model it began with, and the run's checkpoint. */
    @Override
    public String fingerprint() {
        return subject.model().fingerprint() + ", " + subject.tune() + " of seed " + seed + " "
                + folder.best().fingerprint();
    }

    /** With what the run put before texts. */
    @Override
    public Family family() {
        return subject.tune().of(subject.model().family()).family();
    }

    @Override
    public Tokenizer tokenizer() {
        return subject.model().tokenizer();
    }

    /** Those of the model that was tuned; the run's folder has the weights. */
    @Override
    public ModelFiles files() {
        return subject.model().files();
    }

    /** Memory while loading: the model's if all of it was trained, else twice that. */
    @Override
    public LanguageModel load(Compute compute) {
        Weights best = folder.best();
        if (subject.tune() instanceof Subset.Full) { // the checkpoint is the model
            Family family = family();
            best.require(family.space());
            return new LanguageModel(
                    subject.model().name(),
                    family,
                    tokenizer(),
                    compute,
                    (tensor, into) -> best.read(tensor.name(), into));
        }
        try (LanguageModel model = subject.model().load(compute, subject.tune(), seed)) {
            best.loadInto(model.parameters());
            return model.merged();
        }
    }
}
