package org.zolab.update;

import java.util.regex.Pattern;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Another rule, with weight decay added to the estimate, except in biases and norms.
 *
 * <pre>
 *   ĝ ← ĝ + wd·θ          in tensors whose names have neither bias nor norm nor a part ln_… in them, in any case
 * </pre>
 *
 * <p>For SGD that is MeZO's decay, in the same pass. It is not decoupled: Adam sees it as a part of the gradient. No memory.
 *
 * <p>Names tell, not shapes, so that an objective that is a function of a plain array decays. They are those of the families' biases and norms;
 * MeZO's code exempts what contains bias, layer_norm or layernorm: OPT's, and Llama's but the last.
 *
 * <p>Reference: MeZO, arXiv 2305.17333.
 *
 * @param rule  what moves θ
 * @param decay wd
 */
public record Decayed(RuleConfig rule, double decay) implements RuleConfig {

    private static final Pattern EXEMPT = Pattern.compile("bias|norm|\\bln_", Pattern.CASE_INSENSITIVE);

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
        Weighting decays = Weighting.of(
                theta.space(),
                i -> EXEMPT.matcher(theta.space().tensor(i).name()).find() ? 0 : 1);
        return new UpdateRule() {
            private Direction decayed(ParameterVector x, Direction gradient) {
                return gradient.plus(Direction.of(x).times(decays).times(decay));
            }

            @Override
            public void apply(ParameterVector x, Direction gradient, double learningRate) {
                inner.apply(x, decayed(x, gradient), learningRate);
            }

            @Override
            public void apply(LossOracle f, ParameterVector x, Direction gradient, double learningRate) {
                inner.apply(f, x, decayed(x, gradient), learningRate);
            }
        };
    }

    @Override
    public int forwards() {
        return rule.forwards();
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
