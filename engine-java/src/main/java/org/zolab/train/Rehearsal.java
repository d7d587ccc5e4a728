package org.zolab.train;

import java.util.ArrayList;
import java.util.List;
import org.zolab.diagnose.Median;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.model.Scope;
import org.zolab.model.TokenBatch;
import org.zolab.sampler.DirectionLaw;
import org.zolab.space.Accelerator;
import org.zolab.space.Direction;
import org.zolab.space.Kernels;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

/**
 * How long the parts of a step take on this machine, measured before anything runs: by forward passes of the model cut down to one block and
 * to a few, with arbitrary weights, on a batch of real texts.
 *
 * <p>Cost: two to four seconds, more for a large model. Memory meanwhile: the embedding and those blocks.
 *
 * @param side   seconds of a forward pass at one of two points θ ± εz
 * @param plain  seconds of a forward pass at θ
 * @param move   seconds per element of θ ← θ + cz
 * @param states how many hidden states a stage computes for the batch
 */
record Rehearsal(Line side, Line plain, double move, int states) {

    /** Rounds of timing, of which the fastest count, since a line through two sizes exaggerates what slows one of them for a moment. */
    private static final int ROUNDS = 4;

    private static final double AT_LEAST = 0.08; // seconds, until the compiler is done with repeated code
    private static final double AT_MOST = 0.4;
    private static final int REPEATS = 3;
    private static final long SMALL = 1 << 24; // elements

    /**
     * Seconds as a function of the number of blocks.
     *
     * @param none  seconds with no block
     * @param block seconds more with each block
     */
    record Line(double none, double block) {
        double of(double blocks) {
            return none + block * blocks;
        }

        private static Line through(int[] blocks, double few, double more) {
            double block = Math.max(0, (more - few) / Math.max(1, blocks[1] - blocks[0]));
            return new Line(few - block * blocks[0], block);
        }
    }

    /**
     * Measures them.
     *
     * @param scope what is trained
     * @param law   of the noise in the directions
     */
    static Rehearsal of(Family family, Scope scope, Compute compute, TokenBatch batch, DirectionLaw law) {
        int[] blocks = blocks(family);
        Kernels.settle();
        Timed few = Timed.NEVER;
        Timed more = Timed.NEVER;
        for (int round = 0; round < ROUNDS; round++) {
            few = few.fastest(timed(family.withLayers(blocks[0]), scope, compute, batch, law));
            more = more.fastest(timed(family.withLayers(blocks[1]), scope, compute, batch, law));
        }
        return new Rehearsal(
                Line.through(blocks, few.side(), more.side()),
                Line.through(blocks, few.plain(), more.plain()),
                more.move(),
                more.states());
    }

    private static Timed timed(Family family, Scope scope, Compute compute, TokenBatch batch, DirectionLaw law) {
        LanguageModel whole = LanguageModel.withoutText("rehearsal", family, compute);
        ParameterVector weights = whole.parameters();
        weights.move(Direction.noise(key(0), Law.GAUSSIAN), 0.02);
        LanguageModel model = tuned(whole, scope);
        try (PreparedBatch prepared = model.prepare(batch)) {
            return Timed.of(model, weights, prepared, law);
        } finally {
            model.close();
        }
    }

    /** The measurements of one model. */
    private record Timed(double side, double plain, double move, int states) {
        static final Timed NEVER =
                new Timed(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0);

        static Timed of(LanguageModel model, ParameterVector weights, PreparedBatch batch, DirectionLaw law) {
            ParameterVector theta = model.parameters();
            DirectionLaw.Draws ofAll = law.on(weights);
            DirectionLaw.Draws draws = law.on(theta);
            double move = typical(() -> {
                        weights.move(ofAll.at(key(1)), 1e-9);
                        weights.storage().accelerator().ifPresent(Accelerator::settle);
                    })
                    / weights.space().dimension();
            double sides = typical(() -> {
                Direction z = draws.at(key(2));
                model.scores(List.of(theta.along(z, 1e-3), theta.along(z, -1e-3)), batch);
            });
            return new Timed(
                    sides / 2, typical(() -> model.scores(List.of(theta.here()), batch)), move, batch.states());
        }

        Timed fastest(Timed other) {
            return new Timed(
                    Math.min(side, other.side), Math.min(plain, other.plain), Math.min(move, other.move), other.states);
        }
    }

    /** One block, and a number of blocks that are small enough to be made quickly. */
    private static int[] blocks(Family family) {
        long one = family.withLayers(1).space().dimension();
        long block = Math.max(1, family.space().dimension() - one)
                / Math.max(1, family.size().layers() - 1);
        return new int[] {1, (int) Math.min(family.size().layers(), 2 + SMALL / block)};
    }

    /** The cut model tuned as the scope says; in full if the scope does not fit a cut model, as an adapter in a folder does not. */
    private static LanguageModel tuned(LanguageModel whole, Scope scope) {
        try {
            return whole.tuned(scope, 0);
        } catch (IllegalArgumentException e) {
            return whole;
        }
    }

    private static NoiseKey key(int draw) {
        return new NoiseKey(0, 0, draw);
    }

    /** The median time of repeats, leaving out the first half of them. */
    private static double typical(Runnable work) {
        List<Double> all = new ArrayList<>();
        double sum = 0;
        while (sum < AT_MOST && (all.size() < REPEATS || sum < AT_LEAST)) {
            long start = System.nanoTime();
            work.run();
            all.add((System.nanoTime() - start) / 1e9);
            sum += all.get(all.size() - 1);
        }
        return Median.of(all.subList(all.size() / 2, all.size()).stream().mapToDouble(seconds -> seconds));
    }
}
