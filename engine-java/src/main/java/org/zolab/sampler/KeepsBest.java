package org.zolab.sampler;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Proposes the best direction of the previous step again, together with new ones.
 *
 * <p>The best direction is measured against fresh ones on the next batch, and stays as long as it wins. With a guided difference over two
 * candidates this is the history variant in MeZO-GV's published trainer.
 *
 * <p>If an estimator measures both sides of its directions, the best is the one of the lowest loss on either side, turned to that side.
 *
 * <p>Memory: a formula. Cost: no forward pass of its own.
 *
 * <p>Reference: the code of MeZO-GV, arXiv 2601.04710, but here the directions are those that were measured.
 */
public final class KeepsBest implements DirectionSampler {

    /**
     * Settings.
     *
     * @param sampler what proposes the new directions; it must not learn, since a kept direction would go stale when what it learned moves
     */
    public record Config(SamplerConfig sampler) implements SamplerConfig {

        public Config {
            if (sampler.comparesDraws() || sampler.keptVectors() > 0) {
                throw new IllegalArgumentException("history is kept over a sampler that learns: " + sampler
                        + "; its directions go stale when what it learned moves, so choose one of the two");
            }
        }

        @Override
        public DirectionSampler create(ParameterVector theta) {
            return new KeepsBest(sampler.create(theta));
        }

        @Override
        public void check(ParameterSpace space, Problems problems) {
            sampler.check(space, problems);
        }

        @Override
        public DirectionLaw law() {
            return sampler.law();
        }

        @Override
        public boolean comparesDraws() {
            return true;
        }

        @Override
        public boolean differentiates() {
            return sampler.differentiates();
        }

        @Override
        public int forwardsBefore() {
            return sampler.forwardsBefore();
        }

        @Override
        public int keptVectors() {
            return sampler.keptVectors();
        }

        @Override
        public int keptBytes() {
            return sampler.keptBytes();
        }

        @Override
        public String toString() {
            return sampler + ", and the best of the step before";
        }
    }

    private final DirectionSampler sampler;
    private @Nullable Direction best;

    private KeepsBest(DirectionSampler sampler) {
        this.sampler = sampler;
    }

    @Override
    public void prepare(LossOracle f, ParameterVector theta, NoiseKey key) {
        sampler.prepare(f, theta, key);
    }

    @Override
    public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
        if (best == null) {
            return sampler.propose(count, theta, key);
        }
        List<Direction> zs = new ArrayList<>(List.of(best));
        zs.addAll(sampler.propose(count - 1, theta, key));
        return zs;
    }

    @Override
    public void observe(List<Probe> probes, Direction estimate) {
        sampler.observe(probes, estimate);
        best = probes.stream()
                .filter(probe -> probe.distance() != 0)
                .min(Comparator.comparingDouble(Probe::loss))
                .map(probe -> probe.direction().times(Math.signum(probe.distance()))) // −z if f was lowest behind θ
                .orElse(null);
    }

    @Override
    public Map<String, ParameterVector> kept() {
        return sampler.kept();
    }
}
