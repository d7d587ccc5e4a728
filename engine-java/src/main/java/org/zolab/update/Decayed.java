package org.zolab.update;

import java.util.List;
import org.zolab.space.Direction;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Another rule, with weight decay added to the estimate, except in biases and norms.
 *
 * <pre>
 *   ĝ ← ĝ + wd·θ          in tensors whose names contain none of bias, layer_norm, layernorm
 * </pre>
 *
 * <p>For SGD that is MeZO's decay, in the same pass. It is not decoupled: Adam sees it as a part of the gradient. No memory.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, and its code's exceptions.
 *
 * @param rule  what moves θ
 * @param decay wd
 */
public record Decayed(RuleConfig rule, double decay) implements RuleConfig {

    private static final List<String> EXEMPT = List.of("bias", "layer_norm", "layernorm");

    public Decayed {
        new Problems()
                .require(
                        decay >= 0 && decay < Double.POSITIVE_INFINITY,
                        "weightDecay is not zero or positive and finite",
                        decay)
                .orThrow();
    }

    @Override
    public UpdateRule create(ParameterVector theta) {
        UpdateRule inner = rule.create(theta);
        Weighting decays = Weighting.of(theta.space(), i -> exempt(theta.space().tensor(i)) ? 0 : 1);
        return (x, gradient, learningRate) ->
                inner.apply(x, gradient.plus(Direction.of(x).times(decays).times(decay)), learningRate);
    }

    private static boolean exempt(ParameterSpace.Tensor tensor) {
        return EXEMPT.stream().anyMatch(tensor.name()::contains);
    }

    @Override
    public int keptVectors() {
        return rule.keptVectors();
    }

    @Override
    public String toString() {
        return rule + ", weight decay " + decay;
    }
}
