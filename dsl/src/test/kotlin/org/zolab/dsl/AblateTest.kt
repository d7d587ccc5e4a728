package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.sampler.DirectionSampler
import org.zolab.space.Direction
import org.zolab.space.Law
import org.zolab.train.AblationResult
import org.zolab.train.Trial
import java.nio.file.Path
import java.sql.DriverManager
import java.util.concurrent.atomic.AtomicInteger
import kotlin.io.path.readText

class AblateTest {
    @TempDir
    lateinit var folder: Path

    @BeforeEach
    fun elsewhere() {
        System.setProperty("zo.home", "$folder")
    }

    @Test
    fun `arms are all combinations, each at the learning rate that tuning finds`() {
        val result =
            ablate {
                each { objective = quadratic(40) }
                vary(Zo::sampler, mezo(), ldsd(candidates = 3))
                vary(Zo::weightDecay, 0.0, 0.1)
                budget = forwards(120)
                tuning = forwards(600)
                name = "one"
            }
        val arms = result.ablation().arms().map { it.name() }
        assertThat(arms).hasSize(4).contains("mezo, weightDecay = 0.0", "ldsd, weightDecay = 0.1")
        assertThat(result.complete()).isTrue()
        assertThat(
            result
                .trials()
                .filter {
                    it.phase() == Trial.Phase.TUNING
                }.groupBy(Trial::arm)
                .values,
        ).allSatisfy { assertThat(it.size).isBetween(3, 5) }
        assertThat(result.columns().getValue("arm")).hasSize(
            arms.sumOf {
                result.trials(it).sumOf { trial ->
                    trial.dev().size
                }
            },
        )
        val table = result.table().toString()
        assertThat(table.lines()).hasSize(5)
        assertThat(table).contains("× 1.00").doesNotContain("accuracy")
        assertThat(Image.svg(result.figure())).contains("dev loss").contains(arms.first())
        result.save(folder.resolve("saved"))
        assertThat(folder.resolve("saved/table.txt").readText()).startsWith(table)
        assertThat(
            folder.resolve("saved/results.jsonl").readText(),
        ).isEqualTo(ablations.resolve("one/results.jsonl").readText())
        assertThat(folder.resolve("saved/plan.txt").readText()).contains("arm: mezo, weightDecay = 0.0")
        assertThat(folder.resolve("saved/commit.txt").readText().trim()).isNotEmpty()
        assertThat(result.sentence()).contains("12 of 12 runs at 120 forwards").doesNotContain("go on")
        assertThat(runs(ablation = "one").map { it.folder() })
            .containsExactlyInAnyOrderElementsOf(result.trials().map { it.folder() })
        assertThatThrownBy { runs(ablation = "two") }
            .isInstanceOf(ZoException::class.java)
            .hasMessageContainingAll("there is no ablation of this name: two", "holds one")
        assertThatThrownBy { runs(ablation = "one", folder = "elsewhere") }
            .isInstanceOf(ZoException::class.java)
            .hasMessageContaining("ablation and folder are both given")
    }

    @Test
    fun `code of a cell is asked from one thread at a time, however many runs go on`() {
        val inside = AtomicInteger()
        val most = AtomicInteger()

        fun <T> seen(value: T): T {
            most.accumulateAndGet(inside.incrementAndGet(), ::maxOf)
            repeat(1000) { Thread.onSpinWait() }
            inside.decrementAndGet()
            return value
        }
        val result =
            ablate {
                each {
                    objective =
                        function("bowl", floatArrayOf(3f, 4f), gradient = { x -> seen(x) }) { x ->
                            seen((x[0] * x[0] + x[1] * x[1]) / 2.0)
                        }
                    sampler = mezo()
                }
                arm("losses") {}
                arm("gradients") { estimator = forwardGradient() }
                seeds = 1..4
                budget = forwards(400)
                atOnce = 4
            }
        assertThat(result.complete()).isTrue()
        assertThat(most.get()).isEqualTo(1)
    }

    @Test
    fun `a budget of more steps than a run can have is refused`() {
        val most = "budget pays for more than the 2,147,483,647 steps that a run can have"
        assertThatThrownBy {
            plan {
                objective = quadratic(10)
                sampler = mezo()
                budget = forwards(10_000_000_000)
            }
        }.isInstanceOf(ZoException::class.java).hasMessageContaining(most)
        assertThatThrownBy {
            ablate {
                each { objective = quadratic(10) }
                vary(Zo::sampler, mezo(), spsa15())
                budget = forwards(10_000_000_000)
            }
        }.isInstanceOf(ZoException::class.java).hasMessageContaining(most)
    }

