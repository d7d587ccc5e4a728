package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.estimator.CentralDifference
import org.zolab.estimator.GradientEstimator
import org.zolab.probe.LossOracle
import org.zolab.space.Direction
import org.zolab.space.ParameterVector
import org.zolab.train.Instrument
import org.zolab.update.UpdateRule
import java.nio.file.Path
import kotlin.io.path.writeText

/** Settings that would be ignored, and those that are wrong beside others, are told with the rest. */
class RefusalsTest {
    private fun refused(block: Zo.() -> Unit): String = message { plan(block) }

    private fun message(block: () -> Any): String =
        runCatching(block).exceptionOrNull().let { (it as? ZoException)?.message ?: "nothing was refused: $it" }

    @Test
    fun `what a function has no use for is refused, all of it`() {
        val told =
            refused {
                sampler = mezo()
                objective = rosenbrock()
                model = opt("nano")
                tune = lora()
                task = apidocs()
                batch = 5
                maxLength = 9
                devExamples = 2
                testExamples = 0
            }
        for (setting in listOf("model", "tune", "task", "batch", "maxLength", "devExamples", "testExamples")) {
            assertThat(told)
                .contains("$setting is set, and the objective rosenbrock(2) needs none: leave it out")
        }
    }

    @Test
    fun `a setting that would change nothing is refused`() {
        assertThat(
            refused {
                sampler = mezo()
                objective = rosenbrock()
                estimator = forwardGradient()
                epsilon = 1e-3
            },
        ).contains(
            "epsilon is set, and the estimator exact slope along 1 direction measures exact slopes, which have none",
        )
        assertThat(
            refused {
                sampler = fzoo()
                objective = logistic()
                clip = 1.0
            },
        ).contains("clip limits slopes, and the estimator ", "leave clip out")
        val late: Zo.() -> Unit = {
            sampler = mezo()
            objective = rosenbrock()
            schedule = linear(warmUp = 50)
        }
        val short =
            "warmUp of the schedule is more than the 20 steps of a run, which would end before it has its learning " +
                "rate: 50"
        assertThat(
            refused {
                late()
                steps = 20
            },
        ).contains(short)
        assertThat(
            message {
                ablate {
                    each(late)
                    vary(Zo::sampler, mezo(), mezo(rademacher()))
                    budget = forwards(90) // 45 steps
                }
            },
        ).contains(short.replace("20", "45"))
        plan {
            late()
            steps = 50
        }
    }

    @Test
    fun `a law that leads nowhere in some steps is refused, however deep it lies`() {
        val blocks = coordinateBlocks(10)
        for (part in listOf(mezo(blocks), mezo(someTensors(0.5, blocks)), ldsd(law = blocks), conMezo(law = blocks))) {
            assertThat(
                refused {
                    sampler = part
                    objective = rosenbrock(2)
                },
            ).contains("blocks is more than the 2 elements of the largest tensor, so that some are empty: 10")
        }
        assertThat(
            refused {
                sampler = mezo(lezo())
                objective = logistic()
                steps = -1
            },
        ).contains(
            "layers are not in the names of the tensors, such as w0; drop tensors with someTensors()",
            "steps is not strictly positive: -1",
        )
        plan {
            sampler = mezo(coordinateBlocks(2))
            objective = rosenbrock(2)
        }
    }

    @Test
    fun `a law of low rank is refused where nothing that is trained is a matrix of more`() {
        val gaussian = "rank is not below both sides of any matrix that is trained, so that all noise would be Gaussian"
        for (part in listOf(mezo(lowRank()), mezo(tezo()), mezoGv(history = true, law = subspace()))) {
            assertThat(
                refused {
                    sampler = part
                    objective = logistic()
                    steps = 0
                },
            ).contains(gaussian, "steps is not strictly positive: 0")
        }
        val scopes =
            mapOf(bitFit() to lowRank(), lora(r = 1) to subspace(64), lora(r = 2) to someTensors(law = lowRank(2)))
        for ((scope, law) in scopes) {
            assertThat(
                refused {
                    sampler = ldsd(law = law)
                    model = opt("nano")
                    tune = scope
                },
            ).contains(gaussian)
        }
        assertThat(
            message {
                study {
                    sampler = mezo(lowRank())
                    estimator = leaveOneOut(4)
                    objective = logistic()
                }
            },
        ).contains(gaussian)
        assertThat(message { trainScales(opt("nano"), to = "never", law = subspace(5000)) })
            .contains(gaussian)
        plan {
            sampler = mezo(lowRank(2))
            model = opt("nano")
            tune = lora(r = 3)
        }
    }

