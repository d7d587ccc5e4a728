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

/** The task that comes with ZoLab: which of four Java libraries a sentence of documentation describes. Chance is 25 %. */
public fun apidocs(): Part<Task> = Part("apidocs()") { Apidocs.task() }

/**
 * A task of your own: text, the ways it may go on, and which of them is right.
 *
 * @param name what tables and figures call it
 * @param train what the model is tuned on
 * @param dev what it is judged by while it is tuned
 * @param test what it is judged by once, at the end
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
 * @param options its possible continuations, each with its leading blank
 * @param label which of [options] is right, counted from 0
 * @throws ZoException if options are fewer than two or equal, or label is the index of none
 */
public fun example(
    prompt: String,
    options: List<String>,
    label: Int,
): Example = told("this example cannot be") { Example(prompt, options, label) }

/**
 * Classification of rows of your own, or of a data set of the Hugging Face Hub: parquet, JSON lines, CSV or TSV.
 *
 * ```
 * task = classify("reviews.csv", text = "body", label = "stars", prompt = "{body} It was", words = listOf(" bad", " good"))
 * task = classify("stanfordnlp/sst2", text = "sentence", label = "label", prompt = "{sentence} It was", words = listOf(" bad", " good"))
 * ```
 *
 * A folder's files are splits if they are named so (`train.csv`, `dev.csv`, `test.csv`). What is not split is dealt by a checksum of the text: a fifth
 * to test, a tenth to dev, equal texts to one split. A split whose labels are all -1 has none, as the Hub's test often, and is left out.
 *
 * @param path a file, a folder, or a pattern such as `data/\*.csv`; where there is none, `owner/name` is a data set of the Hub, whose data files are read
 *     from this machine's cache, or fetched into it, which a line tells
 * @param text the column of the text
 * @param label the column of the label: as many different values as [words]
 * @param words what the model may go on with, for each label in the order of numbers or of letters, with the blank before it; without any the labels
 *     themselves, which is all that a head of classes wants: `model = bert("base-uncased", classes = 5)`
 * @param prompt what the model reads; `{column}` stands for the value of any column
 * @param split the column that says train, dev or test, if there is one
 * @param subset the folder of one of several subsets of a data set, as in `classify("nyu-mll/glue", subset = "sst2", …)`
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
    Part("classify(${place(path, subset)})") {
        OwnRows(DataFiles.named(path, subset, hub), text, label, prompt, words, split).task()
    }

/**
 * The same with the word of each label by name, in any order: `words = mapOf("neg" to " bad", "pos" to " good")`.
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
    Part("classify(${place(path, subset)})") {
        OwnRows(DataFiles.named(path, subset, hub), text, label, prompt, words, split).task()
    }

private fun place(
    path: String,
    subset: String?,
) = "\"$path\"" + if (subset == null) "" else ", subset = \"$subset\""

/**
 * Text of your own, or of a data set of the Hugging Face Hub, whose likelihood is learned; its evaluations tell the perplexity.
 *
 * ```
 * task = text("novel.txt")
 * task = text("Salesforce/wikitext", subset = "wikitext-2-raw-v1")
 * ```
 *
 * @param path a file of UTF-8 text, a folder, a pattern, or a data set's `owner/name`, as of [classify]
 * @param words the most words of a piece that is learned at once; pieces end where paragraphs do
 * @param column of tables, the column of the text; each row is a paragraph
 * @param subset the folder of one of several subsets of a data set
 */
public fun text(
    path: String,
    words: Int = 100,
    column: String = "text",
    subset: String? = null,
): Part<Task> =
    Part("text(${place(path, subset)})") {
        OwnText(DataFiles.named(path, subset, hub), words, column).task()
    }

/**
 * A [task] whose prompts begin with solved examples, the first [count] of train: in-context learning. What it comes to without a step is the run's
 * `zeroShot()`.
 */
public fun demonstrations(
    count: Int,
    task: Part<Task>,
): Part<Task> = Part("demonstrations($count, $task)") { Demonstrations.before(task.build(), count) }

