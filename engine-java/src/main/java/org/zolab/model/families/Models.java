package org.zolab.model.families;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.StoredModel;
import org.zolab.model.adapter.AdapterFolder;
import org.zolab.model.gpt2.Gpt2Config;
import org.zolab.model.gpt2.Gpt2Family;
import org.zolab.model.hub.Repository;
import org.zolab.model.llama.LlamaConfig;
import org.zolab.model.llama.LlamaFamily;
import org.zolab.model.opt.Opt;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.model.roberta.RobertaConfig;
import org.zolab.model.roberta.RobertaFamily;
import org.zolab.model.weights.ModelFileException;
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
        for (String type : Gpt2Config.TYPES) {
            FAMILIES.put(type, files -> new Gpt2Family(Gpt2Config.read(files)));
        }
    }

    private Models() {}

    /**
     * The model in the folder {@code name} if there is one or the Hub has no such names, else the one called so on the Hub, such as
     * {@code Qwen/Qwen2.5-0.5B}, from the Hugging Face cache of this machine; what is missing there is fetched when it is needed.
     *
     * @param older names that it had before, which a cache may still hold it under
     */
    public static StoredModel named(String name, String... older) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("model name is blank; try model(\"Qwen/Qwen2.5-0.5B\")");
        }
        if (name.equals(Opt.EMBEDDED)) {
            throw new IllegalArgumentException(
                    "model " + name + " is not one of the Hub's: the embedded one is opt(\"nano\")");
        }
        Path folder = Path.of(name);
        if (Files.isRegularFile(folder.resolve("config.json"))
                || AdapterFolder.is(folder)
                || !Repository.isName(name)) {
            return at(folder);
        }
        List<String> names = new ArrayList<>(List.of(name));
        names.addAll(List.of(older));
        return StoredModel.ofHub(names, Models::family);
    }

    /** The model in a folder as Hugging Face's tools write it. */
    public static StoredModel at(Path folder) {
        Path name = folder.getFileName();
        return of(name == null ? "model" : name.toString(), () -> {
            if (AdapterFolder.is(folder) && !Files.exists(folder.resolve("config.json"))) {
                throw new ModelFileException(folder + " is not a model's folder but an adapter's: name its model, "
                        + AdapterFolder.base(folder) + ", and tune = " + AdapterFolder.call(folder));
            }
            return ModelFiles.folder(folder);
        });
    }

    /** The model whose files are there, wherever that is. */
    static StoredModel of(String name, Supplier<ModelFiles> files) {
        return new StoredModel(name, files, Models::family);
    }

    /** The {@code model_type}s that are read. */
    public static List<String> types() {
        return List.copyOf(FAMILIES.keySet());
    }

    /** Llama by version and size, such as {@code 3.2-1b} or {@code 3.1-8b-instruct}, or by its name on the Hub. */
    public static StoredModel llama(String name) {
        if (name.contains("/")) {
            return named(name);
        }
        if (name.startsWith("2-")) {
            return named("meta-llama/Llama-" + name + "-hf");
        }
        String older = "meta-llama/Meta-Llama-" + hub(name);
        return name.startsWith("3-") ? named(older) : named("meta-llama/Llama-" + hub(name), older);
    }

    /** Qwen by version and size, such as {@code 2.5-0.5b}, or by its name on the Hub. */
    public static StoredModel qwen(String name) {
        return named(name.contains("/") ? name : "Qwen/Qwen" + hub(name));
    }

    /** Mistral by size and version, such as {@code 7b-v0.1}, or by its name on the Hub. */
    public static StoredModel mistral(String name) {
        return named(name.contains("/") ? name : "mistralai/Mistral-" + hub(name));
    }

    /** RoBERTa by size, such as {@code large}, or by its name on the Hub. */
    public static StoredModel roberta(String name) {
        return name.contains("/") ? named(name) : named("FacebookAI/roberta-" + name, "roberta-" + name);
    }

    /** BERT by size and kind, such as {@code base-uncased}, or by its name on the Hub. */
    public static StoredModel bert(String name) {
        return name.contains("/") ? named(name) : named("google-bert/bert-" + name, "bert-" + name);
    }

    /** GPT-2, {@code small}, {@code medium}, {@code large} or {@code xl}, or by its name on the Hub. */
    public static StoredModel gpt2(String name) {
        String size = name.equals("small") ? "gpt2" : "gpt2-" + name;
        return name.contains("/") ? named(name) : named("openai-community/" + size, size);
    }

    /** As the Hub spells it: sizes in capitals. */
    private static String hub(String name) {
        return name.replaceAll("(?<=\\d)b(?=-|$)", "B").replace("-instruct", "-Instruct");
    }

    private static Family family(ModelFiles files) {
        return FAMILIES.get(ConfigFile.read(files, types()).type()).apply(files);
    }
}
