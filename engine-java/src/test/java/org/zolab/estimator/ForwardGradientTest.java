package org.zolab.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.zolab.ledger.RecordedLosses;
import org.zolab.ledger.StepRecord;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.DifferentiableOracle.Slope;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class ForwardGradientTest extends GradientEstimatorContract {

    private static final Direction Z = Direction.noise(new NoiseKey(5, 0, 0), Law.GAUSSIAN);

    @Override
    GradientEstimator estimator(double epsilon) {
        return new ForwardGradient();
    }

    @Override
    double gain() {
        return 1;
    }

    @Override
    @Test
    void anEpsilonThatIsNoDistanceIsRefused() {
        assertThat(estimator(1).epsilon()).isZero(); // there is none to refuse
    }

    @Test
    void isTheExactSlopeTimesTheDirection() {
        ParameterVector theta = ParameterVector.of(new float[D]);
        double slope = Fold.product(theta, Direction.of(ParameterVector.of(gradient())), Z);
        Estimate estimate = estimator(1).estimate(linear(gradient()), theta, List.of(Z));
        assertThat(estimate.slopes()).containsExactly(slope);
        assertThat(estimate.gradient()).isEqualTo(Z.times(slope));
    }

    /** What a step recorded is enough to take it again without a gradient. */
    @Test
    void replaysFromTheRecordOfItsStep() {
        ParameterVector theta = ParameterVector.of(gradient());
        CountingOracle f = new CountingOracle(linear(gradient()));
        Estimate taken = estimator(1).estimate(f, theta, List.of(Z));
        RecordedLosses record =
                new RecordedLosses(new StepRecord(0, 5, f.losses(), taken.slopes(), 1e-3, "aten/1", Map.of()));
        assertThat(estimator(1).estimate(record, theta, List.of(Z))).isEqualTo(taken);
        assertThat(record.exhausted()).isTrue();
        assertThatThrownBy(() -> record.slope(theta.here(), Z)).hasMessageContaining("its replay asks for more");
        assertThatThrownBy(() -> record.gradient(theta.here(), theta.zeros()))
                .hasMessageContaining("recorded no gradient");
    }

    @Test
    void countsAGradientAsTheOneLossItTells() {
        ParameterVector theta = ParameterVector.of(gradient());
        CountingOracle f = new CountingOracle(linear(gradient()));
        double loss = f.gradient(theta.here(), theta.zeros());
        Slope slope = f.slope(theta.here(), Z);
        assertThat(f.losses()).containsExactly(loss, slope.loss());
        assertThat(slope.loss()).isEqualTo(loss).isEqualTo(f.at(theta.here()));
    }

    @Test
    void aLossWithoutAGradientIsRefused() {
        LossOracle plain = points -> new double[points.size()];
        ParameterVector theta = ParameterVector.of(new float[D]);
        for (LossOracle f : List.of(plain, new CountingOracle(plain))) {
            assertThatThrownBy(() -> estimator(1).estimate(f, theta, List.of(Z)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("loss is not differentiable: ")
                    .hasMessageContaining("take an estimator that asks for losses only");
        }
    }
}
