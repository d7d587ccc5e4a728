package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test

class ProgressTest {
    @Test
    fun `before anything happened there is little to say`() {
        assertThat(Progress(0, 100).toString()).isEqualTo("step 0 of 100")
    }

    @Test
    fun `speed and time left are those of the steps, without what came before them`() {
        val started = Progress(0, 100).evaluated(0.25, 10.0)
        val going = started.copy(step = 20, forwards = 40, loss = 1.25, seconds = 20.0, memory = 512_000_000)

        assertThat(going.secondsLeft).isEqualTo(40.0)
        assertThat(going.forwardsPerSecond).isEqualTo(4.0)
        assertThat(going.toString())
            .isEqualTo("step 20 of 100 · 40 s left · loss 1.250 · dev accuracy 25.0 % · 4 forwards/s · 512 MB")
        assertThat(going.evaluated(0.5, 21.0).secondsLeft).isEqualTo(44.0)
    }

    @Test
    fun `steps that were read have no speed`() {
        val read = Progress(20, 30, read = 25, forwards = 40, loss = 1.25, seconds = 20.0)
        assertThat("$read").isEqualTo("step 20 of 30 · loss 1.250 · 20 of them read from its folder and not run")
        assertThat("${read.copy(step = 30, finished = true)}")
            .isEqualTo("step 30 of 30 · 20 s · loss 1.250 · 25 of them read from its folder and not run")
    }

    @Test
    fun `a loss is told in four digits, however large`() {
        assertThat("${Progress(1, 2, loss = 1.645166e203)}").endsWith("loss 1.645e203")
        assertThat("${Progress(1, 2, loss = 1e-7)}").endsWith("loss 1e-7")
    }

    @Test
    fun `minutes are written as minutes`() {
        assertThat(Progress.duration(59.2)).isEqualTo("1:00 min")
        assertThat(Progress.duration(58.9)).isEqualTo("59 s")
        assertThat(Progress.duration(3661.0)).isEqualTo("61:01 min")
    }
}
