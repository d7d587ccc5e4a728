package org.zolab.cli;

import java.nio.file.Path;
import java.util.List;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;

/** Compares a prefix: {@code prefix.safetensors} with logits by either count of positions, and keys and values that one can begin as. */
final class VerifyPrefix {

    static final String FILE = "prefix.safetensors";

    private static final String INIT = "init.";

    private final VerifyReport report;
    private final String folder;
    private final Weights file;

    VerifyPrefix(VerifyReport report, String folder, ModelFiles goldens) {
        this.report = report;
        this.folder = folder;
        this.file = Safetensors.read(goldens, FILE);
    }

    /** The prefix in {@code adapter} before texts of the model {@code source}. */
    void run(Path adapter, ModelSource source, Compute compute) {
        Prefix shifted = Prefix.read(adapter);
        for (Prefix prefix : List.of(shifted, new Prefix(shifted.tokens(), false, adapter))) {
            try (LanguageModel model = source.load(compute, prefix, 0)) {
                new VerifyForward(report, folder, model, VerifyForward.LOSS)
                        .logits(file, "a", prefix.shifted() ? "peft" : "no_shift");
            }
        }
        report.part(folder + "/init", () -> begins(source, compute));
    }

    private void begins(ModelSource source, Compute compute) {
        try (LanguageModel model = source.load(compute)) {
            List<float[]> all = model.representations().keysAndValues(Golden.ints(file.longs(INIT + "input_ids")));
            for (int part = 0; part < all.size(); part++) {
                String name = INIT + "layer" + part / 2 + (part % 2 == 0 ? ".key" : ".value");
                for (String precision : List.of("", "_f64")) {
                    report.within(
                            folder + "/" + name + precision,
                            distance(all.get(part), name + precision),
                            VerifyForward.LOGITS);
                }
            }
        }
    }

    /** From [1, heads, T, width] numbers of the file to [T, heads, width]. */
    private double distance(float[] computed, String name) {
        double[] expected = file.doubles(name);
        int heads = (int) file.shape(name)[1];
        int tokens = (int) file.shape(name)[2];
        int width = (int) file.shape(name)[3];
        double largest = computed.length == expected.length ? 0 : Double.NaN;
        for (int i = 0; i < Math.min(computed.length, expected.length); i++) {
            int at = i / width;
            int place = (at % tokens * heads + at / tokens) * width + i % width;
            largest = Math.max(largest, Math.abs(computed[place] - expected[i]));
        }
        return largest;
    }
}
