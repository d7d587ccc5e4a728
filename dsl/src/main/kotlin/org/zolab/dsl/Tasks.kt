package org.zolab.dsl

import org.zolab.model.hub.Hub
import org.zolab.model.hub.Repository
import org.zolab.objective.Prediction
import org.zolab.task.Apidocs
import org.zolab.task.Benchmark
import org.zolab.task.Demonstrations
import org.zolab.task.Example
import org.zolab.task.FewShot
import org.zolab.task.GivenTask
import org.zolab.task.Kind
import org.zolab.task.OwnRows
import org.zolab.task.OwnText
import org.zolab.task.Sampling
import org.zolab.task.Split
import org.zolab.task.Task
import org.zolab.task.data.DataFiles
import org.zolab.task.data.DataSets
import org.zolab.train.Run
import java.util.Locale

/**
 * The task that comes with ZoLab: which of four Java libraries a sentence of documentation describes. Guessing is right
 * 25 % of the time.
 */
public fun apidocs(): Part<Task> = Part("apidocs()") { Apidocs.task() }

/**
 * Your own task, made of examples: a prompt, its possible continuations, and which of them is right.
 *
 * @param name its name in tables and figures
 * @param train the examples that the model is tuned on
 * @param dev the examples that it is evaluated on during tuning, and that choose the best checkpoint
 * @param test the examples that measure the final result
 */
public fun task(
    name: String,
    train: List<Example>,
    dev: List<Example>,
    test: List<Example>,
): Part<Task> =
    Part("task(\"$name\")") {
        GivenTask(name, Kind.CLASSIFICATION, mapOf(Split.TRAIN to train, Split.DEV to dev, Split.TEST to test))
    }

/**
 * One example of a task.
 *
 * @param prompt the text
 * @param options its possible continuations, each with its leading space
 * @param label the index of the right one of [options], counted from 0
 * @throws ZoException if there are fewer than two options, if two are equal, or if [label] is out of range
 */
public fun example(
    prompt: String,
    options: List<String>,
    label: Int,
): Example = told("this example cannot be") { Example(prompt, options, label) }

/**
 * Classification of your own rows, or of a data set of the Hugging Face Hub: parquet, JSON lines, CSV or TSV.
 *
 * ```
 * task = classify("reviews.csv", text = "body", label = "stars", prompt = "{body} It was", words = listOf(" bad", " good"))
 * task = classify("stanfordnlp/sst2", text = "sentence", label = "label", prompt = "{sentence} It was", words = listOf(" bad", " good"))
 * ```
 *
 * Files in a folder are taken as splits if they are named accordingly (`train.csv`, `dev.csv`, `test.csv`). Otherwise
 * rows are assigned by a checksum of their text, so that equal texts are in the same split: a fifth to test (at most
 * 1,000), a tenth to dev (at most 500), the rest to train. A split whose labels are all -1, as often in test splits of
 * the Hub, is unlabelled and ignored.
 *
 * @param path a file, a folder, or a pattern such as `data/\*.csv`. If there is none of that name, `owner/name` is a
 *     data set of the Hub, whose files are read from this machine's cache, or downloaded into it, with a line that
 *     shows the progress
 * @param text the column with the text
 * @param label the column with the label; it has as many different values as [words]
 * @param words the continuation for each label, with its leading space, in the order of the sorted labels (sorted as
 *     numbers if all are). Default: the labels themselves, which is enough for a classification head:
 *     `model = bert("base-uncased", classes = 5)`
 * @param prompt what the model reads; `{column}` stands for the value of any column, `{{` and `}}` for braces. Default:
 *     the text
 * @param split the column that says train, dev or test, if there is one
 * @param subset the folder of one of a data set's subsets, as in `classify("nyu-mll/glue", subset = "sst2", …)`
 */
public fun classify(
    path: String,
    text: String,
    label: String,
    words: List<String> = emptyList(),
    prompt: String = "{$text}",
    split: String? = null,
    subset: String? = null,
): Part<Task> =
    Part("classify(${rows(path, text, label, "$words", prompt, split, subset)})") {
        OwnRows(DataFiles.named(path, subset, hub), text, label, prompt, words, split).task()
    }

/**
 * The same, with [words] given per label, in any order: `words = mapOf("neg" to " bad", "pos" to " good")`.
 */
