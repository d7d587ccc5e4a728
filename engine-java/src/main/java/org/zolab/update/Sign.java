package org.zolab.update;

import java.util.List;
import org.zolab.space.Direction;
import org.zolab.space.ElementMap;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Steps of equal length in every coordinate, by the sign of the estimate or of its running mean.
 *
 * <pre>
 *   h ← βh + (1 − β)ĝ     in the tensors that ĝ reaches; the others keep theirs
 *   θ ← θ − η sign(h)     in all tensors; sign(0) = 0
 * </pre>
 *
 * <p>Where the terms of ĝ cancel but for rounding, its sign is that of the rounding, and θ moves by η there as elsewhere. Leave-one-out over
 * K ≥ 3 signs does that in a share 2^(1 − K) of the coordinates, those in which all signs are equal; Gaussian directions do not.
 *
 * <p>Two passes; memory: h, as large as θ, unless β is 0.
 *
 * <p>Reference: ZO-SignSGD (Liu et al., ICLR 2019); the JAGUAR variant of LDSD, arXiv 2602.13659.
 *
 * @param beta β
 */
public record Sign(double beta) implements RuleConfig {

    public Sign {
        new Problems()
                .require(beta >= 0 && beta < 1, "beta of the sign is not in [0, 1)", beta)
                .orThrow();
    }

    @Override
    public UpdateRule create(ParameterVector theta) {
        if (beta == 0) {
            return Sign::step;
        }
        ParameterVector h = theta.zeros();
        return (x, gradient, learningRate) -> {
            h.update(Weighting.of(theta.space(), i -> gradient.touches(i) ? beta : 1), gradient, 1 - beta);
            step(x, Direction.of(h), learningRate);
        };
    }

    private static void step(ParameterVector theta, Direction direction, double learningRate) {
        float rate = (float) learningRate;
        ElementMap.Rule rule = (x, g, at, n) -> {
            for (int i = at; i < at + n; i++) {
                x[0][i] -= rate * Math.signum(g[i]);
            }
        };
        ElementMap.update(List.of(theta), direction, ElementMap.Known.sign(rate, rule));
    }

    @Override
    public int keptVectors() {
        return beta == 0 ? 0 : 1;
    }

    @Override
    public double learningRate() {
        return 1.6e-3;
    }

    @Override
    public String toString() {
        return beta == 0 ? "sign" : "sign of a running mean, beta " + beta;
    }
}
