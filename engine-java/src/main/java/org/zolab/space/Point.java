package org.zolab.space;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * A place in parameter space, origin + distance·z, kept as a formula so that it can be sent to wherever it is evaluated.
 *
 * @param origin    the starting vector
 * @param version   the origin's move count when this was written
 * @param direction z
 * @param distance  how far along z
 */
public record Point(ParameterVector origin, long version, Direction direction, double distance) {

    /** Whether this is the origin itself. */
    public boolean isOrigin() {
        return distance == 0 || direction.terms().isEmpty();
    }

    void requireFresh() {
        if (origin.version() != version) {
            throw new IllegalStateException("a point was written when its origin had moved " + version
                    + " times, and is evaluated after " + origin.version() + "; write it again");
        }
    }

    /** The coordinates in the order of the space. The array is as long as the whole vector, so use this for small spaces. */
    public float[] coordinates() {
        ParameterSpace space = origin.space();
        float[] all = new float[Math.toIntExact(space.dimension())];
        Pass pass = Pass.of(List.of(this));
        for (int t = 0; t < space.tensors().size(); t++) {
            ParameterSpace.Tensor tensor = space.tensor(t);
            Lanes[] out = {Lanes.of(FloatBuffer.wrap(all))};
            pass.write(t, 0, tensor.size(), out, (int) tensor.offset());
        }
        return all;
    }
}
