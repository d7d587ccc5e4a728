package org.zolab.model.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.model.weights.WholeFolder;
import org.zolab.space.Problems;

/** An adapter in PEFT's format: {@code adapter_config.json} and {@code adapter_model.safetensors}. */
public final class AdapterFolder {

    private static final String CONFIG = "adapter_config.json";

    /** The function that reads an adapter of each {@code peft_type} in a block. */
    private static final Map<String, String> FUNCTIONS =
            Map.of("LORA", "lora", "PREFIX_TUNING", "prefix", "PROMPT_TUNING", "promptTuning");

    static final String WEIGHTS = "adapter_model.safetensors";

    private AdapterFolder() {}

    /** Whether there is an adapter in {@code folder}. */
    public static boolean is(Path folder) {
        return Files.isRegularFile(folder.resolve(CONFIG));
    }

    private static ModelFiles files(Path folder) {
        if (!is(folder)) {
            boolean model = Files.isRegularFile(folder.resolve("config.json"));
            throw new ModelFileException((Files.isDirectory(folder)
                            ? "adapter folder holds no " + CONFIG + ": " + folder
                            : "adapter folder does not exist: " + folder)
                    + (model ? "; it holds a model, which is read by model(\"" + folder + "\")" : "")
                    + "; give a folder that saveAdapter or peft's save_pretrained wrote");
        }
        return ModelFiles.folder(folder);
    }

    /** The call that reads the adapter in {@code folder} in a block, such as {@code lora("folder")}. */
    public static String call(Path folder) {
        String type = files(folder).json(CONFIG).path("peft_type").asText();
        return FUNCTIONS.getOrDefault(type, "lora") + "(\"" + folder + "\")";
    }

    /** The model that the adapter in {@code folder} names as its own: a name or a place. */
    public static String base(Path folder) {
        ModelFiles files = files(folder);
        JsonNode base = files.json(CONFIG).path("base_model_name_or_path");
        if (!base.isTextual()) {
            throw new ModelFileException(
                    files.where(CONFIG) + " does not say which model it is for: base_model_name_or_path is " + base);
        }
        return base.textValue();
    }

    /**
     * The adapter that {@code adapter_config.json} describes.
     *
     * @param type   the expected {@code peft_type}
     * @param check  notes settings of the configuration that are not supported
     * @param make   makes the adapter; called if there are none
     * @param advice what the user can do otherwise
     */
    static <T> T read(
            Path folder, String type, BiConsumer<JsonNode, Problems> check, Function<JsonNode, T> make, String advice) {
        ModelFiles files = files(folder);
        JsonNode config = files.json(CONFIG);
        JsonNode found = config.path("peft_type");
        if (!found.asText().equals(type) && FUNCTIONS.containsKey(found.asText())) {
            throw new ModelFileException(files.where(CONFIG) + " is of another kind of adapter, " + found.asText()
                    + " and not " + type + ": write " + call(folder));
        }
        Problems problems =
                new Problems().require(found.asText().equals(type), "peft_type is not " + type, ConfigFile.said(found));
        check.accept(config, problems);
        T adapter = problems.list().isEmpty() ? problems.get(() -> make.apply(config)) : null;
        if (adapter == null) {
            throw new ModelFileException(files.where(CONFIG) + " describes no adapter that can be run:\n  "
                    + String.join("\n  ", problems.list()) + "\n  " + advice);
        }
        return adapter;
    }

    static Weights weights(Path folder) {
        ModelFiles files = files(folder);
        if (!files.has(WEIGHTS)) {
            throw new ModelFileException("adapter's weights are not there: " + files.where(WEIGHTS)
                    + "; save it with safe_serialization=True, or copy the whole folder");
        }
        return Safetensors.read(files, WEIGHTS);
    }

    /** A checksum of both files. */
    static String fingerprint(Path folder) {
        return files(folder).fingerprint(List.of(CONFIG), weights(folder));
    }

    /** Refuses weights that lack one of these shapes, or contain more than these. */
    static void require(Weights weights, Map<String, long[]> shapes) {
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
     * @param family  the family of the model it is for
     * @param base    the model's name or place
     * @param trained its parameters
     * @throws IllegalArgumentException if PEFT has no such adapter
     * @throws ModelFileException if the folder holds anything but an adapter, or cannot be written
     */
    public static void write(Path folder, Adapter adapter, Family family, String base, Weights trained) {
        Map<String, Object> config = new LinkedHashMap<>(adapter.config(family));
        config.put("base_model_name_or_path", base);
        config.put("inference_mode", true);
        List<SafetensorsWriter.Tensor> tensors = adapter.tensors(family, trained);
        WholeFolder.write(folder, List.of(CONFIG, WEIGHTS), WEIGHTS, files -> {
            files.json(CONFIG, config);
            SafetensorsWriter.write(files.place(WEIGHTS), tensors, SafetensorsWriter.signed());
        });
    }
}
