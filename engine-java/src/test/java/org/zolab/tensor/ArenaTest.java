package org.zolab.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.zolab.diagnose.Memory;
import org.zolab.space.Precision;

class ArenaTest {

    private static final long MEBIBYTE = 1 << 20;

    @Test
    void whatAnArenaHeldIsGivenBackWhenItIsClosed() {
        touch(1);
        long before = Memory.resident();
        touch(20);
        assertThat(Memory.resident() - before).isLessThan(10 * 64 * MEBIBYTE);
    }

    /** So many times 64 MiB, one after the other, every page of them written. */
    private static void touch(int times) {
        for (int i = 0; i < times; i++) {
            try (Arena arena = new Arena()) {
                FloatBuffer floats = arena.numbers(16 * MEBIBYTE, Precision.FP32)
                        .view(0, (int) (16 * MEBIBYTE))
                        .floats();
                for (int at = 0; at < floats.capacity(); at += 1024) {
                    floats.put(at, 1);
                }
            }
        }
    }
}