    @Test
    fun `results are a table for SQL`() {
        val result =
            ablate {
                each { objective = quadratic(10) }
                vary(Zo::sampler, mezo(), spsa15())
                budget = forwards(60)
                tuning = forwards(300)
                seeds = 1..2
                name = "sql"
            }
        val file = ablations.resolve("sql/results.jsonl")
        val query =
            "SELECT arm, seed, min(loss) FROM '$file' WHERE phase = 'race' AND split = 'dev' GROUP BY ALL ORDER BY ALL"
        val lowest = ArrayList<Triple<String, Long, Double>>()
        DriverManager.getConnection("jdbc:duckdb:").use { connection ->
            connection.createStatement().executeQuery(query).use { rows ->
                while (rows.next()) lowest += Triple(rows.getString(1), rows.getLong(2), rows.getDouble(3))
            }
        }
        val raced = result.trials().filter { it.phase() == Trial.Phase.RACE }
        assertThat(lowest).hasSize(4).containsExactlyInAnyOrderElementsOf(
            raced.map { Triple(it.arm(), it.seed(), it.best().orElseThrow().loss()) },
        )
    }

    @Test
    fun `choices are named by what tells them apart`() {
        val names =
            listOf(mezo(), ldsd(lr = 1e-3), ldsd(lr = 1e-2), mezo(rademacher()), ldsd(asPublished = true), fzoo())
                .map { "$it" }
        assertThat(Part.brief(names))
            .containsExactly(
                "mezo",
                "ldsd(lr = 0.001)",
                "ldsd(lr = 0.01)",
                "mezo(rademacher())",
                "ldsd(asPublished = true)",
                "fzoo",
            )
    }

    @Test
    fun `a choice says what it is given, and numbers as people write them`() {
        assertThat(listOf(mezo(), ldsd(), ldsd(lr = 1e-4, candidates = 7), mezo(lezo())).map { "$it" })
            .containsExactly("mezo()", "ldsd()", "ldsd(lr = 1e-4, candidates = 7)", "mezo(${lezo()})")
    }

    private fun scaled(k: Double) =
        ablate {
            name = "scaled"
            each {
                objective =
                    function("f", floatArrayOf(3f, 4f)) { x -> k * (x[0] * x[0] + x[1] * x[1]).toDouble() }
                learningRate = 0.01
            }
            vary(Zo::sampler, mezo())
            budget = forwards(40)
            seeds = 1..1
        }

    private fun longer(factor: Double) =
        ablate {
            name = "longer"
            each { objective = quadratic(10) }
            arm("own") {
                sampler =
                    customSampler("own") {
                        DirectionSampler { count, _, key ->
                            List(count) { i -> Direction.noise(key.draw(i), Law.GAUSSIAN).times(factor) }
                        }
                    }
            }
            budget = forwards(40)
            seeds = 1..1
        }

    private fun AblationResult.lowest() = trials().single().loss()

    @Test
    fun `results of code that does something else are not taken for its own, and what is read again is told`() {
        val first = scaled(1.0)
        assertThat(scaled(5.0).lowest()).isNotEqualTo(first.lowest())
        assertThat(longer(2.0).lowest()).isNotEqualTo(longer(1.0).lowest())

        val again = scaled(1.0)
        assertThat(again.lowest()).isEqualTo(first.lowest())
        assertThat(first.sentence()).doesNotContain("before").contains("losses over 1 seed, in ")
        assertThat("${first.table()}").doesNotContain("best seed", "worst seed")
        assertThat("$first").startsWith("1 arm, 1 run, in ")
        assertThat(
            again.sentence(),
        ).contains("1 of 1 runs at 40 forwards, 0 more for tuning (1 of them finished before and not run again)")
        assertThat(longer(1.0).trials()).allMatch { it.earlier() }
    }

    @Test
    fun `what diverged is told in table and figure`() {
        val result =
            ablate {
                name = "wild"
                each {
                    objective = quadratic(50, 10.0)
                    sampler = mezo()
                }
                arm("calm") { learningRate = 1e-3 }
                arm("wild") { learningRate = 10.0 }
                arm("still") { learningRate = 1e-30 }
                budget = forwards(240)
                seeds = 1..2
            }
        val table = result.table().toString().lines()
        assertThat(table[0].split(Regex(" {2,}")))
            .containsSequence("lowest dev loss", "best seed", "worst seed", "at step", "diverged")
        assertThat(table[1]).doesNotContain("2 of 2")
        assertThat(table[2]).contains("2 of 2", " 10.0 ")
        assertThat(table[3]).contains("1e-30", "0: no better than where it began")
        assertThat(Image.svg(result.figure())).contains("wild (2 of 2 diverged)")
    }

