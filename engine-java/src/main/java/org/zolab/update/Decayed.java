package org.zolab.update;

import java.util.regex.Pattern;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Another rule, with weight decay, in tensors whose names have neither bias nor norm nor a part ln_… in them, in any case.
 *
 * <pre>
 *   ĝ ← ĝ + wd·θ          of a rule that is linear in ĝ; for SGD that is MeZO's decay, θ ← θ − η(ĝ + wd·θ), in the same pass
 *   θ ← θ − η·wd·θ        of any other, before it: decoupled, as AdamW's; one pass more
 * </pre>
 *
 * <p>Under a rule that takes the sign of ĝ or divides by its size, a wd·θ in it would move a weight by a whole step wherever ĝ is 0, however
 * small wd is, and with directions that lead into some coordinates that is nearly everywhere. So SGD and every other rule but momentum shrink
 * a weight by the share η·wd a step, led into or not; under momentum it adds up as the estimates do. No memory.
 *
 * <p>Names tell, not shapes, so that an objective that is a function of a plain array decays. They are those of the families' biases and norms;
 * MeZO's code exempts what contains bias, layer_norm or layernorm: OPT's, and Llama's but the last.
 *
 * <p>Reference: MeZO, arXiv 2305.17333; decoupled, Loshchilov and Hutter, arXiv 1711.05101.
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
            @Override
            public void apply(ParameterVector x, Direction gradient, double learningRate) {
                inner.apply(x, decayed(x, gradient, learningRate), learningRate);
            }

            @Override
            public void apply(LossOracle f, ParameterVector x, Direction gradient, double learningRate) {
                inner.apply(f, x, decayed(x, gradient, learningRate), learningRate);
            }

            /** The estimate with decay in it, or as it is, once x has decayed. */
            private Direction decayed(ParameterVector x, Direction gradient, double learningRate) {
                if (rule.linear()) {
                    return gradient.plus(Direction.of(x).times(decays).times(decay));
                }
                x.move(Direction.of(x).times(decays), -learningRate * decay); // θ ← θ − η·wd·θ
                return gradient;
            }
        };
    }

    @Override
    public int estimates() {
        return rule.estimates();
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
        return rule + (rule.linear() ? ", weight decay " : ", decoupled weight decay ") + decay;
    }
}
