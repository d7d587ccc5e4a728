package org.zolab.space;

import java.util.List;

/** How a noise vector's elements are generated from its key. All laws here have mean 0 and variance 1. */
public sealed interface Law permits Law.Gaussian, Law.Rademacher, Law.Recorded, LowRank, OneStream {

    /** The standard normal law. Reference: docs/noise-v1.md. */
    Law GAUSSIAN = new Gaussian();

    /** Fair signs, +1 or −1. Reference: docs/noise-v1.md. */
    Law RADEMACHER = new Rademacher();

    /** The standard normal law; its instance is {@link #GAUSSIAN}. */
    record Gaussian() implements Law {
        @Override
        public String toString() {
            return "gaussian";
        }
    }

    /** Fair signs, +1 or −1; its instance is {@link #RADEMACHER}. */
    record Rademacher() implements Law {
        @Override
        public String toString() {
            return "rademacher";
        }
    }

    /** Vectors drawn elsewhere, such as those behind reference values: draw i of step t is row (t · {@code draws} + i) mod rows. */
    final class Recorded implements Law {
        private final ParameterSpace layout;
        private final List<float[]> rows;
        private final int draws;

        /**
         * Uses rows of numbers as noise.
         *
         * @param layout where each tensor lies in a row; its order may differ from the model's
         * @param rows   vectors of {@code layout}
         * @param draws  how many draws a step takes
         */
        public Recorded(ParameterSpace layout, List<float[]> rows, int draws) {
            for (float[] row : rows) {
                if (row.length != layout.dimension()) {
                    throw new IllegalArgumentException(
                            "a recorded row has not " + layout.dimension() + " numbers: " + row.length);
                }
            }
            this.layout = layout;
            this.rows = List.copyOf(rows);
            this.draws = draws;
        }

        ParameterSpace layout() {
            return layout;
        }

        void fill(NoiseKey key, ParameterSpace.Tensor tensor, int from, float[] tile, int at, int n) {
            ParameterSpace.Tensor recorded = layout.tensor(layout.indexOf(tensor.name()));
            float[] row = rows.get((int) (((long) key.step() * draws + key.draw()) % rows.size()));
            System.arraycopy(row, (int) recorded.offset() + from, tile, at, n);
        }
    }
}
