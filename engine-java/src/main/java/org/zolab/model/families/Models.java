package org.zolab.model.families;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.StoredModel;
import org.zolab.model.adapter.AdapterFolder;
import org.zolab.model.gpt2.Gpt2Config;
import org.zolab.model.gpt2.Gpt2Family;
import org.zolab.model.hub.Repository;
import org.zolab.model.llama.LlamaConfig;
import org.zolab.model.llama.LlamaFamily;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.model.roberta.RobertaConfig;
import org.zolab.model.roberta.RobertaFamily;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;

/** Pretrained models of every supported family, by name or by location; the family is determined by their {@code config.json}. */
public final class Models {

    public static final String EMBEDDED = "nano";

    private static final Pattern OPT_SIZE = Pattern.compile("\\d[mb]$");

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
     * The model in the folder {@code name}, if there is such a folder or the Hub has no such names; otherwise the model of that name on
     * the Hub, such as {@code Qwen/Qwen2.5-0.5B}, taken from this machine's Hugging Face cache. What is missing there is fetched when it
     * is needed.
     *
     * @param older its former names, under which a cache may still hold it
     */
    public static StoredModel named(String name, String... older) {
        return named(Models::family, name, older);
    }

    private static StoredModel named(Function<ModelFiles, Family> reader, String name, String... older) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("model name is blank; try model(\"Qwen/Qwen2.5-0.5B\")");
        }
        if (name.equals(EMBEDDED)) {
            throw new IllegalArgumentException(
                    "model " + name + " is not one of the Hub's: the embedded one is opt(\"nano\")");
        }
        Path folder = Path.of(name);
        if (Files.isRegularFile(folder.resolve("config.json"))
                || AdapterFolder.is(folder)
                || !Repository.isName(name)) {
            return at(folder, reader);
        }
        List<String> names = new ArrayList<>(List.of(name));
        names.addAll(List.of(older));
        return StoredModel.ofHub(names, reader);
    }

    /** The model in a folder written by Hugging Face's tools. */
    public static StoredModel at(Path folder) {
        return at(folder, Models::family);
    }

    private static StoredModel at(Path folder, Function<ModelFiles, Family> reader) {
        Path name = folder.getFileName();
        Supplier<ModelFiles> files = () -> {
            if (AdapterFolder.is(folder) && !Files.exists(folder.resolve("config.json"))) {
                throw new ModelFileException(folder + " is not a model's folder but an adapter's: write model = "
                        + call(AdapterFolder.base(folder)) + " and tune = " + AdapterFolder.call(folder));
            }
            return ModelFiles.folder(folder);
        };
        return new StoredModel(name == null ? "model" : name.toString(), files, reader);
    }

    /** The call that names a model in a block, given the model that an adapter names as its own. */
    private static String call(String base) {
        String embedded = opt(EMBEDDED).name();
        return base.equals(embedded) ? "opt(\"" + EMBEDDED + "\")" : "model(\"" + base + "\")";
    }

    /** The supported values of {@code model_type}. */
    public static List<String> types() {
        return List.copyOf(FAMILIES.keySet());
    }

    /**
     * OPT by size, such as {@code 1.3b}, by its name on the Hub, or in a folder; or {@code nano}, which comes with ZoLab.
     *
     * @throws IllegalArgumentException if {@code name} is none of these
     */
    public static StoredModel opt(String name) {
        if (name.equals(EMBEDDED)) {
            return new StoredModel(
                    "opt-nano",
                    () -> ModelFiles.resources(Models.class.getClassLoader(), "org/zolab/model/opt/nano"),
                    Models::family);
        }
        if (!name.contains("/") && !OPT_SIZE.matcher(name).find()) {
            throw new IllegalArgumentException(
                    "OPT model is not nano, a size such as 125m or 1.3b, owner/name or a folder's path: \"" + name
                            + "\"; try opt(\"nano\") or opt(\"125m\")");
        }
        return only("opt", "opt", name, "facebook/opt-" + name);
    }

    /** An OPT model in a folder written by Hugging Face's tools. */
    public static StoredModel opt(Path folder) {
        return at(folder, reader("opt", "opt", folder.toString()));
    }

    /** Llama by version and size, such as {@code 3.2-1b} or {@code 3.1-8b-instruct}, by its name on the Hub, or in a folder. */
    public static StoredModel llama(String name) {
        String older = "meta-llama/Meta-Llama-" + hub(name);
        if (name.startsWith("2-")) {
            return only("llama", "llama", name, "meta-llama/Llama-" + name + "-hf");
        }
        return name.startsWith("3-")
                ? only("llama", "llama", name, older)
                : only("llama", "llama", name, "meta-llama/Llama-" + hub(name), older);
    }

    /** Qwen by version and size, such as {@code 2.5-0.5b}, by its name on the Hub, or in a folder. */
    public static StoredModel qwen(String name) {
        return only("qwen", "qwen2", name, "Qwen/Qwen" + hub(name));
    }

    /** Mistral by size and version, such as {@code 7b-v0.1}, by its name on the Hub, or in a folder. */
    public static StoredModel mistral(String name) {
        return only("mistral", "mistral", name, "mistralai/Mistral-" + hub(name));
    }

    /** RoBERTa by size, such as {@code large}, by its name on the Hub, or in a folder. */
    public static StoredModel roberta(String name) {
        return only("roberta", "roberta", name, "FacebookAI/roberta-" + name, "roberta-" + name);
    }

    /** BERT by size and kind, such as {@code base-uncased}, by its name on the Hub, or in a folder. */
    public static StoredModel bert(String name) {
        return only("bert", "bert", name, "google-bert/bert-" + name, "bert-" + name);
    }

    /** GPT-2, {@code small}, {@code medium}, {@code large} or {@code xl}, by its name on the Hub, or in a folder. */
    public static StoredModel gpt2(String name) {
        String size = name.equals("small") ? "gpt2" : "gpt2-" + name;
        return only("gpt2", "gpt2", name, "openai-community/" + size, size);
    }

    /**
     * A model of one family.
     *
     * @param function the function that asks for it
     * @param type     its {@code model_type}
     * @param name     the name as it was given
     * @param hub      its name on the Hub, to use unless {@code name} is such a name or a path itself
     * @param older    its former names there
     */
    private static StoredModel only(String function, String type, String name, String hub, String... older) {
        return name.contains("/")
                ? named(reader(function, type, name), name)
                : named(reader(function, type, hub), hub, older);
    }

    private static Function<ModelFiles, Family> reader(String function, String type, String model) {
        return files -> {
            ConfigFile.requireFamily(files, function, type, model);
            return family(files);
        };
    }

    /** Spelled as on the Hub: sizes in capitals. */
    private static String hub(String name) {
        return name.replaceAll("(?<=\\d)b(?=-|$)", "B").replace("-instruct", "-Instruct");
    }

    static Family family(ModelFiles files) {
        return FAMILIES.get(ConfigFile.read(files, types()).type()).apply(files);
    }
}
