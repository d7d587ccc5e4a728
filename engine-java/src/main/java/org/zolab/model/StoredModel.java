package org.zolab.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Weights;
import org.zolab.space.ParameterSpace;

/**
 * A pretrained model of any family: its files, and how its configuration is read.
 *
 * @param name   what it is called
 * @param files  where it lies, looked for when it is needed
 * @param reader the architecture that a configuration describes
 */
public record StoredModel(String name, Supplier<ModelFiles> files, Function<ModelFiles, Family> reader)
        implements ModelSource {

    @Override
    public Family family() {
        return reader.apply(files.get());
    }

    @Override
    public Tokenizer tokenizer() {
        return Tokenizer.load(files.get());
    }

    @Override
    public LanguageModel load(Compute compute) {
        ModelFiles open = files.get();
        Family family = reader.apply(open);
        Tokenizer tokenizer = Tokenizer.load(open);
        tokenizer.requireIdsBelow(family.vocabulary());
        Weights weights = Weights.of(open);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (ParameterSpace.Tensor tensor : family.space().tensors()) {
            shapes.put(
                    weights.called(tensor.name()),
                    tensor.shape().stream().mapToLong(extent -> extent).toArray());
        }
        weights.require(shapes);
        return new LanguageModel(
                name,
                family,
                tokenizer,
                compute,
                (tensor, destination) -> weights.read(weights.called(tensor.name()), destination.duplicate()));
    }
}
