package org.zolab.dsl

import org.zolab.model.Compute
import org.zolab.space.Numbers

/** Distinguishes runs of the same name by the settings in which they differ. */
internal object Labels {
    /** Settings that must be equal for losses to be comparable. */
    private val MEASURED = listOf("function", "behaviour", "task", "examples", "devExamples", "objective", "maxLength")

    /** Settings that follow from others or mean nothing to a reader. */
    private val FOLLOWING = setOf("name", "evaluateEvery", "behaviour", "dimension", "start", "examples", "files")

    /** What a run optimises. Only these settings may be missing from some of the runs. */
    private val SUBJECTS = setOf("function", "model")

    /** Settings whose value is a list of phrases. */
    private val IN_WORDS = setOf("sampler", "estimator", "rule", "schedule")

    /** The most characters of a label that fit in a legend and in the first column of a table. */
    const val SHORT = 90

    /** A phrase that consists of a name and a number. */
    private val NUMBER = Regex("""(\w+) (-?[\d.]+(?:e-?\d+)?)""")

    /**
     * A label for each run: its name, followed by every setting in which it differs from others of that name, as in
     * `ldsd(lr = 0.01), seed = 1`. Of settings in words, that of more than half of these runs goes without saying. If
     * one of these labels is longer than [most] characters, the settings with the fewest different values are left out
     * and replaced by dots.
     */
    fun of(
        given: List<Pair<String, Map<String, String>>>,
        most: Int = Int.MAX_VALUE,
    ): List<String> {
        val labels = arrayOfNulls<String>(given.size)
        for ((name, alike) in given.indices.groupBy { given[it].first }) {
            val told =
                differing(alike.map { given[it].second }).mapValues { (key, values) ->
                    if (key in IN_WORDS) unusual(values) else values
                }
            val telling = told.keys.sortedByDescending { told.getValue(it).distinct().size }

            fun labels(kept: List<String>) =
                alike.indices.map { i -> label(name, told.filterKeys { it in kept }.mapValues { it.value[i] }) }
            val whole = labels(telling)
            val short =
                (telling.size - 1 downTo 1)
                    .map { left -> labels(telling.take(left)).map { "$it, …" } }
                    .let { each -> each.firstOrNull { it.fit(most) } ?: each.lastOrNull() }
            val chosen = if (whole.fit(most) || short == null) whole else short
            alike.zip(chosen).forEach { (run, label) -> labels[run] = label }
        }
        return labels.map { it!! }
    }

    /** The values without that of most, as long as none of the others is empty, too. */
    private fun unusual(values: List<String>): List<String> {
        val usual =
            values
                .groupBy { it }
                .values
                .firstOrNull { 2 * it.size > values.size }
                ?.first()
        return if ("" in values) values else values.map { if (it == usual) "" else it }
    }

    private fun List<String>.fit(most: Int) = all { it.length <= most }

    private fun label(
        name: String,
        settings: Map<String, String>,
    ): String {
        val said = settings.filterValues(String::isNotEmpty)
        val others = (said - "sampler").map { (key, value) -> if (key in IN_WORDS) value else "$key = $value" }
        val given = Part.split(said["sampler"].orEmpty()).map(::argument)
        val whole = if (given.isEmpty()) name else given.joinToString(prefix = "$name(", postfix = ")")
        return (listOf(whole) + others).joinToString()
    }

    /** A phrase that consists of a name and a number, written as an argument. */
    private fun argument(piece: String) =
        NUMBER.matchEntire(piece)?.destructured?.let { (name, number) -> "$name = $number" } ?: piece

    /** The labels, with numbers added to equal ones, since their lines would otherwise be drawn as one. */
    fun numbered(labels: List<String>): List<String> =
        labels.mapIndexed { i, label ->
            if (labels.count { it == label } == 1) label else "$label (${labels.take(i + 1).count { it == label }})"
        }

    /**
     * The settings in which some of [runs] differ, by name, each with its value in every run, without what all runs
     * share.
     */
    fun differing(runs: List<Map<String, String>>): Map<String, List<String>> {
        val written = runs.map(::asWritten)
        return written
            .flatMap { it.keys }
            .distinct()
            .filterNot { it in FOLLOWING }
            .filter { key -> key in SUBJECTS || written.all { key in it } }
            .associateWith { key -> written.map { it[key] } }
            .filterValues { it.distinct().size > 1 }
            .mapValues { (key, values) -> if (key in IN_WORDS) telling(values) else short(values) }
    }

    /** A sentence about the settings that make the losses of [runs] incomparable; null if there are none. */
    fun unlike(runs: List<Map<String, String>>): String? {
        val written = runs.map(::asWritten)
        return MEASURED
            .filter { key -> key in SUBJECTS || written.all { key in it } }
            .filter { key -> written.distinctBy { it[key] }.size > 1 }
            .takeIf { it.isNotEmpty() }
            ?.joinToString(", ", "their losses are not of one scale: these runs differ in ") { key ->
                key + short(written.map { it[key] ?: "none" }).distinct().joinToString(" and ", " (", ")")
            }
    }

    /**
     * Settings as they appear in a block: `compute` is split into several, and a language model's [Zo.maxLength] of 0 is
     * none.
     */
    private fun asWritten(settings: Map<String, String>): Map<String, String> {
        val compute = settings["compute"]?.let { runCatching { Compute.parse(it) }.getOrNull() }
        val longest = settings["maxLength"]?.takeUnless { it == "0" } ?: "none"
        val said =
            settings - "compute" - "maxLength" + if ("model" in settings) mapOf("maxLength" to longest) else mapOf()
        if (compute == null) return said + settings.filterKeys { it == "compute" }
        return said +
            mapOf(
                "precision" to compute.precision().id(),
                "theta" to compute.theta().id(),
                "device" to "${compute.device()}",
                "compute" to "${compute.linear().id()}/${compute.threads()}",
            )
    }

    /** The phrases of each value that not all values share. */
    private fun telling(values: List<String?>): List<String> {
        val pieces = values.map { Part.split(Numbers.plain(it.orEmpty())) }
        return pieces.map { own -> own.filter { piece -> pieces.any { piece !in it } }.joinToString() }
    }

    /**
     * Values of one setting, with numbers formatted as in a table's column, or in full where that would make some of
     * them equal; empty where there is none.
     */
    private fun short(values: List<String?>): List<String> {
        val texts =
            Table.texts(values.map { value -> value?.toDoubleOrNull()?.takeIf { '.' in value } ?: value.orEmpty() })
        val told = if (texts.distinct().size == values.distinct().size) texts else values.map { it.orEmpty() }
        return told.map(Numbers::plain)
    }
}
