package org.zolab.dsl

import org.zolab.model.Compute

/** What tells runs of one name apart: the settings in which they differ. */
internal object Labels {
    /** Settings of which another value means that losses cannot be compared. */
    private val MEASURED = listOf("function", "behaviour", "task", "examples", "devExamples", "objective")

    /** Settings that follow from others, or say nothing to a reader. */
    private val FOLLOWING = setOf("name", "evaluateEvery", "behaviour", "start", "examples", "files")

    /** A name for each run: its own if no other has it, else with the setting that tells them apart, or all that differ, or a number. */
    fun of(given: List<Pair<String, Map<String, String>>>): List<String> {
        val runs = given.map { (name, settings) -> name to asWritten(settings) }
        val told =
            runs.map { (name, settings) ->
                val alike = runs.filter { it.first == name }.map { it.second }
                val each =
                    telling(alike).map { key ->
                        "$key = " + short(runs.map { it.second[key] })[runs.indexOfFirst { it.second === settings }]
                    }
                (listOf(name) + each).joinToString(", ")
            }
        return numbered(told)
    }

    /** Equal ones with numbers, or their lines would be drawn as one. */
    fun numbered(labels: List<String>): List<String> =
        labels.mapIndexed { i, label ->
            if (labels.count { it == label } == 1) label else "$label (${labels.take(i + 1).count { it == label }})"
        }

    /** What some of [runs] are not measured on as the others are, in a sentence; null if there is nothing. */
    fun unlike(runs: List<Map<String, String>>): String? =
        MEASURED
            .filter { key -> runs.distinctBy { it[key] }.size > 1 }
            .takeIf { it.isNotEmpty() }
            ?.joinToString(", ", "their losses are not of one scale: these runs differ in ") { key ->
                key + short(runs.map { it[key] }).distinct().joinToString(" and ", " (", ")")
            }

    /** Settings as a block says them: `compute` is a word for several, and no [Zo.maxLength] is 0 of it. */
    private fun asWritten(settings: Map<String, String>): Map<String, String> {
        val compute = settings["compute"]?.let { runCatching { Compute.parse(it) }.getOrNull() }
        val said = settings.filterNot { (key, value) -> key == "compute" || key == "maxLength" && value == "0" }
        if (compute == null) return said + settings.filterKeys { it == "compute" }
        return said +
            mapOf(
                "precision" to compute.precision().id(),
                "theta" to compute.theta().id(),
                "device" to "${compute.device()}",
                "compute" to "${compute.linear().id()}/${compute.threads()}",
            )
    }

    private fun telling(alike: List<Map<String, String>>): List<String> {
        val keys = alike.flatMap { it.keys }.distinct().filterNot { it in FOLLOWING }
        val differing = keys.filter { key -> alike.distinctBy { it[key] }.size > 1 }
        return differing.firstOrNull { key -> alike.distinctBy { it[key] }.size == alike.size }?.let(::listOf)
            ?: differing
    }

    /** Values of one setting, numbers as a column of a table has them. */
    private fun short(values: List<String?>): List<String> =
        Table.texts(
            values.map { value ->
                if (value?.contains('.') ==
                    true
                ) {
                    value.toDoubleOrNull() ?: value
                } else {
                    value ?: "none"
                }
            },
        )
}
