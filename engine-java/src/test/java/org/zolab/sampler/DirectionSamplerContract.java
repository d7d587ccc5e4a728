package org.zolab.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Storage;
import org.zolab.space.Team;

/** What every direction policy keeps. A sampler's test is one subclass. */
abstract class DirectionSamplerContract {

    static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("w", List.of(40, 50))
            .add("b", List.of(50))
            .build();

    /** The settings under test. */
    abstract SamplerConfig config();

    final ParameterVector theta = new ParameterVector(SPACE, Storage.heap(SPACE, Team.single()));

    private static final NoiseKey KEY = new NoiseKey(3, 5, 0);

    @Test
    void theSameKeyGivesTheSameDirections() {
        DirectionSampler sampler = config().create(theta);
        assertThat(sampler.propose(3, theta, KEY)).isEqualTo(sampler.propose(3, theta, KEY));
    }

    @Test
    void drawsAndStepsDiffer() {
        DirectionSampler sampler = config().create(theta);
        List<Direction> zs = new ArrayList<>(sampler.propose(3, theta, KEY));
        zs.addAll(sampler.propose(3, theta, new NoiseKey(3, 6, 0)));
        assertThat(zs).doesNotHaveDuplicates().hasSize(6);
    }

    @Test
    void proposingMovesNothing() {
        DirectionSampler sampler = config().create(theta);
        sampler.propose(3, theta, KEY);
        assertThat(theta.version()).isZero();
    }

    @Test
    void equalLossesTeachNothing() {
        DirectionSampler sampler = config().create(theta);
        List<float[]> before = values(sampler);
        List<Direction> zs = sampler.propose(4, theta, KEY);
        sampler.observe(zs.stream().map(z -> new Probe(z, 1e-3, 2.5)).toList(), Direction.ZERO);
        assertThat(values(sampler)).usingRecursiveComparison().isEqualTo(before);
        assertThat(theta.version()).isZero();
    }

    @Test
    void whatIsCreatedSharesNoState() {
        DirectionSampler one = config().create(theta);
        DirectionSampler two = config().create(theta);
        List<float[]> before = values(two);
        List<Direction> zs = one.propose(3, theta, KEY);
        one.observe(
                List.of(new Probe(zs.get(0), 1e-3, 1), new Probe(zs.get(1), 1e-3, 2), new Probe(zs.get(2), 1e-3, 4)),
                zs.get(2).minus(zs.get(0)));
        assertThat(values(two)).usingRecursiveComparison().isEqualTo(before);
    }

    /** The coordinates of two draws: what π is now. */
    private List<float[]> values(DirectionSampler sampler) {
        return sampler.propose(2, theta, new NoiseKey(8, 8, 0)).stream()
                .map(z -> theta.along(z, 1).coordinates())
                .toList();
    }
}
