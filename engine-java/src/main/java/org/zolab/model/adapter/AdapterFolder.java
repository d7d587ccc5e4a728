package org.zolab.model.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.zolab.model.Family;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.model.weights.WholeFolder;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Problems;

/** An adapter as PEFT keeps it: {@code adapter_config.json} and {@code adapter_model.safetensors}. */
public final class AdapterFolder {

    static final String PREFIX = "base_model.model.";
    static final String A = ".lora_A.weight";
    static final String B = ".lora_B.weight";

    private static final String CONFIG = "adapter_config.json";

    private static final String WEIGHTS = "adapter_model.safetensors";

    /** What changes the weights in ways that are not run here, unless it says nothing. */
    private static final List<String> NOT_RUN = List.of(
            "use_dora",
            "use_rslora",
            "use_qalora",
            "use_bdlora",
            "lora_bias",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern",
            "layer_replication",
            "target_parameters",
            "trainable_token_indices",
            "alora_invocation_tokens");

    private AdapterFolder() {}

    /** What the adapter in {@code folder} says it is for: a model's name or place. */
    public static String base(Path folder) {
        ModelFiles files = ModelFiles.folder(folder);
        JsonNode base = files.json(CONFIG).path("base_model_name_or_path");
        if (!base.isTextual()) {
            throw new ModelFileException(
                    files.where(CONFIG) + " does not say which model it is for: base_model_name_or_path is " + base);
        }
        return base.textValue();
    }

    /** What {@code adapter_config.json} says; the layers are those in the file of weights. */
    static Lora lora(Path folder) {
        ModelFiles files = ModelFiles.folder(folder);
        JsonNode config = files.json(CONFIG);
        Problems problems = new Problems()
                .require(
                        config.path("peft_type").asText().equals("LORA"),
                        "peft_type is not LORA",
                        config.path("peft_type"))
                .require(config.path("r").canConvertToInt(), "r is not a whole number", config.path("r"))
                .require(config.path("lora_alpha").isNumber(), "lora_alpha is not a number", config.path("lora_alpha"))
                .require(config.path("bias").asText("none").equals("none"), "bias is not none", config.path("bias"));
        for (String name : NOT_RUN) {
            JsonNode value = config.path(name);
            boolean nothing = value.isMissingNode()
                    || value.isNull()
                    || value.isContainerNode() && value.isEmpty()
                    || value.isBoolean() && !value.booleanValue();
            problems.require(nothing, name + " is set, and is not run here", value);
        }
        Lora lora = problems.list().isEmpty()
                ? problems.get(() -> {
                    List<String> layers = weights(folder).names().stream()
                            .filter(name -> name.startsWith(PREFIX) && name.endsWith(A))
                            .map(name -> name.substring(PREFIX.length(), name.length() - A.length()))
                            .toList();
                    if (layers.isEmpty()) {
                        throw new IllegalArgumentException(WEIGHTS + " holds no tensor called " + PREFIX + "…" + A);
                    }
                    return new Lora(
                            config.path("r").intValue(),
                            config.path("lora_alpha").doubleValue(),
                            layers,
                            folder);
                })
                : null;
        if (lora == null) {
            throw new ModelFileException(files.where(CONFIG) + " describes no adapter that can be run:\n  "
                    + String.join("\n  ", problems.list())
                    + "\n  merge it into its model with peft's merge_and_unload() and read that model instead");
        }
        return lora;
    }

    static Weights weights(Path folder) {
        ModelFiles files = ModelFiles.folder(folder);
        if (!files.has(WEIGHTS)) {
            throw new ModelFileException("adapter's weights are not there: " + files.where(WEIGHTS)
                    + "; save it with safe_serialization=True, or copy the whole folder");
        }
        return Safetensors.read(files, WEIGHTS);
    }

    /** Refuses weights that are not those of {@code space}, or more than those. */
    static void require(Weights weights, ParameterSpace space) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        space.tensors()
                .forEach(tensor -> shapes.put(
                        tensor.name(),
                        tensor.shape().stream().mapToLong(extent -> extent).toArray()));
        weights.require(shapes);
        TreeSet<String> more = new TreeSet<>(weights.names());
        more.removeAll(shapes.keySet());
        if (!more.isEmpty()) {
            throw new ModelFileException(weights.location() + " holds tensors that this model has no place for: "
                    + String.join(", ", more.stream().limit(5).toList())
                    + "; is it an adapter of another model?");
        }
    }

    /**
     * Writes an adapter so that peft's {@code from_pretrained(folder)} reads it: both files or none.
     *
     * @param lora    its settings
     * @param family  of the model it is for
     * @param base    the model's name or place
     * @param trained A and B of each layer, as parameters are called
     * @throws ModelFileException if the folder holds anything but an adapter, or cannot be written
     */
    public static void write(Path folder, Lora lora, Family family, String base, Weights trained) {
        Lora plain = Lora.of(lora.rank(), lora.alpha(), lora.on());
        List<SafetensorsWriter.Tensor> tensors = plain.of(family).space().tensors().stream()
                .map(parameter -> new SafetensorsWriter.Tensor(
                        parameter.name(),
                        Dtype.F32,
                        trained.shape(parameter.name()),
                        FloatBuffer.wrap(trained.floats(parameter.name()))))
                .toList();
        byte[] config = config(lora, family, base);
        WholeFolder.write(folder, List.of(CONFIG, WEIGHTS), files -> {
            files.put(CONFIG, config);
            SafetensorsWriter.write(files.place(WEIGHTS), tensors, Map.of("format", "pt"));
        });
    }

    private static byte[] config(Lora lora, Family family, String base) {
        int[] layers = lora.layers(family);
        List<String> names = IntStream.of(layers)
                .mapToObj(i -> Lora.layer(family.space().tensor(i)))
                .toList();
        List<String> brief = names.stream().map(Lora::last).distinct().sorted().toList();
        boolean told = Arrays.equals(Lora.of(lora.rank(), lora.alpha(), brief).layers(family), layers);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("peft_type", "LORA");
        config.put("task_type", family.masked() ? null : "CAUSAL_LM");
        config.put("base_model_name_or_path", base);
        config.put("r", lora.rank());
        config.put("lora_alpha", lora.alpha());
        config.put("lora_dropout", 0.0);
        config.put("target_modules", told ? brief : names);
        config.put("fan_in_fan_out", family.transposed(family.space().tensor(layers[0])));
        config.put("bias", "none");
        config.put("init_lora_weights", true);
        config.put("inference_mode", true);
        try {
            return JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