public fun classify(
    path: String,
    text: String,
    label: String,
    words: Map<String, String>,
    prompt: String = "{$text}",
    split: String? = null,
    subset: String? = null,
): Part<Task> =
    Part("classify(${rows(path, text, label, "$words", prompt, split, subset)})") {
        OwnRows(DataFiles.named(path, subset, hub), text, label, prompt, words, split).task()
    }

private fun texts(
    path: String,
    words: Int,
    column: String,
    subset: String?,
) = listOfNotNull(
    place(path, subset),
    "words = $words".takeIf { words != WORDS },
    "column = \"$column\"".takeIf { column != COLUMN },
).joinToString()

private fun rows(
    path: String,
    text: String,
    label: String,
    words: String,
    prompt: String,
    split: String?,
    subset: String?,
) = listOfNotNull(
    place(path, subset),
    "text = \"$text\", label = \"$label\"",
    "words = $words".takeIf { words.length > 2 },
    "prompt = \"$prompt\"".takeIf { prompt != "{$text}" },
    split?.let { "split = \"$it\"" },
).joinToString()

/** The most words of an example of a text, and the column that it is in. */
private const val WORDS = 100
private const val COLUMN = "text"

private fun place(
    path: String,
    subset: String?,
) = "\"$path\"" + if (subset == null) "" else ", subset = \"$subset\""

/**
 * Language modelling on your own text, or on a data set of the Hugging Face Hub. Evaluations report the perplexity.
 *
 * ```
 * task = text("novel.txt")
 * task = text("Salesforce/wikitext", subset = "wikitext-2-raw-v1")
 * ```
 *
 * @param path a file of UTF-8 text, a folder, a pattern, or a data set's `owner/name`, as in [classify]
 * @param words the most words of an example, 100 by default; examples are made of whole paragraphs, and only longer paragraphs are cut
 * @param column for tables, the column with the text; each row is a paragraph
 * @param subset the folder of one of a data set's subsets
 */
public fun text(
    path: String,
    words: Int = WORDS,
    column: String = COLUMN,
    subset: String? = null,
): Part<Task> =
    Part("text(${texts(path, words, column, subset)})") {
        OwnText(DataFiles.named(path, subset, hub), words, column).task()
    }

/**
 * In-context learning: a [task] whose prompts begin with the first [count] training examples, solved. Its score without
 * any training step is the run's `zeroShot()`.
 */
public fun demonstrations(
    count: Int,
    task: Part<Task>,
): Part<Task> = Part("demonstrations($count, $task)") { Demonstrations.before(task.build(), count) }

/**
 * One of MeZO's six tasks for [roberta], or for [bert]: [k] examples per class for training and [k] more for dev; the
 * label is a word in place of `<mask>`.
 *
 * @param name `sst-2`, `sst-5`, `snli`, `mnli`, `rte` or `trec`; data from the Hugging Face Hub
 * @param k the number of examples per class
 * @param seed chooses the examples; published results are means over 13, 21, 42, 87 and 100
 */
public fun fewShot(
    name: String,
    k: Int = 16,
    seed: Int = 13,
): Part<Task> = Part("fewShot(\"$name\", k = $k, seed = $seed)") { FewShot.named(name).task(k, seed, hub) }

/** How many of the published examples [sst2] and the other tasks use, and the seed that chooses them. */
public fun sampling(
    train: Int = 1000,
    dev: Int = 500,
    test: Int = 1000,
    seed: Int = 0,
): Sampling = told("no examples can be taken so") { Sampling(train, dev, test, seed) }

/** Data sets from this machine's cache, downloaded into it if necessary, with a line that shows the progress. */
private val hub =
    DataSets { name, revision -> Hub.ofUser().dataset(Repository(Repository.Kind.DATASET, name, revision)) }

private fun drawn(from: Sampling) =
    "sampling(train = ${from.train()}, dev = ${from.dev()}, test = ${from.test()}, seed = ${from.seed()})"

private fun published(
    benchmark: Benchmark,
    sampling: Sampling?,
): Part<Task> =
    Part("${benchmark.name.lowercase()}(${sampling?.let(::drawn).orEmpty()})") {
        benchmark.task(sampling ?: benchmark.published(), hub)
    }

/**
 * Sentiment of a sentence from a film review, ` terrible` or ` great`, as in MeZO's experiments; data from the Hugging
 * Face Hub.
 */
public fun sst2(sampling: Sampling? = null): Part<Task> = published(Benchmark.SST2, sampling)

