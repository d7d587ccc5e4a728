package org.zolab.samples.pretrain;

import java.util.LinkedHashMap;
import java.util.Map;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;

/**
 * The sizes of an OPT decoder with the norm first, a tied head and four times its width between.
 *
 * @param vocabulary pieces
 * @param positions the longest text in tokens
 * @param width of the residual stream
 * @param layers blocks
 * @param heads a block
 */
record OptShape(int vocabulary, int positions, int width, int layers, int heads) {
    /** OPT's position table starts at 2. */
    static final int OFFSET = 2;

    /** Every tensor by its Hugging Face name, in the order of the forward. */
    Map<String, long[]> tensors() {
        Map<String, long[]> all = new LinkedHashMap<>();
        String root = "model.decoder.";
        all.put(root + "embed_tokens.weight", new long[] {vocabulary, width});
        all.put(root + "embed_positions.weight", new long[] {positions + OFFSET, width});
        for (int l = 0; l < layers; l++) {
            String at = root + "layers." + l + ".";
            vector(all, at + "self_attn_layer_norm", width);
            for (String name : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
                linear(all, at + "self_attn." + name, width, width);
            }
            vector(all, at + "final_layer_norm", width);
            linear(all, at + "fc1", 4 * width, width);
            linear(all, at + "fc2", width, 4 * width);
        }
        vector(all, root + "final_layer_norm", width);
        return all;
    }

    OptFamily family() {
        return new OptFamily(new OptConfig(vocabulary, positions, width, heads, layers, 4 * width, width, true, true));
    }

    long parameters() {
        return tensors().values().stream()
                .mapToLong(dims -> java.util.Arrays.stream(dims).reduce(1, (a, b) -> a * b))
                .sum();
    }

    private static void vector(Map<String, long[]> all, String name, int width) {
        all.put(name + ".weight", new long[] {width});
        all.put(name + ".bias", new long[] {width});
    }

    private static void linear(Map<String, long[]> all, String name, int out, int in) {
        all.put(name + ".weight", new long[] {out, in});
        all.put(name + ".bias", new long[] {out});
    }
}