    @Test
    fun `what is given to an estimator that another one replaces is refused, and batches of a function`() {
        val given =
            mapOf(
                mezoGv(candidates = 8, split = .25) to "candidates = 8, split = 0.25",
                mezoGv(normalised = true) to "normalised = true",
                mezoGreedy(candidates = 3) to "candidates = 3",
                fzoo(8) to "candidates = 8",
                spsa15(directions = 2, alpha = 0.1) to "directions = 2, alpha = 0.1",
                ldsd(candidates = 9) to "candidates = 9",
                ldsdJaguar(candidates = 5) to "candidates = 5",
            )
        for ((part, arguments) in given) {
            assertThat(
                refused {
                    sampler = part
                    objective = twoLayers()
                    estimator = leaveOneOut(3)
                    batches = 2
                },
            ).contains(
                "the sampler has $arguments for an estimator of its own, and estimator = leaveOneOut(3) takes " +
                    "its place: leave out the one or the other",
                "batches is more than 1, and a function is the same in every batch, so that more would measure equal " +
                    "losses; leave it out: 2",
            )
        }
        assertThat(
            plan {
                sampler = fzoo()
                objective = twoLayers()
                estimator = leaveOneOut(3)
            }.name(),
        ).isEqualTo("fzoo, leaveOneOut(3)")
    }

    @Test
    fun `an evaluation that never comes is noted`() {
        val seldom =
            plan {
                sampler = mezo()
                objective = rosenbrock()
                steps = 20
                evaluateEvery = 100
            }
        assertThat(seldom.cost().notes())
            .containsExactly(
                "evaluateEvery 100 is more than the 20 steps, so dev is looked at before the first and after the " +
                    "last only",
            )
    }

    @Test
    fun `all that is wrong is told at once`() {
        assertThat(
            refused {
                sampler = ldsd(lr = -1.0, gamma = 2.0, candidates = 1, sigma = 0.0, law = lowRank(0))
                objective = rosenbrock()
                epsilon = Double.NaN
            },
        ).contains("lr or gamma, not both")
            .contains("candidates of ldsd is less than 2, which it compares: 1")
            .contains("sigma is not strictly positive")
            .contains("rank")
            .contains("epsilon is not strictly positive and finite: NaN")
        assertThat(
            refused {
                sampler = ldsd(sigma = 0.0)
                objective = rosenbrock()
                epsilon = Double.NaN
                estimator = leaveOneOut(1)
            },
        ).contains("sigma is not strictly positive")
            .contains("epsilon is not strictly positive and finite: NaN")
            .contains("directions is less than 2: 1")
        assertThat(
            message {
                trainScales(opt("nano"), to = "never", steps = 0, rate = -1.0, restartEvery = 0)
            },
        ).contains("steps is less than 1: 0")
            .contains("rate of the nets is not zero or positive and finite: -1.0")
            .contains("restartEvery is less than 1: 0")
        assertThat(
            message {
                study {
                    sampler = mezo()
                    estimator = leaveOneOut(50)
                    objective = logistic()
                    budget = forwards(10)
                    epsilon = -1.0
                }
            },
        ).contains("epsilon is not strictly positive and finite: -1.0")
    }

