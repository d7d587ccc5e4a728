package org.zolab.model.families;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.zolab.Mutations;
import org.zolab.model.StoredModel;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Weights;

/**
 * A model's files, held against {@link Mutations}.
 */
class HostileFilesTest {

    private static final Path MODELS = Path.of("..", "integration-tests", "goldens", "models");

    /** A folder with one file replaced. */
    private record Replaced(ModelFiles others, String name, byte[] bytes) implements ModelFiles {
        @Override
        public String location() {
            return "mutated";
        }

        @Override
        public boolean has(String other) {
            return other.equals(name) || others.has(other);
        }

        @Override
        public long size(String other) {
            return other.equals(name) ? bytes.length : others.size(other);
        }

        @Override
        public ByteBuffer region(String other, long offset, int length) {
            return other.equals(name)
                    ? ByteBuffer.wrap(bytes, Math.toIntExact(offset), length)
                            .slice()
                            .order(ByteOrder.LITTLE_ENDIAN)
                    : others.region(other, offset, length);
        }
    }

    @Test
    void safetensors() {
        mutate("opt-tiny", "model.safetensors", 8000, HostileFilesTest::readAll);
    }

    @Test
    void anIndexOfShards() {
        mutate("opt-tiny-sharded", "model.safetensors.index.json", 0, HostileFilesTest::readAll);
    }

    @Test
    void torchFiles() {
        mutate("opt-tiny-bin", "pytorch_model.bin", 0, HostileFilesTest::readAll);
    }

    @Test
    void tokenizers() {
        mutate("opt-tiny", "tokenizer.json", 0, HostileFilesTest::tokenize);
    }

    @Test
    void vocabularies() {
        mutate("opt-350m-style", "vocab.json", 0, HostileFilesTest::tokenize);
        mutate("opt-350m-style", "merges.txt", 0, HostileFilesTest::tokenize);
    }

    @Test
    void configurations() {
        for (String model : new String[] {"opt-tiny", "llama-3-style", "gpt2-tiny", "roberta-tiny", "bert-classes"}) {
            mutate(model, "config.json", 0, files -> new StoredModel("mutated", () -> files, Models::family)
                    .family()
                    .stages());
        }
    }

    private static void readAll(ModelFiles files) {
        Weights weights = Weights.of(files);
        for (String name : weights.names()) {
            if (weights.dtype(name).fitsFloat()) {
                weights.floats(name);
            }
        }
    }

    private static void tokenize(ModelFiles files) {
        try (Tokenizer tokenizer = Tokenizer.load(files)) {
            tokenizer.decode(tokenizer.encode("It doesn't need 12 \u00e9\ud83d\ude00 words"), false);
        }
    }

    private static void mutate(String model, String name, int head, Consumer<ModelFiles> reader) {
        ModelFiles valid = ModelFiles.folder(MODELS.resolve(model));
        new Mutations(model + "/" + name, valid.bytes(name), head, 500)
                .areReadOrRefused(ModelFileException.class, bytes -> reader.accept(new Replaced(valid, name, bytes)));
    }
}
