package org.zolab.train;

import java.nio.file.Path;
import java.util.function.IntFunction;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.Safetensors;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.MeanStart;
import org.zolab.space.Direction;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * A learned mean from another run's folder.
 *
 * <p>The file's content follows from the run's ledger as well: a replay ends with the same μ, to the bit.
 *
 * @param file {@code mean.safetensors}
 */
public record SavedMean(Path file) implements MeanStart {

    @Override
    public void check(ParameterSpace space, Problems problems) {
        problems.gather(() -> Safetensors.file(file).require(space));
    }

    @Override
    public void write(
            ParameterVector mean, double reach, LossOracle f, ParameterVector theta, IntFunction<Direction> noise) {
        Safetensors.file(file).loadInto(mean);
    }

    @Override
    public String toString() {
        return "the mean in " + file + ", " + fingerprint();
    }

    private String fingerprint() {
        try {
            return Safetensors.file(file).fingerprint();
        } catch (ModelFileException e) {
            return "which cannot be read"; // the run will say why
        }
    }
}