/** Whether a premise entails a hypothesis, as in MeZO's experiments; data from the Hugging Face Hub. */
public fun rte(sampling: Sampling? = null): Part<Task> = published(Benchmark.RTE, sampling)

/**
 * Whether a hypothesis is entailed, contradicted or neither (CommitmentBank), as in MeZO's experiments; data from the
 * Hugging Face Hub.
 */
public fun cb(sampling: Sampling? = null): Part<Task> = published(Benchmark.CB, sampling)

/** A yes/no question about a passage, as in MeZO's experiments; data from the Hugging Face Hub. */
public fun boolq(sampling: Sampling? = null): Part<Task> = published(Benchmark.BOOLQ, sampling)

/**
 * Whether a pronoun refers to a given name (Winograd schemas), as in MeZO's experiments; data from the Hugging Face
 * Hub.
 */
public fun wsc(sampling: Sampling? = null): Part<Task> = published(Benchmark.WSC, sampling)

/** Whether a word means the same in two sentences, as in MeZO's experiments; data from the Hugging Face Hub. */
public fun wic(sampling: Sampling? = null): Part<Task> = published(Benchmark.WIC, sampling)

/**
 * Whether an answer to a question about a paragraph is right, as in MeZO's experiments; data from the Hugging Face Hub.
 */
public fun multirc(sampling: Sampling? = null): Part<Task> = published(Benchmark.MULTIRC, sampling)

/**
 * Which of two sentences is the cause or effect of a premise, as in MeZO's experiments; data from the Hugging Face Hub.
 */
public fun copa(sampling: Sampling? = null): Part<Task> = published(Benchmark.COPA, sampling)

/**
 * Which name fills the gap in a statement about a passage, as in MeZO's experiments; data from the Hugging Face Hub.
 */
public fun record(sampling: Sampling? = null): Part<Task> = published(Benchmark.RECORD, sampling)

/**
 * A question about a paragraph, answered with generated text, as in MeZO's experiments; data from the Hugging Face Hub.
 */
public fun squad(sampling: Sampling? = null): Part<Task> = published(Benchmark.SQUAD, sampling)

/**
 * A question about a passage that requires reasoning over numbers, as in MeZO's experiments; data from the Hugging Face
 * Hub.
 */
public fun drop(sampling: Sampling? = null): Part<Task> = published(Benchmark.DROP, sampling)

/**
 * The predictions of a run's best checkpoint for each test example that the run scores. The model is loaded only while
 * they are computed.
 *
 * ```
 * run.predictions().filterNot { it.isRight }
 * ```
 *
 * @throws ZoException if the run has no weights, or its folder was deleted
 */
public fun Run.predictions(): List<Prediction> = told("nothing can be predicted") { predictions(Split.TEST) }

/**
 * The first examples of each split as the model will read them: the prompt, the options and the right answer. Nothing
 * is run.
 *
 * ```
 * classify("reviews.csv", text = "body", label = "stars", words = listOf(" bad", " good")).examples()
 * ```
 *
 * Cost: the data is read, and downloaded if necessary; no model is loaded.
 *
 * @param count how many examples of each split
 * @throws ZoException if the task cannot be read
 */
public fun Part<Task>.examples(count: Int = 3): Table {
    if (count < 0) throw ZoException("count is negative: $count")
    val task = told("$this is no task") { build() }
    // a split without examples gets a row that shows it
    val rows =
        Split.values().flatMap { split ->
            task
                .examples(split)
                .take(count)
                .ifEmpty { listOf(null) }
                .map { split to it }
        }
    // plain text has no prompts, and nothing to choose from
    return Table(
        listOfNotNull(
            "split" to rows.map { (split, _) -> split.name.lowercase() },
            "examples in it" to rows.map { (split, _) -> task.examples(split).size },
            ("prompt" to rows.map { it.second?.prompt()?.replace("\n", "⏎") }).takeIf { task.kind() != Kind.TEXT },
            "right" to rows.map { it.second?.answer()?.replace("\n", "⏎") },
            ("options" to rows.map { it.second?.options()?.let(::some) }).takeIf { task.kind() != Kind.TEXT },
        ),
    )
}

/** The most options of an example that a table shows. */
private const val OPTIONS = 20

private fun some(options: List<String>) =
    options.take(OPTIONS).joinToString(" |") +
        if (options.size > OPTIONS) " | … %,d in all".format(Locale.ROOT, options.size) else ""
