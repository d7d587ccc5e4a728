package org.zolab.update;

import java.util.regex.Pattern;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Another rule, with weight decay in all tensors but those whose names contain bias, norm or a word that starts with ln_, in any case.
 *
 * <pre>
 *   ĝ ← ĝ + wd·θ          for a rule that is linear in ĝ; for SGD that is MeZO's decay, θ ← θ − η(ĝ + wd·θ), in the same pass
 *   θ ← θ − η·wd·θ        for any other rule, before it: decoupled, as in AdamW; one pass more
 * </pre>
 *
 * <p>Under a rule that takes the sign of ĝ or divides by its size, a term wd·θ in ĝ would move a weight by a whole step wherever the estimate
 * is 0, however small wd is; with directions that are confined to some coordinates, that is nearly everywhere. So SGD and every other rule
 * except momentum and the conservative one shrink each weight by the share η·wd in a step, whether or not the directions reach it; under
 * momentum the decay adds up as the estimates do, and a conservative step tries it with the estimate. No memory.
 *
 * <p>Tensors are exempt by name, not by shape, so that the parameters of a function of a plain array decay. The names are those of the
 * families' biases and norms; MeZO's code exempts names that contain bias, layer_norm or layernorm, which are OPT's, and Llama's except for
 * the last norm.
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

            /** The estimate with the decay added; or the estimate as it is, after x has been decayed. */
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
    public boolean linear() {
        return rule.linear();
    }

    @Override
    public double gain() {
        return rule.gain();
    }

    @Override
    public boolean remembers() {
        return rule.remembers();
    }

    @Override
    public long bytes(ParameterSpace space) {
        return rule.bytes(space);
    }

    @Override
    public double seconds(ParameterSpace space, int threads) {
        return rule.seconds(space, threads);
    }

    @Override
    public String toString() {
        return rule + (rule.linear() ? ", weight decay " : ", decoupled weight decay ") + decay;
    }
}
