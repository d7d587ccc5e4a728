package org.zolab.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class TeamTest {

    @Test
    void everyTaskIsDoneOnce() {
        for (int threads : new int[] {1, 2, 7}) {
            Team team = new Team(threads, () -> {});
            for (int round = 0; round < 200; round++) {
                AtomicIntegerArray done = new AtomicIntegerArray(23);
                team.run(23, done::incrementAndGet);
                for (int i = 0; i < 23; i++) {
                    assertThat(done.get(i)).isEqualTo(1);
                }
            }
            team.close();
        }
    }

    @Test
    void aFailureReachesTheCallerAndTheTeamGoesOn() {
        Team team = new Team(2, () -> {});
        assertThatThrownBy(() -> team.run(10, i -> {
                    if (i == 4) {
                        throw new IllegalArgumentException("task 4");
                    }
                }))
                .hasMessage("task 4");
        AtomicInteger count = new AtomicInteger();
        team.run(10, i -> count.incrementAndGet());
        assertThat(count).hasValue(10);
        team.close();
        assertThatThrownBy(() -> team.run(1, i -> {})).hasMessageContaining("closed");
    }

    /** As natives that are missing do it: no job waits for threads that are gone. */
    @Test
    void aFailureAtTheStartReachesEveryCaller() {
        Team team = new Team(2, () -> {
            throw new UnsatisfiedLinkError("no such library");
        });
        for (int job = 0; job < 2; job++) {
            assertThatThrownBy(() -> team.run(3, i -> {})).hasMessage("no such library");
        }
        team.close();
    }

    @Test
    void aTaskDoesNotWaitForItself() {
        Team team = new Team(2, () -> {});
        Team other = new Team(1, () -> {});
        assertThatThrownBy(() -> team.run(2, i -> team.run(1, j -> {})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("would wait for itself")
                .hasMessageContaining("Team.single()");
        AtomicInteger count = new AtomicInteger();
        team.run(2, i -> other.run(3, j -> count.incrementAndGet()));
        assertThat(count).hasValue(6);
        team.close();
        other.close();
    }

    @Test
    void anInterruptDoesNotCutAJobShort() {
        Team team = new Team(2, () -> {});
        AtomicInteger count = new AtomicInteger();
        Thread.currentThread().interrupt();
        team.run(100, i -> count.incrementAndGet());
        assertThat(count).hasValue(100);
        assertThat(Thread.interrupted()).isTrue();
        team.close();
    }
}
