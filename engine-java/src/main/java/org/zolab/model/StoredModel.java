package org.zolab.model;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.zolab.model.hub.Hub;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Weights;
import org.zolab.space.ParameterSpace;

/**
 * A pretrained model of any family: its files, and how its configuration is read.
 *
 * @param name      what it is called
 * @param described its configuration and tokenizer, looked for when they are needed
 * @param whole     the same with its weights
 * @param reader    the architecture that a configuration describes
 */
public record StoredModel(
        String name, Supplier<ModelFiles> described, Supplier<ModelFiles> whole, Function<ModelFiles, Family> reader)
        implements ModelSource {

    /** A model that lies in one place. */
    public StoredModel(String name, Supplier<ModelFiles> files, Function<ModelFiles, Family> reader) {
        this(name, files, files, reader);
    }

    /**
     * A model of the Hub.
     *
     * @param repositories its names there, newest first; the model is called as the first, without the owner
     */
    public static StoredModel ofHub(List<String> repositories, Function<ModelFiles, Family> reader) {
        String first = repositories.get(0);
        return new StoredModel(
                first.substring(first.indexOf('/') + 1),
                () -> Hub.ofUser().described(repositories),
                () -> Hub.ofUser().whole(repositories),
                reader);
    }

    @Override
    public Family family() {
        return reader.apply(described.get());
    }

    @Override
    public Tokenizer tokenizer() {
        return Tokenizer.load(described.get());
    }

    @Override
    public LanguageModel load(Compute compute) {
        ModelFiles open = whole.get();
        Family family = reader.apply(open);
        Tokenizer tokenizer = Tokenizer.load(open);
        tokenizer.requireIdsBelow(family.vocabulary());
        Weights weights = Weights.of(open);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (ParameterSpace.Tensor tensor : family.space().tensors()) {
            List<Integer> shape = new ArrayList<>(tensor.shape());
            if (family.transposed(tensor)) {
                Collections.reverse(shape);
            }
            shapes.put(
                    weights.called(tensor.name()),
                    shape.stream().mapToLong(extent -> extent).toArray());
        }
        weights.require(shapes);
        return new LanguageModel(name, family, tokenizer, compute, (tensor, destination) -> {
            String called = weights.called(tensor.name());
            if (family.transposed(tensor)) {
                transpose(weights.floats(called), tensor.shape().get(0), destination);
            } else {
                weights.read(called, destination.duplicate());
            }
        });
    }

    /** A matrix of so many columns, column after column. */
    private static void transpose(float[] matrix, int columns, FloatBuffer destination) {
        int rows = matrix.length / columns;
        for (int c = 0; c < columns; c++) {
            for (int r = 0; r < rows; r++) {
                destination.put(c * rows + r, matrix[r * columns + c]);
            }
        }
    }
}
