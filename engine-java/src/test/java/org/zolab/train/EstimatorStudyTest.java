package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.zolab.estimator.Antithetic;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.ForwardGradient;
import org.zolab.estimator.GradientEstimator;
import org.zolab.estimator.GuidedDifference;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.estimator.OneSided;
import org.zolab.estimator.ThreePoint;
import org.zolab.objective.Function;
import org.zolab.objective.Toys;
import org.zolab.space.ParameterSpace;

/** Studies where the answer is known. */
class EstimatorStudyTest {

    private static final int D = 48;

    private static Plan plan(Function function, Method method, int draws) {
        return Plan.builder()
                .subject(new FunctionSubject(function))
                .method(method)
                .steps(draws)
                .build();
    }

    private static EstimatorStudy study(Method method, int draws) {
        return EstimatorStudy.of(plan(Toys.quadratic(D, 4), method, draws), new Stop(), made -> {});
    }

    /** Gaussian: E ĝ = g and E‖ĝ − g‖² = (d + 1)‖g‖². The variance of 20,000 has a deviation of 2 %, the bias of chance is 5 %. */
    @Test
    void aCentralDifferenceIsUnbiasedWithAVarianceOfDimensionPlusOne() {
        int n = 20_000;
        for (Method method : List.of(
                Method.mezo().with(epsilon -> new CentralDifference(0.1)),
                Method.mezo().with(epsilon -> new ForwardGradient()))) {
            EstimatorStudy study = study(method, n);
            assertThat(study.draws()).isEqualTo(n);
            assertThat(study.gain()).isCloseTo(1, within(0.05));
            assertThat(study.variance()).isCloseTo(D + 1, within(0.1 * D));
            assertThat(study.bias()).isCloseTo(Math.sqrt(study.variance() / n), within(0.02));
            assertThat(study.cosine()).isCloseTo(Math.sqrt(2 / (Math.PI * D)), within(0.01)); // E|z₁| / ‖z‖
            assertThat(study.progress(D)).isCloseTo(D / (D + 2.0), within(0.1)); // E‖ĝ‖² = (d + 2)‖g‖²
        }
    }

    /** Among 2,000 dimensions; of 4,000 draws the gain's deviation is at most 4 %, and finite d takes away up to 1 %. */
    @Test
    void theStrideOfAnEstimatorIsGainOverSquare() {
        for (GradientEstimator estimator : List.of(
                new CentralDifference(1, 1e-2),
                new CentralDifference(4, 1e-2),
                new OneSided(4, 1e-2),
                new LeaveOneOut(5, 1e-2),
                new BestOf(4, 1e-2),
                new GuidedDifference(4, 0.5, false, 1e-2),
                new GuidedDifference(6, 0.34, true, 1e-2),
                new ThreePoint(3, 0, 1e-2),
                new Antithetic(new OneSided(4, 1e-2)),
                new Antithetic(new LeaveOneOut(6, 1e-2)),
                new Antithetic(new BestOf(4, 1e-2)),
                new Antithetic(new GuidedDifference(8, 0.5, false, 1e-2)))) {
            Plan plan = plan(Toys.quadratic(2000, 1), Method.mezo().with(epsilon -> estimator), 4000);
            EstimatorStudy study = EstimatorStudy.of(plan, new Stop(), made -> {});
            double stride = study.progress(2000) / study.gain();
            assertThat(stride / estimator.stride()).as("%s", estimator).isCloseTo(1, within(0.08));
        }
    }

    /** A mean that moves by 100σ a step would point along −g after a few and make the cosines large; one that stays at 0 is best-of-5. */
    @Test
    void aPolicyIsStudiedAsItStarts() {
        EstimatorStudy eager = study(Method.ldsd(100), 500);
        EstimatorStudy still = study(Method.ldsd(0), 500);
        assertThat(eager).isEqualTo(still);
        assertThat(eager.cosine()).isLessThan(0.5);
    }

    @Test
    void aStudyIsToldOfAndStopped() {
        List<Long> told = new ArrayList<>();
        Stop stop = new Stop();
        assertThatThrownBy(() -> EstimatorStudy.of(plan(Toys.quadratic(D, 4), Method.mezo(), 100), stop, made -> {
                    told.add(made);
                    if (made == 3) {
                        stop.ask();
                    }
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(told).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void whatHasNoGradientIsRefused() {
        Function flat = new Function("flat", ParameterSpace.flat(2), new float[2], x -> 1, x -> new float[2]);
        assertThatThrownBy(() -> EstimatorStudy.of(plan(flat, Method.mezo(), 2), new Stop(), made -> {}))
                .hasMessage("the gradient is 0 here, so estimates cannot be measured by it; begin elsewhere");
        Function unknown = new Function("unknown", new float[2], x -> 1);
        assertThatThrownBy(() -> EstimatorStudy.of(plan(unknown, Method.mezo(), 2), new Stop(), made -> {}))
                .hasMessageContaining("the objective of unknown has no gradient");
    }
}
