package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StopTest {

    private final Stop stop = new Stop();
    private final CountDownLatch opening = new CountDownLatch(1);

    /** What ends by an interrupt only, in words of its own. */
    private String fetch() {
        opening.countDown();
        try {
            new CountDownLatch(1).await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalArgumentException("the file cannot be read", e);
        }
        return "all of it";
    }

    private void askOnceItOpens() {
        Thread other = new Thread(() -> {
            try {
                opening.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            stop.ask();
        });
        other.setDaemon(true);
        other.start();
    }

    @Test
    void whatIsFetchedIsInterrupted() {
        askOnceItOpens();
        assertThatThrownBy(() -> stop.open(this::fetch))
                .isInstanceOf(CancellationException.class)
                .hasMessage("stopped before it began: the file cannot be read");
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void askedBeforeItIsInterruptedTooAndWhatNeedNotWaitIsGiven() {
        stop.ask();
        assertThatThrownBy(() -> stop.open(this::fetch)).isInstanceOf(CancellationException.class);
        assertThat(stop.open(() -> "there")).isEqualTo("there");
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void whatFailsOfItselfSaysWhy() {
        assertThatThrownBy(() -> stop.open(() -> {
                    throw new IllegalArgumentException("no such model");
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no such model");
    }
}
