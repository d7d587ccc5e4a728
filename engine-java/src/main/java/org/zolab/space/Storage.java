package org.zolab.space;

import java.nio.FloatBuffer;

/** Where the numbers of a vector live. */
public interface Storage {

    /** The elements of tensor {@code i}: a view, so what is written is seen. Never move its position; use absolute access. */
    FloatBuffer of(int i);

    /** Storage of the same space and kind, all zero. */
    Storage zeros();

    /** The threads that sweep over this storage. */
    Team team();

    /** Storage on the Java heap, for toy objectives and tests. */
    static Storage heap(ParameterSpace space, Team team) {
        FloatBuffer[] tensors = space.tensors().stream()
                .map(tensor -> FloatBuffer.allocate(tensor.size()))
                .toArray(FloatBuffer[]::new);
        return new Storage() {
            @Override
            public FloatBuffer of(int i) {
                return tensors[i];
            }

            @Override
            public Storage zeros() {
                return heap(space, team);
            }

            @Override
            public Team team() {
                return team;
            }
        };
    }
}
