package org.zolab.model.opt;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.zolab.model.StoredModel;
import org.zolab.model.weights.ModelFiles;

/** OPT models by name or by place. */
public final class Opt {

    /** The model that comes with ZoLab. */
    public static final String EMBEDDED = "nano";

    private static final Pattern SIZE = Pattern.compile("\\d[mb]$");

    private Opt() {}

    /**
     * The model called {@code name}: {@code nano}, which is embedded; a size such as {@code 1.3b}, which is {@code facebook/opt-1.3b};
     * or {@code org/name}. The last two are taken from the Hugging Face cache of this machine, and fetched into it if they are not there.
     */
    public static StoredModel named(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("model name is blank; try opt(\"nano\") or opt(\"facebook/opt-125m\")");
        }
        if (name.equals(EMBEDDED)) {
            return source(
                    "opt-nano", () -> ModelFiles.resources(Opt.class.getClassLoader(), "org/zolab/model/opt/nano"));
        }
        if (!name.contains("/") && !SIZE.matcher(name).find()) {
            throw new IllegalArgumentException("OPT model is not nano, a size such as 125m or 1.3b, or owner/name: \""
                    + name + "\"; try opt(\"nano\") or opt(\"125m\")");
        }
        String repository = name.contains("/") ? name : "facebook/opt-" + name;
        return StoredModel.ofHub(List.of(repository), Opt::family);
    }

    /** The model in a folder as Hugging Face's tools write it. */
    public static StoredModel at(Path folder) {
        Path name = folder.getFileName();
        return source(name == null ? "opt" : name.toString(), () -> ModelFiles.folder(folder));
    }

    private static OptFamily family(ModelFiles files) {
        return new OptFamily(OptConfig.read(files));
    }

    private static StoredModel source(String name, Supplier<ModelFiles> files) {
        return new StoredModel(name, files, Opt::family);
    }
}
