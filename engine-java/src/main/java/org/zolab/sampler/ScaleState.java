package org.zolab.sampler;

import java.util.Arrays;
import java.util.List;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;

/**
 * What the nets are told before a step, beside θ itself: the two losses and the raw scales of the step before.
 *
 * <p>It starts with losses of 0 and scales of 1. Memory: a number a tensor.
 */
public final class ScaleState {

    private final double[] sigma;
    private double ahead;
    private double behind;

    /** The state before the first step of a model with so many tensors. */
    public ScaleState(int tensors) {
        sigma = new double[tensors];
        Arrays.fill(sigma, 1);
    }

    /** Remembers a step: f(θ + εz), f(θ − εz) and the raw scales of z. */
    public void after(double ahead, double behind, double[] sigma) {
        this.ahead = ahead;
        this.behind = behind;
        System.arraycopy(sigma, 0, this.sigma, 0, sigma.length);
    }

    /**
     * a of each tensor: mean, unbiased variance (0 for a single number), ℓ⁺, ℓ⁻, last σ. Two sweeps over θ, in double precision with equal
     * bits for any number of threads.
     */
    public double[][] inputs(ParameterVector theta) {
        Direction x = Direction.of(theta);
        double[] sums = Fold.sums(theta, x);
        double[] squares = Fold.products(theta, x, x);
        double[][] inputs = new double[sigma.length][];
        for (int i = 0; i < sigma.length; i++) {
            int n = theta.space().tensor(i).size();
            double mean = sums[i] / n;
            double variance = n == 1 ? 0 : Math.max(0, squares[i] - sums[i] * mean) / (n - 1);
            inputs[i] = new double[] {mean, variance, ahead, behind, sigma[i]};
        }
        return inputs;
    }

    /** m of each tensor's net for its inputs. */
    public static double[] outputs(List<ScaleNet> nets, double[][] inputs) {
        double[] outputs = new double[inputs.length];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = nets.get(i).output(inputs[i]);
        }
        return outputs;
    }
}
