package org.zolab.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.model.weights.WholeFolder;
import org.zolab.space.ParameterSpace;

/** A model's folder in the format of Hugging Face's tools: weights, configuration, tokenizer. */
public final class SavedModel {

    private static final String CONFIG = "config.json";

    /** Files copied unchanged beside the weights. */
    private static final List<String> BESIDE = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "chat_template.jinja",
            "vocab.json",
            "merges.txt",
            "vocab.txt");

    private SavedModel() {}

    /**
     * Writes {@code model} as it is now, everything trained merged into its weights: either all files or none.
     *
     * <p>Memory: one matrix.
     *
     * @param files the files the model was loaded from, for its configuration and tokenizer
     * @param dtype F32, F16 or BF16, rounded to the nearest
     * @throws IllegalArgumentException if texts of the model begin with trained vectors
     * @throws org.zolab.model.weights.ModelFileException if the folder holds anything but a model, or cannot be written
     */
    public static void write(Path folder, LanguageModel model, ModelFiles files, Dtype dtype) {
        if (model.family() instanceof Extended) {
            throw new IllegalArgumentException(
                    "texts of this model begin with trained vectors, which no file of a model"
                            + " holds; save them as an adapter");
        }
        List<String> own = new ArrayList<>(BESIDE);
        own.addAll(List.of(CONFIG, Safetensors.ONE_FILE));
        WholeFolder.write(folder, own, Safetensors.ONE_FILE, to -> {
            BESIDE.stream().filter(files::has).forEach(name -> to.put(name, files.bytes(name)));
            to.json(CONFIG, config(files, model.family(), dtype));
            SafetensorsWriter.write(to.place(Safetensors.ONE_FILE), tensors(model, dtype), SafetensorsWriter.signed());
        });
    }

    /** The weights at the present θ in the layout of the model's files, computed as they are read, one matrix at a time. */
    private static List<SafetensorsWriter.Tensor> tensors(LanguageModel model, Dtype dtype) {
        WeightsAt here = model.weightsHere();
        Family family = model.family();
        return IntStream.range(0, family.space().tensors().size())
                .mapToObj(i -> {
                    ParameterSpace.Tensor tensor = family.space().tensor(i);
                    boolean transposed = family.transposed(tensor);
                    long[] shape =
                            tensor.shape().stream().mapToLong(extent -> extent).toArray();
                    return new SafetensorsWriter.Tensor(
                            tensor.name(),
                            dtype,
                            transposed ? new long[] {shape[1], shape[0]} : shape,
                            transposed
                                    ? transposed(here, i, tensor)
                                    : (from, into, count) -> here.read(i, from, into, count));
                })
                .toList();
    }

    /** The elements of a matrix in column-major order. */
    private static SafetensorsWriter.Values transposed(WeightsAt here, int i, ParameterSpace.Tensor tensor) {
        int rows = tensor.shape().get(0);
        int columns = tensor.shape().get(1);
        float[] row = new float[columns];
        float[][] matrix = new float[1][0];
        return (from, into, count) -> {
            if (from == 0) {
                matrix[0] = new float[tensor.size()];
                for (int r = 0; r < rows; r++) {
                    here.read(i, r * columns, row, columns);
                    for (int c = 0; c < columns; c++) {
                        matrix[0][c * rows + r] = row[c];
                    }
                }
            }
            System.arraycopy(matrix[0], from, into, 0, count);
            if (from + count == tensor.size()) {
                matrix[0] = new float[0];
            }
        };
    }

    /** A checksum of a model's files. */
    static String fingerprint(ModelFiles files) {
        List<String> small = new ArrayList<>(BESIDE);
        small.add(CONFIG);
        return files.fingerprint(small, Weights.of(files));
    }

    private static ObjectNode config(ModelFiles files, Family family, Dtype dtype) {
        ObjectNode config = (ObjectNode) files.json(CONFIG);
        family.settings().forEach(config::putPOJO);
        config.put(
                config.has("dtype") ? "dtype" : "torch_dtype",
                switch (dtype) {
                    case F16 -> "float16";
                    case BF16 -> "bfloat16";
                    default -> "float32";
                });
        return config;
    }
}