    @Test
    fun `code of a cell that fails says which it is`() {
        assertThatThrownBy {
            zo {
                sampler = mezo()
                objective = rosenbrock()
                steps = 2
                measure = reading("boom") { _: Instrument.Moment -> error("no such thing") }
            }
        }.isInstanceOf(ZoException::class.java)
            .hasMessage("the reading \"boom\" failed: java.lang.IllegalStateException: no such thing")
        assertThatThrownBy {
            zo {
                sampler = mezo()
                objective = function("bowl", floatArrayOf(1f, 2f), { floatArrayOf(1f) }) { it[0].toDouble() }
                steps = 2
                estimator = forwardGradient()
            }
        }.hasMessageContaining("gradient of bowl has not its 2 coordinates: 1; give ∂f/∂xᵢ for each of them")
    }

    @Test
    fun `code of a cell that fails or gives no number before a run is a problem of the block`() {
        assertThat(
            refused {
                sampler = mezo()
                objective = rosenbrock()
                estimator = customEstimator("broken") { error("no such thing") }
                steps = 0
            },
        ).contains(
            "the estimator \"broken\" failed: java.lang.IllegalStateException: no such thing",
            "steps is not strictly positive: 0",
        )
        assertThat(
            refused {
                sampler = customSampler(" ") { error("") }
                objective = function("f", floatArrayOf(1f, Float.NaN)) { 1.0 }
            },
        ).contains("name of the sampler is blank", "start of the function f is not finite in coordinate 1: NaN")
        for ((factor, word) in mapOf(Double.NaN to "NaN", -1.0 to "-1.0", Double.POSITIVE_INFINITY to "Infinity")) {
            assertThat(
                message {
                    zo {
                        sampler = mezo()
                        objective = rosenbrock()
                        steps = 3
                        schedule = customSchedule("wild") { t, _ -> if (t < 1) 0.0 else factor }
                    }
                },
            ).isEqualTo(
                "factor of the schedule \"wild\" is not zero or positive and finite in step 1 of 3: $word",
            )
        }
    }

    @Test
    fun `a task or a model that is not there brings up nothing about others`() {
        val missing = classify("missing.csv", text = "a", label = "b", words = listOf(" bad", " good"))
        assertThat(
            refused {
                sampler = mezo()
                model = roberta("../integration-tests/goldens/models/roberta-tiny", classes = 2)
                task = missing
            },
        ).matches("this block cannot run:\n  no file is there: missing.csv; looked for [^\n]*")
        assertThat(
            refused {
                sampler = mezo()
                model = opt("nowhere/at/all")
                task = missing
                objective = negatedF1()
            }.lines(),
        ).hasSize(3)
    }

    @Test
    fun `a budget pays for steps, and is said once`() {
        val block: Zo.() -> Unit = {
            objective = rosenbrock()
            budget = forwards(2000)
        }
        val taken =
            listOf(mezo(), ldsd(), hizoo()).map { method ->
                plan {
                    block()
                    sampler = method
                }.steps()
            }
        assertThat(taken).containsExactly(1000, 333, 666)
        assertThat(
            refused {
                block()
                sampler = mezo()
                steps = 5
            },
        ).endsWith("steps and budget are both set, and the budget says how many steps there are: leave one out")
        assertThat(
            message {
                ablate {
                    each(block)
                    vary(Zo::sampler, mezo(), ldsd())
                }
            },
        ).isEqualTo(
            "this ablation cannot run:\n  budget is set in an arm, and all arms have the ablation's; leave it out: " +
                "forwards(2000)",
        )
        assertThat(
            message {
                ablate {
                    each {
                        objective = quadratic(10)
                        evaluateEvery = 5
                        measure = drift()
                    }
                    arm("mezo") { sampler = mezo() }
                }
            },
        ).contains("evaluateEvery is set, and the ablation's evaluations replace it; leave it out: 5")
            .contains("measure is set, and an ablation keeps no readings; leave it out, or measure in a run of its own")
    }

