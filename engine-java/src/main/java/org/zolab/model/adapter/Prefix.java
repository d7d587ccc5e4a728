package org.zolab.model.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Block;
import org.zolab.model.ConfigFile;
import org.zolab.model.Extended;
import org.zolab.model.Family;
import org.zolab.model.Parametrization;
import org.zolab.model.Stage;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Problems;

/**
 * Trained keys and values in every layer that precede a text and are seen by all its tokens; the model itself is not changed.
 *
 * <pre>
 *   attention(q, [P_K; K], [P_V; V])        P_K, P_V [tokens, groups·W], W the width of a head
 * </pre>
 *
 * <p>They are initialised with the keys and values that the model computes for as many drawn tokens, as in MeZO's code; there is no
 * reparametrization. A head's {@code classifier} module is trained directly as well, as PEFT does for its task type SEQ_CLS. Rotary models
 * read the keys as they are, at the positions where they were computed.
 *
 * <p>Cost: only the longer rows of attention. Memory: 2·layers·tokens·groups·W numbers.
 *
 * <p>References: Li and Liang, arXiv 2101.00190; Malladi et al., arXiv 2305.17333; the files of peft 0.21.
 *
 * @param tokens  how many tokens they stand for
 * @param shifted whether a text's positions continue after them, as in PEFT; otherwise they start at 0, as in MeZO's code
 * @param from    the folder of a prefix to start from; null for none
 */
public record Prefix(int tokens, boolean shifted, @Nullable Path from) implements Adapter {

    /** The tensor in PEFT's file [tokens, 2·layers·groups·W]: for each token the keys and values, layer by layer. */
    static final String EMBEDDINGS = "prompt_embeddings";

    /** What PEFT's files of vectors put before the names of a head's tensors, which are saved with them. */
    private static final String MODULES = "base_model.";

    private static final String TYPE = "PREFIX_TUNING";

    public Prefix {
        new Problems()
                .require(tokens > 0, "tokens of prefix is not strictly positive", tokens)
                .orThrow();
    }

    /** A prefix initialised with the keys and values of drawn tokens. */
    public static Prefix of(int tokens, boolean shifted) {
        return new Prefix(tokens, shifted, null);
    }

    /** The prefix in a folder, in PEFT's format. */
    public static Prefix read(Path folder) {
        return AdapterFolder.read(
                folder,
                TYPE,
                Prefix::check,
                config -> new Prefix(config.path("num_virtual_tokens").intValue(), true, folder),
                "train one anew with prefix(tokens = 5)");
    }

    /** Checks the settings required of virtual tokens of any kind. */
    static void check(JsonNode config, Problems problems) {
        JsonNode tokens = config.path("num_virtual_tokens");
        int submodules = config.path("num_transformer_submodules").asInt(1);
        problems.require(tokens.canConvertToInt(), "num_virtual_tokens is not a whole number", ConfigFile.said(tokens))
                .require(submodules == 1, "num_transformer_submodules is not 1", submodules);
    }

    @Override
    public Parametrization of(Family family) {
        int layers = family.size().layers();
        List<Integer> shape = List.of(tokens, family.size().kept());
        ParameterSpace.Builder names = Extended.of(family);
        for (int layer = 0; layer < layers; layer++) {
            names.add("prefix." + layer + ".keys", shape).add("prefix." + layer + ".values", shape);
        }
        ParameterSpace space = names.build();
        int known = family.space().tensors().size();
        List<Stage> stages = new ArrayList<>(family.stages());
        for (int layer = 0; layer < layers; layer++) {
            Block block = (Block) stages.get(layer + 1);
            stages.set(
                    layer + 1,
                    block.behind(space, known + 2 * layer, family.size().groups()));
        }
        Extended extended = new Extended(family, space, stages, tokens, shifted, false);
        if (from == null) {
            return extended.trained(
                    false,
                    (model, seed) -> parts(extended, model.representations().keysAndValues(extended.drawn(seed))));
        }
        Weights weights = AdapterFolder.weights(from);
        AdapterFolder.require(weights, shapes(family, new long[] {tokens, 2L * layers * shape.get(1)}));
        return extended.trained(true, (model, seed) -> {
            Function<ParameterSpace.Tensor, float[]> vectors =
                    parts(extended, split(weights, 2 * layers, shape.get(1)));
            return parameter -> weights.has(MODULES + parameter.name())
                    ? weights.floats(MODULES + parameter.name())
                    : vectors.apply(parameter);
        });
    }

