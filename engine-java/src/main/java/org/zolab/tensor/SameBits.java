package org.zolab.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Lanes;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Pass;
import org.zolab.space.Precision;
import org.zolab.space.Team;

/** Whether a device computes noise, moves and sums with the same bits as this processor. */
final class SameBits {

    private SameBits() {}

    /** Refuses a device whose bits differ. */
    static void require(Device device) {
        ParameterSpace space = ParameterSpace.builder()
                .add("single", List.of(3, 1001))
                .add("half", List.of(4097))
                .build();
        try (Arena arena = new Arena(device);
                Arena processor = new Arena()) {
            if (!bits(space, processor).equals(bits(space, arena))) {
                throw new IllegalStateException(device
                        + " does not compute the bits that this processor does, so its runs could not be replayed;"
                        + " please report it with the output of ./zo doctor");
            }
        }
    }

    private static Precision precision(ParameterSpace.Tensor tensor) {
        return tensor.name().equals("half") ? Precision.BF16 : Precision.FP32;
    }

    /** The bits of moves, two points and a fold. */
    private static List<Number> bits(ParameterSpace space, Arena arena) {
        ParameterVector x =
                new ParameterVector(space, new TorchStorage(space, arena, Team.single(), SameBits::precision));
        Direction z = Direction.noise(new NoiseKey(7, 3, 1), Law.GAUSSIAN)
                .plus(Direction.noise(new NoiseKey(7, 3, 2), Law.RADEMACHER).times(0.5));
        x.move(z, 0.1);
        x.update(0.9, z, 0.01);
        List<Number> bits = new ArrayList<>(List.of(x.fingerprint(), Fold.product(x, Direction.of(x), z)));
        int size = space.tensor(0).size();
        Lanes[] points = {
            arena.numbers(size, Precision.FP32).view(0, size),
            arena.numbers(size, Precision.BF16).view(0, size)
        };
        Pass.of(List.of(x.along(z, 1e-3), x.along(z, -1e-3))).write(List.of(new Pass.Part(0, 0, size, points, 0)));
        float[] numbers = new float[size];
        for (Lanes point : points) {
            point.read(0, numbers, 0, size);
            bits.add(Arrays.hashCode(numbers));
        }
        return bits;
    }
}
