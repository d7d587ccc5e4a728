package org.zolab.dsl.jupyter

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test

/** What a plan knows of code that was written in a cell, in two kernels. */
@OnKernelJdk
class CustomCellsTest {
    @Test
    fun `the same cell in a new kernel is the same plan`() {
        val cell =
            """
            class Longer(val factor: Double) : DirectionSampler {
                override fun propose(count: Int, theta: ParameterVector, key: NoiseKey) =
                    List(count) { Direction.noise(key.draw(it), Law.GAUSSIAN).times(factor) }
            }
            fun words(factor: Double) = plan {
                sampler = customSampler("longer") { Longer(factor) }
                objective = function("f", floatArrayOf(1f, 2f)) { x -> factor * x[0] * x[1] }
            }.toString()
            words(2.0)
            """.trimIndent()
        val (kernel, other) = List(2) { Kernel().apply { run("%use zo") } }
        assertThat(kernel.run(cell).rawValue).isEqualTo(other.run(cell).rawValue)
        assertThat(kernel.run("words(3.0)").rawValue).isNotEqualTo(other.run("words(2.0)").rawValue)
    }
}