    /** The expected contents of a file: the vectors, of this shape, and the classifier if there is one. */
    private static Map<String, long[]> shapes(Family family, long[] vectors) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put(EMBEDDINGS, vectors);
        for (int i : family.classifier()) {
            ParameterSpace.Tensor tensor = family.space().tensor(i);
            shapes.put(
                    MODULES + tensor.name(),
                    tensor.shape().stream().mapToLong(extent -> extent).toArray());
        }
        return shapes;
    }

    /** The keys and values of each layer, by parameter. */
    private static Function<ParameterSpace.Tensor, float[]> parts(Extended extended, List<float[]> all) {
        int known = extended.base().space().tensors().size();
        return parameter -> all.get(extended.space().indexOf(parameter.name()) - known);
    }

    /** PEFT's matrix [tokens, parts·width], split into parts [tokens, width]. */
    private List<float[]> split(Weights weights, int parts, int width) {
        float[] matrix = weights.floats(EMBEDDINGS);
        List<float[]> all = new ArrayList<>();
        for (int part = 0; part < parts; part++) {
            float[] own = new float[tokens * width];
            for (int t = 0; t < tokens; t++) {
                System.arraycopy(matrix, (t * parts + part) * width, own, t * width, width);
            }
            all.add(own);
        }
        return all;
    }

    @Override
    public Map<String, Object> config(Family family) {
        if (!shifted) {
            throw new IllegalArgumentException(
                    "the prefix was trained with positions that begin at 0, and PEFT counts them"
                            + " behind it, so it would compute other logits; train with prefix(tokens = " + tokens
                            + ")");
        }
        boolean pooler = family.space().tensors().stream()
                .anyMatch(tensor -> tensor.name().contains(".pooler."));
        if (!family.labels().isEmpty() && !pooler) {
            throw new IllegalArgumentException(
                    "PEFT runs a prefix before a head of classes only with a pooler, such as BERT's; the"
                            + " run's checkpoint has what was trained");
        }
        Map<String, Object> config = virtual(TYPE, tokens, family.size().kept(), family);
        if (!family.labels().isEmpty()) {
            config.put("task_type", "SEQ_CLS");
            config.put("modules_to_save", List.of(Family.CLASSIFIER));
        }
        config.put("encoder_hidden_size", family.size().kept());
        config.put("prefix_projection", false);
        return config;
    }

    /** PEFT's settings for virtual tokens of any kind; {@code width} is that of a layer's vectors. */
    static Map<String, Object> virtual(String type, int tokens, int width, Family family) {
        if (family.masked() && (family.labels().isEmpty() || !type.equals(TYPE))) {
            throw new IllegalArgumentException(
                    family.labels().isEmpty()
                            ? "PEFT has no virtual tokens for a model that fills gaps, such as roberta or bert; the run's checkpoint has"
                                    + " what was trained"
                            : "PEFT reads classes off a trained prompt's first row, and here they are read off the text's first token; the"
                                    + " run's checkpoint has what was trained, and prefix() has files of PEFT's with BERT");
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("peft_type", type);
        config.put("task_type", "CAUSAL_LM");
        config.put("num_virtual_tokens", tokens);
        config.put("token_dim", width);
        config.put("num_transformer_submodules", 1);
        config.put("num_attention_heads", family.size().groups());
        config.put("num_layers", family.size().layers());
        return config;
    }

    @Override
    public List<SafetensorsWriter.Tensor> tensors(Family family, Weights trained) {
        ParameterSpace space = of(tokens, shifted).of(family).space();
        List<float[]> all = space.tensors().stream()
                .skip(family.classifier().size())
                .map(parameter -> trained.floats(parameter.name()))
                .toList();
        int width = family.size().kept();
        float[] matrix = new float[tokens * all.size() * width];
        for (int t = 0; t < tokens; t++) {
            for (int part = 0; part < all.size(); part++) {
                System.arraycopy(all.get(part), t * width, matrix, (t * all.size() + part) * width, width);
            }
        }
        List<SafetensorsWriter.Tensor> file = new ArrayList<>();
        file.add(new SafetensorsWriter.Tensor(
                EMBEDDINGS, Dtype.F32, new long[] {tokens, (long) all.size() * width}, FloatBuffer.wrap(matrix)));
        for (int i : family.classifier()) {
            String name = family.space().tensor(i).name();
            file.add(new SafetensorsWriter.Tensor(
                    MODULES + name, Dtype.F32, trained.shape(name), FloatBuffer.wrap(trained.floats(name))));
        }
        return file;
    }

    /** The notation used in a cell. */
    @Override
    public String toString() {
        if (from != null) {
            return "prefix(\"" + from + "\")";
        }
        return "prefix(tokens = " + tokens + (shifted ? "" : ", shifted = false") + ")";
    }
}
