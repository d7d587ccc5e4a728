package org.zolab.model.opt;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.HubCache;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Weights;
import org.zolab.space.ParameterSpace;

/** OPT models by name or by place. */
public final class Opt {

    /** The model that comes with ZoLab. */
    public static final String EMBEDDED = "nano";

    private Opt() {}

    /**
     * The model called {@code name}: {@code nano}, which is embedded; a size such as {@code 1.3b}, which is {@code facebook/opt-1.3b};
     * or {@code org/name}. The last two are looked for in the Hugging Face cache of this machine.
     */
    public static ModelSource named(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("model name is blank; try opt(\"nano\") or opt(\"facebook/opt-125m\")");
        }
        if (name.equals(EMBEDDED)) {
            return new Source(
                    "opt-nano", () -> ModelFiles.resources(Opt.class.getClassLoader(), "org/zolab/model/opt/nano"));
        }
        String repository = name.contains("/") ? name : "facebook/opt-" + name;
        return new Source(
                repository.substring(repository.indexOf('/') + 1),
                () -> ModelFiles.folder(HubCache.of(System.getenv(), Path.of(System.getProperty("user.home")))
                        .find(repository)));
    }

    /** The model in a folder as Hugging Face's tools write it. */
    public static ModelSource at(Path folder) {
        Path name = folder.getFileName();
        return new Source(name == null ? "opt" : name.toString(), () -> ModelFiles.folder(folder));
    }

    @FunctionalInterface
    private interface Files {
        ModelFiles open();
    }

    private record Source(String name, Files files) implements ModelSource {
        @Override
        public Family family() {
            return new OptFamily(OptConfig.read(files.open()));
        }

        @Override
        public Tokenizer tokenizer() {
            return Tokenizer.load(files.open());
        }

        @Override
        public LanguageModel load(Compute compute) {
            ModelFiles open = files.open();
            Family family = family();
            Tokenizer tokenizer = tokenizer();
            tokenizer.requireIdsBelow(family.vocabulary());
            Weights weights = Weights.of(open);
            Map<String, String> inFile = new HashMap<>();
            Map<String, long[]> shapes = new HashMap<>();
            for (ParameterSpace.Tensor tensor : family.space().tensors()) {
                String found = weights.called(tensor.name());
                inFile.put(tensor.name(), found);
                shapes.put(
                        found,
                        tensor.shape().stream().mapToLong(extent -> extent).toArray());
            }
            weights.require(shapes);
            return new LanguageModel(
                    name,
                    family,
                    tokenizer,
                    compute,
                    (tensor, destination) -> read(weights, inFile, tensor, destination));
        }

        private static void read(
                Weights weights, Map<String, String> inFile, ParameterSpace.Tensor tensor, FloatBuffer destination) {
            weights.read(inFile.getOrDefault(tensor.name(), tensor.name()), destination.duplicate());
        }
    }
}
