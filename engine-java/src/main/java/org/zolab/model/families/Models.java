package org.zolab.model.families;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.ModelSource;
import org.zolab.model.StoredModel;
import org.zolab.model.llama.LlamaConfig;
import org.zolab.model.llama.LlamaFamily;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.model.roberta.RobertaConfig;
import org.zolab.model.roberta.RobertaFamily;
import org.zolab.model.weights.HubCache;
import org.zolab.model.weights.ModelFiles;

/** Pretrained models of every supported family, by name or by place; the family is what their {@code config.json} says. */
public final class Models {

    private static final Map<String, Function<ModelFiles, Family>> FAMILIES = new LinkedHashMap<>();

    static {
        FAMILIES.put("opt", files -> new OptFamily(OptConfig.read(files)));
        for (String type : LlamaConfig.TYPES) {
            FAMILIES.put(type, files -> new LlamaFamily(LlamaConfig.read(files)));
        }
        for (String type : RobertaConfig.TYPES) {
            FAMILIES.put(type, files -> new RobertaFamily(RobertaConfig.read(files)));
        }
    }

    private Models() {}

    /**
     * The model called {@code name} on the Hub, such as {@code Qwen/Qwen2.5-0.5B}, from the Hugging Face cache of this machine.
     *
     * @param older names that it had before, which a cache may still hold it under
     */
    public static ModelSource named(String name, String... older) {
        List<String> names = new java.util.ArrayList<>(List.of(name));
        names.addAll(List.of(older));
        return new StoredModel(
                name.substring(name.indexOf('/') + 1), () -> HubCache.ofUser().model(names), Models::family);
    }

    /** The model in a folder as Hugging Face's tools write it. */
    public static ModelSource at(Path folder) {
        Path name = folder.getFileName();
        return new StoredModel(
                name == null ? "model" : name.toString(), () -> ModelFiles.folder(folder), Models::family);
    }

    /** The {@code model_type}s that are read. */
    public static List<String> types() {
        return List.copyOf(FAMILIES.keySet());
    }

    private static Family family(ModelFiles files) {
        return FAMILIES.get(ConfigFile.read(files, types()).type()).apply(files);
    }
}
