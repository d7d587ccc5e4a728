package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.zolab.estimator.ForwardGradient;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.model.Compute;
import org.zolab.model.families.Models;
import org.zolab.objective.Function;
import org.zolab.objective.Toys;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.MeanStart;
import org.zolab.space.Numbers;
import org.zolab.space.Precision;
import org.zolab.tensor.LinearKernel;
import org.zolab.update.Momentum;
import org.zolab.update.Sign;

class LearningRateSearchTest {

    private static final int D = 400;

    private static Plan.Builder quadratic(Method method) {
        return Plan.builder()
                .subject(new FunctionSubject(Toys.quadratic(D, 10)))
                .method(method)
                .epsilon(1e-2);
    }

    /** Of f = ½ Σ hᵢxᵢ² with MeZO's estimates: ‖g‖² / ((d + 2)‖g‖² · tr H / d). */
    @Test
    void ofAQuadraticTheBestRateIsOneOverTheTrace() {
        double trace = 0;
        for (int i = 0; i < D; i++) {
            trace += Math.pow(10, i / (D - 1.0));
        }
        LearningRateSearch found =
                LearningRateSearch.of(quadratic(Method.mezo()).build(), 5000, new Stop());
        assertThat(found.greedy() * trace).isCloseTo(1, within(0.15));
        assertThat(found.learningRate()).isEqualTo(found.greedy() / 4);
        assertThat(found.forwards()).isLessThanOrEqualTo(5000);
    }

    /** The estimates are the same, and with momentum each moves θ ten times. */
    @Test
    void momentumGetsATenthOfTheRate() {
        LearningRateSearch plain =
                LearningRateSearch.of(quadratic(Method.mezo()).build(), 500, new Stop());
        LearningRateSearch heavy = LearningRateSearch.of(
                quadratic(Method.mezo())
                        .rule(new Momentum(0.9))
                        .weightDecay(0.1)
                        .build(),
                500,
                new Stop());
        assertThat(heavy.learningRate() / plain.learningRate()).isCloseTo(0.1, within(1e-9));
        assertThat(heavy.epsilon()).isEqualTo(plain.epsilon());
    }

    /** K probes a step have K − 1 times the signal beside the noise. */
    @Test
    void betterEstimatesGetAsMuchLongerSteps() {
        double one = LearningRateSearch.of(quadratic(Method.mezo()).build(), 5000, new Stop())
                .greedy();
        double eight = LearningRateSearch.of(
                        quadratic(Method.mezo().with(epsilon -> new LeaveOneOut(8, epsilon)))
                                .build(),
                        5000,
                        new Stop())
                .greedy();
        assertThat(eight / one).isCloseTo(7, within(1.5));
    }

    /** It looks as far as most methods do, and finds the rate of slopes that are measured; there is no ε to tell. */
    @Test
    void exactSlopesHaveARateAndNoEpsilon() {
        Method exact = Method.mezo().with(epsilon -> new ForwardGradient());
        Plan plan = Plan.builder()
                .subject(new FunctionSubject(Toys.quadratic(D, 10)))
                .method(exact)
                .build();
        LearningRateSearch found = LearningRateSearch.of(plan, 4000, new Stop());
        double measured = LearningRateSearch.of(quadratic(Method.mezo()).build(), 5000, new Stop())
                .greedy();
        assertThat(found.greedy() / measured).isCloseTo(1, within(0.15));
        assertThat(found.epsilon()).isZero();
        assertThat(found.estimates()).isEqualTo(1000); // no forward goes into an ε
        assertThat(found)
                .hasToString(Numbers.plain(String.format(
                        Locale.ROOT, "learningRate %.1e; from 1000 estimates, 4000 forwards", found.learningRate())));
    }

    @Test
    void anExactSlopesSearchSpendsWhatItSays() {
        AtomicInteger asked = new AtomicInteger();
        Function quadratic = Toys.quadratic(D, 10);
        Function counted = new Function(
                "f",
                quadratic.space(),
                quadratic.start(),
                x -> {
                    asked.incrementAndGet();
                    return quadratic.value().applyAsDouble(x);
                },
                quadratic.gradient());
        Plan plan = Plan.builder()
                .subject(new FunctionSubject(counted))
                .method(Method.mezo().with(epsilon -> new ForwardGradient()))
                .build();
        asked.set(0);
        LearningRateSearch found = LearningRateSearch.of(plan, 100, new Stop());
        assertThat(found.forwards()).isEqualTo(asked.get()).isEqualTo(100);
    }

    /**
     * Of f = x³ with noise of deviation σ, along ±1: a slope errs by √2σ/2ε and by ε², together least at ε⁶ = 2σ²/8. The deviation is told from six
     * differences, so within a factor of three, and ε within its cube root.
     */
    @Test
    void epsilonIsWhereTheTwoErrorsOfASlopeAreLeast() {
        double sigma = 1e-5;
        for (int seed = 0; seed < 5; seed++) {
            Random noise = new Random(seed);
            Function cube = new Function(
                    "x³", new float[] {1}, x -> (double) x[0] * x[0] * x[0] + sigma * noise.nextGaussian());
            LearningRateSearch found = LearningRateSearch.of(
                    Plan.builder()
                            .subject(new FunctionSubject(cube))
                            .method(Method.mezo(DirectionLaw.RADEMACHER))
                            .epsilon(0.1)
                            .build(),
                    200,
                    new Stop());
            assertThat(found.epsilon() / Math.cbrt(Math.sqrt(2) * sigma / Math.sqrt(8)))
                    .isBetween(0.69, 1.44);
        }
    }

