package org.zolab.dsl.jupyter

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.zolab.dsl.mezo
import org.zolab.dsl.plan
import org.zolab.dsl.quadratic
import org.zolab.task.Split
import org.zolab.train.Event
import org.zolab.train.Metric
import org.zolab.train.Outcome
import org.zolab.train.Trial
import java.nio.file.Path

/** Values as outputs of a cell. */
class BundlesTest {
    private fun at(metric: Metric) = Event.Evaluated(0, 0, Split.DEV, 2.0, 0.25, metric, 1.0)

    @Test
    fun `scores stand below the name of what they are`() {
        for ((metric, score) in mapOf(
            Metric.ACCURACY to "25.0 %",
            Metric.F1 to "25.0 %",
            Metric.PERPLEXITY to "7.389",
        )) {
            val trial =
                Trial("a", Trial.Phase.RACE, 1, 0.1, 1, Outcome.Completed(), false, listOf(at(metric)), Path.of("run"))
            for (shown in listOf(Bundles.ofEvaluations(listOf(at(metric))), Bundles.ofTrials(listOf(trial)))) {
                val (heads, row) = shown.getValue("text/plain").lines()
                assertThat(heads).endsWith("   ${metric.label()}")
                assertThat(row).endsWith(score)
            }
        }
        assertThat(Bundles.ofEvaluations(listOf(at(Metric.F1), at(Metric.ACCURACY)))["text/plain"])
            .contains("F1 or accuracy")
    }

    /** The plan itself keeps Java's numbers: runs are resumed, and folders of ablations named, by its words. */
    @Test
    fun `a plan is shown with numbers as people write them`() {
        val plan =
            plan {
                sampler = mezo()
                objective = quadratic(3)
                learningRate = 1e-4
            }
        assertThat(Bundles.of(plan)["text/plain"]).contains("learningRate: 1e-4").doesNotContain("E-")
        assertThat("$plan").contains("learningRate: 1.0E-4")
    }
}