/**
 * One of MeZO's six tasks for [roberta], or for [bert]: [k] examples of each class to learn from, as many to choose by, and a word for `<mask>`.
 *
 * @param name `sst-2`, `sst-5`, `snli`, `mnli`, `rte` or `trec`; data of the Hugging Face Hub
 * @param seed which examples; published results are means over 13, 21, 42, 87 and 100
 */
public fun fewShot(
    name: String,
    k: Int = 16,
    seed: Int = 13,
): Part<Task> = Part("fewShot(\"$name\", k = $k, seed = $seed)") { FewShot.named(name).task(k, seed, hub) }

/** How many examples [sst2] and the others take of what is published, and by which seed. */
public fun sampling(
    train: Int = 1000,
    dev: Int = 500,
    test: Int = 1000,
    seed: Int = 0,
): Sampling = told("no examples can be taken so") { Sampling(train, dev, test, seed) }

/** From this machine's cache, or fetched into it, which a line tells. */
private val hub =
    DataSets { name, revision -> Hub.ofUser().dataset(Repository(Repository.Kind.DATASET, name, revision)) }

private fun published(
    benchmark: Benchmark,
    sampling: Sampling?,
): Part<Task> = Part("${benchmark.name.lowercase()}()") { benchmark.task(sampling ?: benchmark.published(), hub) }

/** Sentiment of a sentence of a film review, ` terrible` or ` great`, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun sst2(sampling: Sampling? = null): Part<Task> = published(Benchmark.SST2, sampling)

/** Whether a premise entails a hypothesis, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun rte(sampling: Sampling? = null): Part<Task> = published(Benchmark.RTE, sampling)

/** Entailed, contradicted or neither (CommitmentBank), as in MeZO's experiments; data of the Hugging Face Hub. */
public fun cb(sampling: Sampling? = null): Part<Task> = published(Benchmark.CB, sampling)

/** A question about a passage, yes or no, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun boolq(sampling: Sampling? = null): Part<Task> = published(Benchmark.BOOLQ, sampling)

/** Whether a pronoun stands for a name (Winograd schemas), as in MeZO's experiments; data of the Hugging Face Hub. */
public fun wsc(sampling: Sampling? = null): Part<Task> = published(Benchmark.WSC, sampling)

/** Whether a word means the same in two sentences, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun wic(sampling: Sampling? = null): Part<Task> = published(Benchmark.WIC, sampling)

/** Whether an answer to a question about a paragraph is right, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun multirc(sampling: Sampling? = null): Part<Task> = published(Benchmark.MULTIRC, sampling)

/** Which of two sentences is a cause or an effect, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun copa(sampling: Sampling? = null): Part<Task> = published(Benchmark.COPA, sampling)

/** Which name fills a gap in a statement about a passage, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun record(sampling: Sampling? = null): Part<Task> = published(Benchmark.RECORD, sampling)

/** A question about a paragraph, answered in words, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun squad(sampling: Sampling? = null): Part<Task> = published(Benchmark.SQUAD, sampling)

/** A question about a passage that asks for reasoning over numbers, as in MeZO's experiments; data of the Hugging Face Hub. */
public fun drop(sampling: Sampling? = null): Part<Task> = published(Benchmark.DROP, sampling)

/**
 * What the best checkpoint of a run prefers for each test example that the run looks at; the model is loaded for as long as that takes.
 *
 * ```
 * run.predictions().filterNot { it.isRight }
 * ```
 */
public fun Run.predictions(): List<Prediction> = predictions(Split.TEST)

/**
 * The first examples of each split as a model reads them, before anything runs: the prompt, its options or answers, and which of them is right.
 *
 * ```
 * classify("reviews.csv", text = "body", label = "stars", words = listOf(" bad", " good")).examples()
 * ```
 *
 * Cost: the data is read, or fetched; no model is.
 *
 * @param count how many of each split
 * @throws ZoException if the task cannot be read
 */
public fun Part<Task>.examples(count: Int = 3): Table {
    if (count < 0) throw ZoException("count is negative: $count")
    val task = told("$this is no task") { build() }
    // a split without examples has a row that says so
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
            ("options" to rows.map { it.second?.options()?.joinToString(" |") }).takeIf { task.kind() != Kind.TEXT },
        ),
    )
}
