package org.zolab.model.opt;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.zolab.model.ConfigFile;
import org.zolab.model.StoredModel;
import org.zolab.model.hub.Repository;
import org.zolab.model.weights.ModelFiles;

/** OPT models by name or by place. */
public final class Opt {

    /** The model that comes with ZoLab. */
    public static final String EMBEDDED = "nano";

    private static final Pattern SIZE = Pattern.compile("\\d[mb]$");

    private Opt() {}

    /**
     * The model called {@code name}: {@code nano}, which is embedded; a size such as {@code 1.3b}, which is {@code facebook/opt-1.3b};
     * {@code org/name}; or a folder's path. The Hub's are taken from the Hugging Face cache of this machine, and fetched into it if they are not there.
     */
    public static StoredModel named(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("model name is blank; try opt(\"nano\") or opt(\"facebook/opt-125m\")");
        }
        if (name.equals(EMBEDDED)) {
            return new StoredModel(
                    "opt-nano",
                    () -> ModelFiles.resources(Opt.class.getClassLoader(), "org/zolab/model/opt/nano"),
                    files -> family(files, name));
        }
        if (name.contains("/") && (!Repository.isName(name) || Files.isRegularFile(Path.of(name, "config.json")))) {
            return at(Path.of(name));
        }
        if (!name.contains("/") && !SIZE.matcher(name).find()) {
            throw new IllegalArgumentException(
                    "OPT model is not nano, a size such as 125m or 1.3b, owner/name or a folder's path: \"" + name
                            + "\"; try opt(\"nano\") or opt(\"125m\")");
        }
        String repository = name.contains("/") ? name : "facebook/opt-" + name;
        return StoredModel.ofHub(List.of(repository), files -> family(files, repository));
    }

    /** The model in a folder as Hugging Face's tools write it. */
    public static StoredModel at(Path folder) {
        Path name = folder.getFileName();
        return new StoredModel(
                name == null ? "opt" : name.toString(),
                () -> ModelFiles.folder(folder),
                files -> family(files, folder.toString()));
    }

    private static OptFamily family(ModelFiles files, String model) {
        ConfigFile.requireFamily(files, "opt", List.of("opt"), model);
        return new OptFamily(OptConfig.read(files));
    }
}
