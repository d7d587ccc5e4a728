package org.zolab.train;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Problems;

/**
 * A race of several arms over the same seeds and at equal budgets of forward passes; with tuning, each arm first gets its own learning rate.
 * Immutable and checked; {@link Ablator} carries it out.
 *
 * <p>Cost in forward passes: arms · (seeds · {@code forwards} + at most {@code tuning.forwards}), not counting evaluations.
 *
 * @param arms        what is compared; seeds, steps and folders of their plans are replaced, and tuning begins at their learning rates
 * @param seeds       of the race
 * @param forwards    forward passes that a run may spend on its steps
 * @param evaluations how often a run evaluates dev, in addition to the evaluation before its first step
 * @param tuning      how each arm gets its learning rate; null: each keeps its own
 * @param atOnce      how many runs go on at once; changes no number
 * @param folder      of the runs and their results; finished runs in it are not run again
 */
public record Ablation(
        List<Arm> arms,
        List<Long> seeds,
        long forwards,
        int evaluations,
        @Nullable Tuning tuning,
        int atOnce,
        Path folder) {

    /**
     * One of the things that are compared.
     *
     * @param name what it is called
     * @param plan what is run
     */
    public record Arm(String name, Plan plan) {}

    /** Throws one {@link IllegalArgumentException} that names everything that is wrong. */
    public Ablation {
        arms = List.copyOf(arms);
        seeds = List.copyOf(seeds);
        Problems problems = new Problems();
        if (arms.isEmpty()) {
            problems.add("there is no arm to run; write vary(Zo::sampler, mezo(), ldsd()) or arm(\"mine\") { … }");
        }
        check(problems, seeds, forwards, evaluations, tuning, atOnce);
        Set<String> names = new HashSet<>();
        for (Arm arm : arms) {
            problems.require(
                            names.add(arm.name()),
                            "two arms have the same name; give each its own, as in arm(\"mine\") { … }",
                            arm.name())
                    .require(!arm.name().isBlank(), "name of an arm is blank", arm.name());
            Integer steps = forwards > 0 ? problems.get(() -> arm.plan().stepsFor(forwards)) : null;
            if (steps == null) {
                continue;
            }
            if (steps == 0) {
                problems.add("budget pays for no step of " + arm.name() + ", which takes "
                        + arm.plan().forwards(1)
                        + " forward passes: " + forwards);
            }
            Plan.requireRoom(problems, arm.plan().schedule(), steps);
        }
        problems.orThrow();
    }

    /** Notes what is wrong with the settings, without regard to the arms. */
    public static void check(
            Problems problems, List<Long> seeds, long forwards, int evaluations, @Nullable Tuning tuning, int atOnce) {
        problems.require(!seeds.isEmpty(), "seeds is empty", seeds)
                .require(new HashSet<>(seeds).size() == seeds.size(), "seeds are not all different", seeds)
                .require(forwards > 0, "budget is not strictly positive", forwards)
                .require(evaluations > 0, "evaluations is not strictly positive", evaluations)
                .require(atOnce > 0 && atOnce <= 64, "atOnce is not in 1 to 64", atOnce);
        if (tuning != null) {
            for (long seed : tuning.seeds()) {
                problems.require(!seeds.contains(seed), "a seed of the race is used for tuning, too", seed);
            }
            problems.require(
                    tuning.forwards() >= 3 * forwards * tuning.seeds().size(),
                    "tuning's budget pays for fewer than three rates, which take "
                            + 3 * forwards * tuning.seeds().size() + " forward passes",
                    tuning.forwards());
        }
    }

    /** What evaluations are shown as: the first arm's metric, since the arms of an ablation share a task. */
    public Metric metric() {
        return arms.get(0).plan().subject().metric();
    }

    /** How many learning rates tuning may try for each arm. */
    int rates() {
        Tuning how = Objects.requireNonNull(tuning);
        return (int) Math.min(
                Integer.MAX_VALUE, how.forwards() / (forwards * how.seeds().size()));
    }

    /** The most runs that it takes. */
    public long runs() {
        return arms.size()
                * (seeds.size()
                        + (tuning == null ? 0 : (long) rates() * tuning.seeds().size()));
    }

    /** The plan of one of the runs. */
    Plan plan(Arm arm, Trial.Phase phase, long seed, double learningRate, Path place) {
        Plan plan = arm.plan();
        Subject subject = phase == Trial.Phase.TUNING ? plan.subject().untested() : plan.subject();
        int steps = plan.stepsFor(forwards);
        return plan.again(subject, seed, learningRate, steps, (steps + evaluations - 1) / evaluations, place);
    }

    /** The settings, one per line; an arm's are those of its run with the first seed, at the learning rate that tuning starts from. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "seeds: %s%nforwards: %d%nevaluations: %d%ntuning: %s%narms: with the first seed%s%n",
                seeds,
                forwards,
                evaluations,
                tuning == null ? "none" : tuning,
                tuning == null ? "" : ", at the learning rate that tuning starts from"));
        for (Arm arm : arms) {
            text.append(System.lineSeparator())
                    .append("arm: ")
                    .append(arm.name())
                    .append(System.lineSeparator())
                    .append(plan(arm, Trial.Phase.RACE, seeds.get(0), arm.plan().learningRate(), folder));
        }
        return text.toString();
    }
}