    @Test
    fun `a rule or sampler of one's own says how many losses it asks for`(
        @TempDir place: Path,
    ) {
        fun tries(count: Int): Zo.() -> Unit =
            {
                objective = quadratic(10)
                sampler = mezo()
                steps = 2
                folder = "$place/$count"
                rule =
                    customRule("tries", forwards = count) {
                        object : UpdateRule {
                            override fun apply(
                                theta: ParameterVector,
                                gradient: Direction,
                                eta: Double,
                            ) = theta.move(gradient, -eta)

                            override fun apply(
                                f: LossOracle,
                                theta: ParameterVector,
                                gradient: Direction,
                                eta: Double,
                            ) {
                                if (f.at(theta.along(gradient, -eta)) < f.at(theta.here())) theta.move(gradient, -eta)
                            }
                        }
                    }
            }
        assertThat(zo(tries(2)).forwards()).isEqualTo(2 * 4)
        assertThat(message { zo(tries(0)) }).contains("step 1 asked for 4 losses and its plan counts 2")
        assertThat(message { plan(tries(-1)) }).contains("forwards is negative: -1")
    }

    @Test
    fun `an estimator of one's own that counts too little is refused before it spends a budget twice`(
        @TempDir folder: Path,
    ) {
        System.setProperty("zo.home", "$folder")
        val told =
            message {
                ablate {
                    each {
                        objective = quadratic(3)
                        sampler = mezo()
                    }
                    arm("as it is") { }
                    arm("cheat") { estimator = customEstimator("cheat") { Cheat(CentralDifference(it)) } }
                    budget = forwards(40)
                }
            }
        assertThat(told).startsWith("the estimator says 1 forward pass a step and spent 2;")
        assertThat(
            refused {
                objective = quadratic(3)
                sampler = mezo()
                estimator = customEstimator("deaf") { CentralDifference(1e-3) }
                epsilon = 1e-2
            },
        ).contains("epsilon is set to 0.01, and the estimator custom deaf, ε = 0.001, behaves as ")
            .contains(" measures at 0.001 whatever it is given: make it of that")
    }

    /** Says that it asks for one loss, and asks for two. */
    private class Cheat(
        private val inner: GradientEstimator,
    ) : GradientEstimator by inner {
        override fun forwards() = 1
    }

    @Test
    fun `what is left out is told with what to write`() {
        assertThat(message { ablate { } })
            .contains("there is no arm to run; write vary(Zo::sampler, mezo(), ldsd()) or arm(\"mine\") { … }")
        assertThat(message { apidocs().examples(-1) }).contains("count is negative: -1")
        assertThat(
            refused {
                sampler = mezo()
                model = opt("nano")
                task = task("mine", listOf(), listOf(), listOf())
            },
        ).contains("task mine has no examples to learn from (train): 0; give it some\n")
        assertThat(
            refused {
                sampler = zoFinetuner(trainedScales("none.safetensors"))
                model = opt("nano")
            },
        ).contains("file of tensors does not exist: none.safetensors; give the path of one that is there")
    }

    @Test
    fun `a model is asked only what it can be asked, and that is told once`(
        @TempDir folder: Path,
    ) {
        val tiny = "../integration-tests/goldens/models/roberta-tiny"
        val novel = folder.resolve("novel.txt").also { it.writeText("It was a dark night.\n\n".repeat(40)) }
        val gaps =
            refused {
                sampler = mezo()
                model = roberta(tiny)
                task = text("$novel")
            }
        assertThat(gaps)
            .contains("task novel.txt is for a model that writes, and roberta-tiny fills gaps with one word; take one")
            .doesNotContain("one token")
        val texts =
            refused {
                sampler = mezo()
                model = roberta(tiny, classes = 2)
                task = text("$novel")
            }
        assertThat(texts)
            .contains("task novel.txt is not one of classes, which the head of the model tells apart")
            .doesNotContain("maxLength")
        val four = List(3) { example("text $it", listOf("a", "b", "c", "d"), 0) }
        val options =
            refused {
                sampler = mezo()
                model = roberta(tiny, classes = 2)
                task = task("four", four, four, four)
            }
        assertThat(options).containsOnlyOnce("options of an example").endsWith("[a, b, c, d]; write classes = 4")
        assertThat(
            refused {
                sampler = mezo()
                model = llama(tiny)
            },
        ).contains("$tiny/config.json is of another family than llama(…) is for: model_type is \"roberta\"")
            .contains("supported is \"llama\"; write model(\"$tiny\"), which takes every family")
    }
}
