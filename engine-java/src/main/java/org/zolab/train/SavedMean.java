package org.zolab.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.MeanStart;
import org.zolab.space.Direction;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;

/**
 * A learned mean as another run left it, in its folder.
 *
 * <p>What a file holds follows from the run's ledger too: a replay ends with the same μ, to the bit.
 *
 * @param file {@code mean.safetensors}
 */
public record SavedMean(Path file) implements MeanStart {

    @Override
    public void write(
            ParameterVector mean, double sigma, LossOracle f, ParameterVector theta, IntFunction<Direction> noise) {
        Weights saved = Safetensors.file(file);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (ParameterSpace.Tensor tensor : mean.space().tensors()) {
            shapes.put(
                    tensor.name(),
                    tensor.shape().stream().mapToLong(extent -> extent).toArray());
        }
        saved.require(shapes);
        mean.set((tensor, values) -> saved.read(tensor.name(), values.duplicate()));
    }

    @Override
    public String toString() {
        return "the mean in " + file;
    }
}