    /** A policy's start is paid for once, and for every batch. */
    @Test
    void noMoreForwardsAreSpentThanTold() {
        AtomicInteger asked = new AtomicInteger();
        AtomicLong told = new AtomicLong();
        Function counted = new Function("f", new float[] {1, 2, 3}, x -> {
            asked.incrementAndGet();
            return x[0] * x[0] + x[1] * x[1] + x[2];
        });
        Method warm = Method.ldsd(
                new LearnedMean.Config(
                        1e-2,
                        1,
                        LearnedMean.Form.SCALE_FREE,
                        DirectionLaw.GAUSSIAN,
                        0,
                        new MeanStart.GradientEstimate(8, 1e-3, 0.5),
                        false,
                        Precision.FP32),
                3);
        Plan one = Plan.builder()
                .subject(new FunctionSubject(counted))
                .method(warm)
                .build();
        for (int batches = 1; batches <= 2; batches++) { // of which a builder refuses two, of a function
            asked.set(0);
            Plan plan = new Plan(
                    one.name(),
                    one.subject(),
                    one.sampler(),
                    one.estimator(),
                    one.rule(),
                    one.learningRate(),
                    one.schedule(),
                    one.steps(),
                    batches,
                    one.seed(),
                    one.evaluateEvery(),
                    one.instruments(),
                    one.folder(),
                    one.notes());
            LearningRateSearch found = LearningRateSearch.of(plan, 300, new Stop(), told::set);
            assertThat(found.forwards())
                    .isEqualTo(asked.get())
                    .isEqualTo(told.get())
                    .isLessThanOrEqualTo(300);
        }
    }

    @Test
    void whatCannotBeSearchedSaysWhy() {
        assertThatThrownBy(() -> LearningRateSearch.of(
                        quadratic(Method.mezo()).rule(new Sign(0)).build(), 30, new Stop()))
                .hasMessageContaining("makes steps of its own length")
                .hasMessageContaining(
                        "forwards is less than the 43 of 4 estimates: 30; a rate is told from 4 at least, of 5 forwards each here,"
                                + " after 23 for epsilon and the sampler, so allow forwards = 43 or more");
        assertThatThrownBy(() -> LearningRateSearch.of(quadratic(Method.mezo()).build(), 20_000_000_000L, new Stop()))
                .hasMessage("forwards pays for more than the 2,147,483,647 estimates that a search can take;"
                        + " take at most 10737418258: 20000000000");
    }

    /** f = 10 + ½·10⁻³‖x‖² in single precision: at ε = 1e-3 its second differences are less than a unit in the last place. */
    @Test
    void curvatureThatRoundingHidesIsMeasuredFurtherAway() {
        float[] start = new float[D];
        Arrays.fill(start, 3);
        Function rounded = new Function("rounded", start, x -> {
            double squares = 0;
            for (float coordinate : x) {
                squares += coordinate * coordinate;
            }
            return (float) (10 + 5e-4 * squares);
        });
        LearningRateSearch found = LearningRateSearch.of(
                Plan.builder()
                        .subject(new FunctionSubject(rounded))
                        .method(Method.mezo())
                        .build(),
                1000,
                new Stop());
        assertThat(found.greedy()).isCloseTo(1 / (1e-3 * (D + 2)), within(0.5));
        assertThat(found.epsilon()).isGreaterThan(1e-2);
    }

    /** Losses of a few levels are often equal on both sides; such an estimate says nothing, and the others do. */
    @Test
    void estimatesOfEqualLossesAreLeftOut() {
        Function steep = Toys.quadratic(D, 10);
        Function levels = new Function(
                "levels", steep.start(), x -> Math.rint(steep.value().applyAsDouble(x) * 4) / 4);
        Plan plan = Plan.builder()
                .subject(new FunctionSubject(levels))
                .method(Method.mezo())
                .epsilon(1e-2)
                .build();
        LearningRateSearch found = LearningRateSearch.of(plan, 5000, new Stop());
        LearningRateSearch smooth =
                LearningRateSearch.of(quadratic(Method.mezo()).build(), 5000, new Stop());
        assertThat(found.learningRate() / smooth.learningRate()).isBetween(0.3, 3.0);
        assertThat(found.forwards()).isLessThan(smooth.forwards());
    }

    @Test
    void whereNothingCurvesUpwardsOneTriesRatesOut() {
        Function hill = new Function("hill", new float[] {1, 2}, x -> -x[0] * x[0] - x[1] * x[1]);
        assertThatThrownBy(() -> LearningRateSearch.of(
                        Plan.builder()
                                .subject(new FunctionSubject(hill))
                                .method(Method.mezo())
                                .build(),
                        100,
                        new Stop()))
                .hasMessageContaining(
                        "measured 100 times as far away as epsilon 0.001 is; allow more forwards or a larger batch,"
                                + " or try rates out, as ablate does");
    }

    @Test
    void ofALanguageModelBothAreOfAUsualSizeAndItCanBeStopped() {
        Plan plan = Plan.builder()
                .model(Models.opt("nano"))
                .method(Method.mezo())
                .task(FineTunerTest.TINY)
                .compute(new Compute(LinearKernel.ATEN, 2))
                .build();
        LearningRateSearch found = LearningRateSearch.of(plan, 60, new Stop());
        assertThat(found.learningRate()).isBetween(1e-6, 1e-2);
        assertThat(found.epsilon()).isBetween(1e-5, 1e-1);
        assertThat(found.forwards()).isBetween(50L, 60L);
        assertThat(LearningRateSearch.of(plan, 60, new Stop())).isEqualTo(found);
        Stop asked = new Stop();
        asked.ask();
        assertThatThrownBy(() -> LearningRateSearch.of(plan, 60, asked)).isInstanceOf(CancellationException.class);
    }
}
