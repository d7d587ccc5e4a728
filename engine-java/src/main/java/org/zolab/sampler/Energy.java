package org.zolab.sampler;

import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.zolab.space.ParameterSpace;

/** fᵢ, the weight of a tensor in the energy of a direction: how many of its elements matter, in millions. */
@FunctionalInterface
public interface Energy {

    /** The elements that the batch's loss depends on; of a tied embedding all of them, since its whole matrix makes the logits. */
    Energy TOUCHED = new Touched();

    /** All elements. */
    Energy SIZE = new Size();

    /** fᵢ of each tensor; {@code partial} gives, when asked, the tensors of which a batch's loss depends on some elements only. */
    double[] of(ParameterSpace space, Supplier<Map<String, Long>> partial);

    private static double[] millions(ParameterSpace space, ToLongFunction<ParameterSpace.Tensor> elements) {
        return space.tensors().stream()
                .mapToDouble(tensor -> elements.applyAsLong(tensor) / 1e6)
                .toArray();
    }

    /** See {@link #TOUCHED}. */
    record Touched() implements Energy {
        @Override
        public double[] of(ParameterSpace space, Supplier<Map<String, Long>> partial) {
            Map<String, Long> some = partial.get();
            return millions(space, tensor -> some.getOrDefault(tensor.name(), (long) tensor.size()));
        }

        @Override
        public String toString() {
            return "energy of the touched elements";
        }
    }

    /** See {@link #SIZE}. */
    record Size() implements Energy {
        @Override
        public double[] of(ParameterSpace space, Supplier<Map<String, Long>> partial) {
            return millions(space, ParameterSpace.Tensor::size);
        }

        @Override
        public String toString() {
            return "energy by size";
        }
    }

    /**
     * As published: a tensor with {@code embed} in its name counts as the rows of 15 tokens of each example, any other as its size.
     *
     * @param batch  examples
     * @param hidden the width of the model
     */
    record Published(int batch, int hidden) implements Energy {
        @Override
        public double[] of(ParameterSpace space, Supplier<Map<String, Long>> partial) {
            return millions(space, tensor -> tensor.name().contains("embed") ? 15L * batch * hidden : tensor.size());
        }

        @Override
        public String toString() {
            return "energy as published for batches of " + batch + ", " + hidden + " wide";
        }
    }
}
