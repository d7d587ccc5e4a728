package org.zolab.sampler;

import org.zolab.space.ParameterSpace;

/** fᵢ, what a tensor weighs in the energy of a direction, in millions of elements. */
@FunctionalInterface
public interface Energy {

    /** nᵢ/10⁶: all of a tensor's elements. Right for a tied embedding too, whose whole matrix makes the logits. */
    Energy SIZE = new Energy() {
        @Override
        public double of(ParameterSpace.Tensor tensor) {
            return tensor.size() / 1e6;
        }

        @Override
        public String toString() {
            return "energy by size";
        }
    };

    /** f of a tensor. */
    double of(ParameterSpace.Tensor tensor);

    /**
     * As published: a tensor with {@code embed} in its name counts as the rows that 15 tokens of each example touch, any other as its size.
     *
     * @param batch  examples
     * @param hidden the width of the model
     */
    record Published(int batch, int hidden) implements Energy {
        @Override
        public double of(ParameterSpace.Tensor tensor) {
            return tensor.name().contains("embed") ? 15.0 * batch * hidden / 1e6 : SIZE.of(tensor);
        }

        @Override
        public String toString() {
            return "energy as published for batches of " + batch;
        }
    }
}