    @Test
    fun `arms whose losses are not of one scale are told`() {
        fun raced(vararg objectives: Part<Objective>) =
            ablate {
                each { sampler = mezo() }
                vary(Zo::objective, *objectives)
                budget = forwards(8)
                seeds = 1..1
            }.sentence()
        assertThat(raced(quadratic(3), rosenbrock()))
            .contains(
                "; their losses are not of one scale: these runs differ in function (quadratic(3) and rosenbrock(2))",
            )
        assertThat(raced(rosenbrock())).doesNotContain("scale")
    }

    @Test
    fun `many arms are marks`() {
        val result =
            ablate {
                each {
                    objective = rosenbrock()
                    learningRate = 1e-4
                }
                for (i in 1..8) {
                    arm("q = $i of all that could be taken") {
                        sampler = mezo()
                        estimator = centralDifference(i)
                    }
                }
                budget = forwards(64)
                name = "one"
            }
        assertThat(Image.svg(result.figure())).contains("lowest dev loss").contains("q = 8 of all that could be taken")
    }

    @Test
    fun `everything that is wrong with the block and its arms is told at once`() {
        assertThatThrownBy {
            ablate {
                each { steps = 3 }
                arm("first") { sampler = mezo() }
                arm("second") {
                    sampler = ldsd()
                    learningRate = -1.0
                    objective = quadratic(3)
                }
                budget = forwards(100)
            }
        }.isInstanceOf(ZoException::class.java)
            .hasMessageContaining("this ablation cannot run")
            .hasMessageContaining("\n  steps is set, and the budget says how many there are; leave it out: 3")
            .hasMessageContaining("first: model is not set")
            .hasMessageContaining("second: learningRate is not strictly positive and finite: -1.0")
            .hasMessageNotContaining("no arm")
        assertThatThrownBy {
            ablate {
                each { objective = quadratic(3) }
                arm("good") { sampler = mezo() }
                arm("bad") {
                    sampler = mezo()
                    learningRate = -1.0
                }
                seeds = listOf(1, 1)
                name = "a/b"
                budget = forwards(100)
            }
        }.hasMessageContaining("bad: learningRate is not strictly positive and finite: -1.0")
            .hasMessageContaining("seeds are not all different: [1, 1]")
            .hasMessageContaining("name is not one of letters, digits, dots, dashes and underscores: a/b")
        assertThatThrownBy {
            ablate {
                each {
                    objective = quadratic(3)
                    steps = 5
                    seed = 3
                }
                vary(Zo::sampler, mezo())
                seeds = listOf(1, 1)
                budget = forwards(-5)
                evaluations = 0
                atOnce = 0
                name = "a b/c"
                tuning = forwards(0)
            }
        }.hasMessage(
            """
            this ablation cannot run:
              steps is set, and the budget says how many there are; leave it out: 5
              seed is set, and the seeds of the ablation replace it; leave it out: 3
              name is not one of letters, digits, dots, dashes and underscores: a b/c
              tuning's forwards is not strictly positive: 0
              seeds are not all different: [1, 1]
              budget is not strictly positive: -5
              evaluations is not strictly positive: 0
              atOnce is not in 1 to 64: 0
            """.trimIndent(),
        )
        assertThatThrownBy { ablate { each { sampler = mezo() } } }.hasMessageContaining("there is no arm to run")
        assertThatThrownBy {
            ablate {
                each { objective = quadratic(3) }
                vary(Zo::sampler, mezo())
                vary(Zo::sampler, ldsd(), fzoo())
                budget = forwards(100)
            }
        }.hasMessageContaining("sampler is varied more than once; give all its values to one vary")
        assertThatThrownBy {
            ablate {
                each { objective = quadratic(3) }
                arm("one") { sampler = mezo() }
                seeds = listOf(101)
                budget = forwards(100)
                tuning = forwards(100)
            }
        }.hasMessageContaining("a seed of the race is used for tuning, too: 101")
            .hasMessageContaining("tuning's budget pays for fewer than three rates, which take 300 forward passes: 100")
    }
}
