package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.assertj.core.api.Assertions.within
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.estimator.CentralDifference
import org.zolab.estimator.GradientEstimator
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.DirectionSampler
import org.zolab.space.Direction
import org.zolab.space.Law
import org.zolab.update.UpdateRule
import java.nio.file.Path
import java.util.Random
import kotlin.math.exp
import kotlin.math.ln

/** Parts that are code of a cell: they run, and a plan knows them by what they do. */
class CustomTest {
    @TempDir
    lateinit var place: Path

    private fun words(settings: Zo.() -> Unit) =
        plan {
            sampler = mezo()
            objective = quadratic(10)
            settings()
        }.toString()

    /** Equal where the code does the same, written twice; else another. */
    private fun known(settings: Zo.(Double) -> Unit) {
        assertThat(words { settings(1.0) }).isEqualTo(words { settings(1.0) }).doesNotContain("no other")
        assertThat(words { settings(1.0) }).isNotEqualTo(words { settings(1.01) })
    }

    private fun signs(factor: Double): Part<DirectionLaw> =
        customLaw("signs") { DirectionLaw.Draws { key -> Direction.noise(key, Law.RADEMACHER).times(factor) } }

    private fun halved(factor: Double) =
        customRule("halved") { UpdateRule { theta, gradient, eta -> theta.move(gradient, -factor * eta / 2) } }

    @Test
    fun `each is known by what it does`() {
        known { objective = function("f", floatArrayOf(1f, 2f)) { x -> it * x[0] * x[1] } }
        known { objective = quadratic(10, condition = it) }
        known { sampler = mezo(signs(it)) }
        known { rule = halved(it) }
        known { schedule = customSchedule("late") { t, steps -> if (t < steps / 2) 1.0 else it / 10 } }
        known { factor -> estimator = customEstimator("far") { CentralDifference(factor * it) } }
    }

    /** −log softmax of the scores, as options() has it. */
    private fun entropy(factor: Double) =
        customObjective("entropy") { scores, right -> factor * (ln(scores.sumOf { exp(it) }) - scores[right]) }

    @Test
    fun `an objective of a cell is the engine's where it computes the same, and known by what it does`() {
        known {
            model = opt("nano")
            objective = entropy(it)
        }

        fun run(objective: Part<Objective>) =
            zo {
                model = opt("nano")
                sampler = mezo()
                this.objective = objective
                steps = 3
                batch = 4
                devExamples = 8
                testExamples = 0
                folder = "${place.resolve("$objective")}"
            }
        val own = run(entropy(1.0))
        val engines = run(options())
        for ((one, other) in own.dev().zip(engines.dev())) {
            assertThat(one.loss()).isCloseTo(other.loss(), within(1e-6))
            assertThat(one.accuracy()).isEqualTo(other.accuracy())
        }
        assertThat(own.dev()).hasSizeGreaterThan(2)
        assertThatThrownBy {
            plan {
                model = opt("nano")
                sampler = mezo()
                estimator = forwardGradient()
                objective = entropy(1.0)
            }
        }.hasMessageContaining("the objective custom entropy, behaves as ").hasMessageContaining("has no gradient")
    }

    @Test
    fun `a sampler is known by what it learns, too`() {
        known { factor ->
            sampler =
                customSampler("learner") {
                    var scale = 1.0
                    object : DirectionSampler {
                        override fun propose(
                            count: Int,
                            theta: org.zolab.space.ParameterVector,
                            key: org.zolab.space.NoiseKey,
                        ) = List(count) { Direction.noise(key.draw(it), Law.GAUSSIAN).times(scale) }

                        override fun observe(probes: List<org.zolab.probe.Probe>) {
                            scale = factor
                        }
                    }
                }
        }
    }

    @Test
    fun `a sampler says how many vectors it keeps`() {
        fun keeping(
            vectors: Int,
            settings: Zo.() -> Unit = {},
        ) = plan {
            objective = quadratic(10)
            sampler =
                customSampler("keeper", keeps = vectors) {
                    DirectionSampler { count, _, key -> List(count) { Direction.noise(key.draw(it), Law.GAUSSIAN) } }
                }
            settings()
        }
        assertThat(keeping(2).sampler().keptBytes()).isEqualTo(2 * Float.SIZE_BYTES)
        assertThat(keeping(0) { rule = adaMezo() }.sampler().keptBytes()).isZero()
        assertThatThrownBy { keeping(1) { rule = adaMezo() } }
            .hasMessageContaining("rule adam of")
        assertThatThrownBy { keeping(-1) }.hasMessageContaining("keeps is negative: -1")
    }

    @Test
    fun `a sampler that compares its draws is refused one draw a step`() {
        fun comparing(settings: Zo.() -> Unit = {}) =
            plan {
                objective = quadratic(10)
                sampler =
                    customSampler("comparer", comparesDraws = true) {
                        DirectionSampler {
                            count,
                            _,
                            key,
                            ->
                            List(count) { Direction.noise(key.draw(it), Law.GAUSSIAN) }
                        }
                    }
                settings()
            }
        assertThat(comparing { estimator = bestOf(2) }.sampler().comparesDraws()).isTrue()
        assertThatThrownBy { comparing() }
            .hasMessageContaining("sampler comparer learns from comparing two probes of one side at least")
    }

    @Test
    fun `code that does not do the same twice has words that never come again`() {
        val random = Random()

        fun noisy() = words { objective = function("noisy", floatArrayOf(1f)) { random.nextDouble() } }
        assertThat(noisy()).contains("behaviour: no other").isNotEqualTo(noisy())
        assertThat(
            words { sampler = customSampler("broken") { error("too small") } },
        ).contains("custom broken, behaves as no other")
    }

    @Test
    fun `they run together`() {
        val run =
            zo {
                objective = quadratic(10)
                sampler = mezo(signs(1.0))
                rule = halved(2.0)
                schedule = customSchedule("flat") { _, _ -> 1.0 }
                estimator = customEstimator("two") { Two(it) }
                learningRate = 0.01
                steps = 50
            }
        assertThat(run.forwards()).isEqualTo(50 * 4)
        assertThat(run.dev().last().loss()).isLessThan(run.dev().first().loss())
        assertThat(run.plan().toString()).contains("estimator: custom two, ε = 0.001, behaves as ")
        assertThat(run.plan().estimator().bothSides()).isTrue()
    }

    private class Two(
        epsilon: Double,
    ) : GradientEstimator {
        private val inner = CentralDifference(2, epsilon)

        override fun directions() = inner.directions()

        override fun forwards() = inner.forwards()

        override fun bothSides() = true

        override fun epsilon() = inner.epsilon()

        override fun estimate(
            f: org.zolab.probe.LossOracle,
            theta: org.zolab.space.ParameterVector,
            zs: List<Direction>,
        ) = inner.estimate(f, theta, zs)
    }
}
