package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.Estimate;
import org.zolab.estimator.GradientEstimator;
import org.zolab.estimator.GuidedDifference;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.estimator.Standardised;
import org.zolab.model.Compute;
import org.zolab.model.Subset;
import org.zolab.model.adapter.Lora;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.families.Models;
import org.zolab.objective.Toys;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.Cone;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.MeanStart;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.space.Problems;
import org.zolab.tensor.LinearKernel;
import org.zolab.update.Adam;
import org.zolab.update.Momentum;
import org.zolab.update.Sgd;

/** What a plan makes of what is said, and what it says to that. */
class PlanTest {

    /** Says that it asks for one loss, and asks for two. */
    private record Cheat(double epsilon) implements GradientEstimator {
        @Override
        public int directions() {
            return 1;
        }

        @Override
        public int forwards() {
            return 1;
        }

        @Override
        public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
            return new CentralDifference(epsilon).estimate(f, theta, zs);
        }
    }

    private static Plan.Builder bowl(Method method) {
        return Plan.builder().subject(new FunctionSubject(Toys.quadratic(5, 1))).method(method);
    }

    private static Plan.Builder nano(Method method) {
        return Plan.builder()
                .model(Models.opt("nano"))
                .task(FineTunerTest.TINY)
                .method(method)
                .compute(new Compute(LinearKernel.ATEN, 1));
    }

    @Test
    void aBudgetPaysForSteps() {
        assertThat(bowl(Method.mezo()).budget(2001).build().steps()).isEqualTo(1000);
        assertThat(nano(Method.ldsd(1e-3)).budget(2000).batches(2).build().steps())
                .isEqualTo(166);
        LearnedMean.Config warm = new LearnedMean.Config(
                1e-2,
                1,
                LearnedMean.Form.SCALE_FREE,
                DirectionLaw.GAUSSIAN,
                0.1,
                new MeanStart.GradientEstimate(8, 1e-3, 0.5),
                false,
                Precision.FP32);
        Plan plan = bowl(Method.ldsd(warm, 3)).budget(50).build();
        assertThat(plan.steps()).isEqualTo(10);
        assertThat(plan.forwards()).isEqualTo(48);
        assertThat(plan.evaluateEvery()).isEqualTo(1);
    }

    @Test
    void aBudgetThatPaysForNothingOrIsSaidTwiceIsRefused() {
        assertThatThrownBy(() -> bowl(Method.mezo()).budget(1).build())
                .hasMessage("budget pays for no step of mezo, which takes 2 forward passes: 1");
        assertThatThrownBy(() -> bowl(Method.mezo()).budget(0).build())
                .hasMessage("budget is not strictly positive: 0");
        assertThatThrownBy(() -> bowl(Method.mezo()).budget(10_000_000_000L).build())
                .hasMessage("budget pays for more than the 2,147,483,647 steps that a run can have;"
                        + " take at most 4294967294 forward passes: 10000000000");
        assertThat(bowl(Method.mezo()).budget(4_294_967_294L).build().steps()).isEqualTo(Integer.MAX_VALUE);
        assertThatThrownBy(() -> bowl(Method.mezo()).budget(10).steps(5).build())
                .hasMessage(
                        "steps and budget are both set, and the budget says how many steps there are: leave one out");
    }

    @Test
    void anEstimatorThatSpendsMoreThanItSaysIsRefusedInItsFirstStep() {
        Plan plan = bowl(Method.mezo().with(Cheat::new)).budget(40).build();
        assertThatThrownBy(
                        () -> new FineTuner(plan).run(event -> assertThat(event).isNotInstanceOf(Event.Stepped.class)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the estimator says 1 forward pass a step and spent 2;");
    }

    @Test
    void anEstimatorThatTakesNoEpsilonIsRefusedWhereOneIsSaid() {
        Method deaf = Method.mezo().with(epsilon -> new CentralDifference(1e-3));
        assertThatThrownBy(() -> bowl(deaf).epsilon(1e-2).build())
                .hasMessageStartingWith(
                        "epsilon is set to 0.01, and the estimator two-sided, 1 direction, epsilon 0.001 "
                                + "measures at 0.001 whatever it is given");
        assertThat(bowl(deaf).build().estimator().epsilon()).isEqualTo(1e-3);
        Method twice = Method.mezo().with(epsilon -> new CentralDifference(2 * epsilon));
        assertThat(bowl(twice).epsilon(1e-2).build().estimator().epsilon()).isEqualTo(2e-2);
    }

    @Test
    void settingsOfAModelAreRefusedBesideAnotherSubject() {
        assertThatThrownBy(() ->
                        bowl(Method.mezo()).model(Models.opt("nano")).batch(16).build())
                .hasMessage("model is set, and so is subject, which takes its place: leave out one of them\n"
                        + "batch is set, and so is subject, which takes its place: leave out one of them");
    }

    @Test
    void aTaskThatCannotBeBuiltIsNotReplaced() {
        Problems known = new Problems().add("no file is there");
        assertThatThrownBy(() -> nano(Method.mezo())
                        .withoutTask()
                        .objective(Loss.F1)
                        .batch(0)
                        .build(known))
                .hasMessage("no file is there\nbatch is not strictly positive: 0");
    }

    /** Momentum of 0.9 moves θ ten times for each estimate; Adam's η is no multiple of SGD's, and another method's own rule keeps its own. */
    @Test
    void theDefaultRateIsThatOfTheRule() {
        assertThat(bowl(Method.mezo()).rule(new Momentum(0.9)).build().learningRate())
                .isEqualTo(1e-5);
        assertThat(bowl(Method.fzoo(8, DirectionLaw.RADEMACHER))
                        .rule(new Momentum(0.5))
                        .weightDecay(0.1)
                        .build()
                        .learningRate())
                .isEqualTo(4e-3);
        assertThat(bowl(Method.mezo()).rule(new Adam(0.9, 0.999, 1e-8)).build().learningRate())
                .isEqualTo(8e-4);
        Method jaguar = Method.ldsdJaguar(
                new LearnedMean.Config(1e-3, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN), 5, 0.9);
        assertThat(bowl(jaguar).build().learningRate()).isEqualTo(2e-5);
        assertThat(bowl(jaguar).rule(new Sgd()).build().learningRate()).isEqualTo(2e-5);
        assertThat(nano(Method.mezo())
                        .tune(new Subset.Top())
                        .rule(new Momentum(0.9))
                        .build()
                        .notes())
                .containsExactly(
                        "learningRate 1e-5 is the default of mezo with momentum 0.9, which suits opt(\"nano\") with all its"
                                + " parameters; findLearningRate { … } finds one for this block");
    }

    /** Leave-one-out over 5 is four slopes, a guide of 8 is half a direction; what has units of its own leaves the rate as it is. */
    @Test
    void theDefaultRateFitsTheEstimator() {
        Method mezo = Method.mezo();
        assertThat(mezo.with(epsilon -> new LeaveOneOut(5, epsilon)).learningRate())
                .isEqualTo(4e-4);
        assertThat(mezo.with(epsilon -> new GuidedDifference(8, 0.5, false, epsilon))
                        .learningRate())
                .isEqualTo(2e-4);
        assertThat(mezo.with(epsilon -> new Standardised(8, epsilon)).learningRate())
                .isEqualTo(1e-4);
        assertThat(mezo.with(epsilon -> new LeaveOneOut(1, epsilon)).learningRate())
                .isEqualTo(1e-4);
        assertThat(Method.ldsd(1e-3)
                        .with(epsilon -> new LeaveOneOut(5, epsilon))
                        .learningRate())
                .isEqualTo(6e-4);
        assertThat(bowl(mezo.with(epsilon -> new LeaveOneOut(5, epsilon)))
                        .rule(new Momentum(0.9))
                        .build()
                        .learningRate())
                .isEqualTo(4e-5);
    }

    @Test
    void aRateThatWasFoundElsewhereIsNoted() {
        assertThat(nano(Method.mezo()).build().notes()).isEmpty();
        assertThat(nano(Method.mezo())
                        .tune(Lora.of(2, 4, List.of()))
                        .learningRate(1e-2)
                        .build()
                        .notes())
                .isEmpty();
        assertThat(bowl(Method.mezo()).build().notes()).isEmpty();
        assertThat(nano(Method.mezo()).tune(Lora.of(2, 4, List.of())).build().notes())
                .containsExactly(
                        "learningRate 1e-4 is the default of mezo, which suits opt(\"nano\") with all its parameters;"
                                + " findLearningRate { … } finds one for this block, and MeZO took 1e-4 and 5e-5 for LoRA on OPT,"
                                + " at epsilon 1e-2");
        assertThat(nano(Method.mezo())
                        .tune(new Prefix(3, true, null))
                        .rule(new Adam(0.9, 0.999, 1e-8))
                        .build()
                        .notes())
                .singleElement()
                .asString()
                .contains("; ablate { … } finds one", "1e-2 and 1e-3 for prefixes on OPT, at epsilon 1e-1");
        assertThat(nano(Method.mezo())
                        .model(Models.opt("nano").beginningWith(0))
                        .tune(new Subset.Top())
                        .build()
                        .notes())
                .singleElement()
                .asString()
                .endsWith("finds one for this block");
    }

    @Test
    void aWarmUpThatARunDoesNotGetThroughIsNoted() {
        Method cone = Method.conMezo(new Cone.Config(1.35, 0.99, 100, DirectionLaw.GAUSSIAN));
        assertThat(bowl(cone).steps(100).build().notes()).isEmpty();
        Plan brief = bowl(cone).steps(50).build();
        assertThat(brief.notes())
                .containsExactly(
                        "warm-up of conmezo takes 100 steps, and the run has 50 steps: it ends before its directions"
                                + " are what its settings say");
        assertThat(brief.cost().toString()).contains("note         warm-up of conmezo");
    }

    @Test
    void memoryIsTheRunsAndBesideItTheProcesss() {
        Cost cost = new Cost(10, 20, 0, 700L << 20, 650L << 20, 1, List.of());
        assertThat(cost.toString()).contains("memory       50 MB, beside 650 MB that this process holds already\n");
        Cost alone = new Cost(10, 20, 0, 700L << 20, 0, 1, List.of());
        assertThat(alone.toString()).contains("memory       700 MB\n");
    }
}
