package org.zolab.sampler;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import org.zolab.space.Direction;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Noise in the weights of small magnitude only: of each tensor the share with the smallest |θ|, chosen anew every so many steps.
 *
 * <p>Memory: a bit an element. Cost: choosing sorts a copy of one tensor after the other.
 *
 * <p>Reference: Sparse-MeZO, arXiv 2402.15751, which chooses in every step against thresholds of θ₀.
 *
 * @param share   of a tensor's elements
 * @param refresh steps that share a choice
 * @param law     of the noise in them
 */
public record SmallWeights(double share, int refresh, DirectionLaw law) implements DirectionLaw {

    public SmallWeights {
        new Problems()
                .require(share > 0 && share <= 1, "share of weights is not in (0, 1]", share)
                .require(refresh > 0, "refresh is not strictly positive", refresh)
                .orThrow();
    }

    @Override
    public Draws on(ParameterVector theta) {
        return new Chosen(this, theta, law.on(theta));
    }

    private static final class Chosen implements Draws {
        private final SmallWeights config;
        private final ParameterVector theta;
        private final Draws inner;
        private int start = -1;
        private Weighting choice = Weighting.ONE;

        Chosen(SmallWeights config, ParameterVector theta, Draws inner) {
            this.config = config;
            this.theta = theta;
            this.inner = inner;
        }

        @Override
        public Direction at(NoiseKey key) {
            return inner.at(key).times(choice(key));
        }

        @Override
        public Weighting support(NoiseKey key) {
            return inner.support(key).times(choice(key));
        }

        private Weighting choice(NoiseKey key) {
            int wanted = key.step() - key.step() % config.refresh();
            if (wanted != start) {
                choice = Weighting.elements(
                        theta.space().tensors().stream().map(this::smallest).toArray(BitSet[]::new));
                start = wanted;
            }
            return choice;
        }

        private BitSet smallest(ParameterSpace.Tensor tensor) {
            FloatBuffer values = theta.storage().of(theta.space().indexOf(tensor.name()));
            float[] magnitudes = new float[tensor.size()];
            for (int i = 0; i < magnitudes.length; i++) {
                magnitudes[i] = Math.abs(values.get(i));
            }
            float[] sorted = magnitudes.clone();
            Arrays.sort(sorted);
            float threshold = sorted[Math.max(1, (int) (config.share() * sorted.length)) - 1];
            BitSet small = new BitSet(magnitudes.length);
            for (int i = 0; i < magnitudes.length; i++) {
                small.set(i, magnitudes[i] <= threshold);
            }
            return small;
        }
    }

    @Override
    public String toString() {
        return law + " in the smallest " + share + " of the weights";
    }
}
