package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import org.junit.jupiter.params.provider.MethodSource
import org.zolab.estimator.GradientEstimator
import org.zolab.sampler.DirectionSampler
import org.zolab.sampler.Scales
import org.zolab.space.Direction
import org.zolab.space.Law
import org.zolab.space.Precision
import org.zolab.task.Example
import org.zolab.task.GivenTask
import org.zolab.task.Kind
import org.zolab.task.Split
import org.zolab.train.Method
import org.zolab.train.Outcome
import org.zolab.train.RunFolder
import org.zolab.update.RuleConfig
import org.zolab.update.Schedule
import java.nio.file.Files
import java.nio.file.Path
import java.util.function.DoubleFunction

/** Every method and every combination that means something runs, spends what it says, and replays from its ledger to equal bits. */
class MethodsTest {
    @TempDir
    lateinit var place: Path

    data class Choice(
        val sampler: Part<Method>,
        val estimator: Part<DoubleFunction<GradientEstimator>>? = null,
        val rule: Part<RuleConfig>? = null,
        val decay: Double = 0.01,
        val schedule: Part<Schedule> = cosine(warmUp = 2),
        val clip: Double? = 100.0,
        val subject: Zo.() -> Unit = { objective = logistic() },
    ) {
        override fun toString() = "$sampler, $estimator, $rule"
    }

    companion object {
        @JvmStatic
        fun choices(): List<Choice> =
            listOf(
                Choice(mezo()),
                Choice(mezo(rademacher()), centralDifference(3)),
                Choice(mezo(sphere()), oneSided(3)),
                Choice(mezo(lowRank(1, 3)), leaveOneOut(4)) { objective = twoLayers() },
                Choice(mezo(subspace(2, 3))) { objective = twoLayers() },
                Choice(mezo(smallWeights(0.3, 2)), rule = adam()),
                Choice(mezo(someTensors(0.5))),
                Choice(mezo(), forwardGradient()),
                Choice(ldsd(lr = 1e-2, law = rademacher())),
                Choice(ldsd(gamma = 0.1), rule = momentum()),
                Choice(ldsd(decay = 0.1, start = warmMean(probes = 4)), rule = adamm()),
                Choice(ldsd(asPublished = true)),
                Choice(ldsd(lr = 1e-2, precision = Precision.BF16)),
                Choice(ldsd(), leaveOneOut(5)),
                Choice(ldsd(), guided(4)),
                Choice(ldsdJaguar(share = 0.5)),
                Choice(
                    ldsdJaguar(decay = 0.1, start = warmMean(probes = 4), precision = Precision.BF16),
                    subject = { objective = twoLayers() },
                ),
                Choice(ldsd(lr = 1e-2, start = unitMean())),
                Choice(zoFinetuner(uniformScales())),
                Choice(zoFinetuner(untrainedScales(3), energy = sizeEnergy(), law = rademacher())),
                Choice(zoFinetuner(proportionalScales()), subject = { objective = twoLayers() }),
                Choice(mezoGv()),
                Choice(mezoGv(candidates = 6, split = 0.34, normalised = true, law = subspace(2, 4))) {
                    objective = twoLayers()
                },
                Choice(mezoGv(candidates = 2, history = true)),
                Choice(mezoGv(law = lowRank(2, 2))) { objective = twoLayers() },
                Choice(mezo(), leaveOneOut(4)) {
                    nano()
                    batch = 16
                    devExamples = 64
                    objective = negatedAccuracy()
                },
                Choice(mezoGreedy(law = lowRank(2, 2)), rule = sign()) { objective = twoLayers() },
                Choice(fzoo(candidates = 4), clip = null),
                Choice(ldsd(), standardised(5), momentum(), clip = null),
                Choice(spsa15(directions = 3)),
                Choice(mezo(), threePoint(2, alpha = 0.5)),
                Choice(mezo(), antithetic(oneSided(4))),
                Choice(ldsd(lr = 1e-2), antithetic(leaveOneOut(6)), momentum()),
                Choice(mezo(rademacher()), antithetic(bestOf(4))),
                Choice(conMezo(warmUp = 3)),
                Choice(conMezo(warmUp = 0, law = someTensors(0.5)), threePoint(2)),
                Choice(conMezo(warmUp = 3), oneSided(4)),
                Choice(conMezo(warmUp = 3), bestOf(3), momentum()),
                Choice(conMezo(warmUp = 3), antithetic(leaveOneOut(4))),
                Choice(mezo(), rule = meazo()),
                Choice(mezo(), rule = conservative()),
                Choice(ldsd(), leaveOneOut(3), conservative(), decay = 0.0),
                Choice(mezo(), centralDifference(2), muon(), subject = { objective = twoLayers() }),
                Choice(mezo(tezo(rank = 2)), subject = { objective = twoLayers() }),
                Choice(ldsd(law = tezo(rank = 3, refresh = 4)), subject = { objective = twoLayers() }),
                Choice(mezo(lezo(drop = 0.5)), subject = { nano() }),
                Choice(fzoo(candidates = 3, law = lezo(law = rademacher())), clip = null) { nano() },
                Choice(mezo(coordinateBlocks(5))),
                Choice(conMezo(warmUp = 2, law = coordinateBlocks(3, rademacher()))),
                Choice(hizoo(smoothing = 0.01)),
                Choice(hizoo(0.01, smallWeights(0.5, 3, rademacher())), threePoint(2, alpha = 0.3), adam()),
                Choice(mezo(), rule = adaMezo(horizon = 3)),
                Choice(mezo(subspace(2, 3)), leaveOneOut(3), adaMezo(horizon = 4)) { objective = twoLayers() },
                Choice(mezo(smallWeights(0.3, 2)), rule = adaMezo()),
                Choice(spsa15(directions = 2), schedule = plateau(window = 2)),
                Choice(
                    customSampler("signs") {
                        DirectionSampler {
                            count,
                            _,
                            key,
                            ->
                            List(count) { Direction.noise(key.draw(it), Law.RADEMACHER) }
                        }
                    },
                ),
            )

        private fun Zo.nano() {
            model = opt("nano")
            batch = 2
            devExamples = 4
            testExamples = 0
        }
    }

    private fun Zo.choose(
        choice: Choice,
        to: Path,
    ) {
        choice.subject(this)
        sampler = choice.sampler
        estimator = choice.estimator
        rule = choice.rule
        schedule = choice.schedule
        weightDecay = choice.decay
        clip = choice.clip
        learningRate = 1e-3
        steps = 12
        folder = "$to"
    }

    @ParameterizedTest
    @MethodSource("choices")
    fun `it runs and replays`(choice: Choice) {
        val run = zo { choose(choice, place.resolve("run")) }
        assertThat(run.outcome()).isEqualTo(Outcome.Completed())
        assertThat(run.forwards()).isEqualTo(run.plan().forwards())
        assertThat(run.dev().last().loss()).isFinite().isNotEqualTo(run.dev().first().loss())
        // the same plan in a folder with its ledger takes every step from the record, without a forward pass
        Files.createDirectories(place.resolve("again"))
        Files.copy(place.resolve("run").resolve(RunFolder.LEDGER), place.resolve("again").resolve(RunFolder.LEDGER))
        val again = zo { choose(choice, place.resolve("again")) }
        assertThat(again.dev().map { it.loss() }).isEqualTo(run.dev().map { it.loss() })
        Files.list(place.resolve("run")).use { files ->
            files
                .filter { it.fileName.toString() != RunFolder.EVALUATIONS } // which tells the seconds
                .forEach { assertThat(place.resolve("again").resolve(it.fileName)).hasSameBinaryContentAs(it) }
        }
    }

    @Test
    fun `instruments are read on the way and change nothing`() {
        fun block(
            to: String,
            instruments: Part<List<org.zolab.train.Instrument.Now>>?,
        ) = zo {
            objective = twoLayers()
            sampler = ldsd(lr = 1e-2)
            learningRate = 1e-3
            steps = 40
            measure = instruments
            folder = "${place.resolve(to)}"
        }
        val plain = block("plain", null)
        val measured =
            block(
                "measured",
                alignment(10) + energy(20) + slopes(10) + drift(10) + signalToNoise(10) +
                    reading("mine", 5) {
                        mapOf(
                            "losses" to
                                it.estimate
                                    .probes()
                                    .size
                                    .toDouble(),
                        )
                    },
            )
        assertThat(measured.dev().map { it.loss() }).isEqualTo(plain.dev().map { it.loss() })
        assertThat(measured.forwards()).isEqualTo(plain.forwards())
        val names = measured.readings().flatMap { it.values().keys }.distinct()
        assertThat(names).contains(
            "cos(ĝ, ∇f)",
            "C·d",
            "cos(μ, −∇f)",
            "‖μ‖/(σ√d)",
            "energy: the rest",
            "slope: measured",
            "slope: exact",
            "drift",
            "retained share of an update",
            "signal to noise",
            "losses",
        )
        val first = measured.readings().first().values()
        assertThat(first.getValue("drift")).isZero()
        assertThat(first.getValue("C·d")).isCloseTo(
            1.0,
            org.assertj.core.data.Offset
                .offset(1e-6),
        )
        assertThat(first.getValue("energy: the rest")).isCloseTo(
            1.0,
            org.assertj.core.data.Offset
                .offset(1e-9),
        )
        assertThat(first.getValue("slope: measured"))
            .isCloseTo(
                first.getValue("slope: exact"),
                org.assertj.core.data.Offset
                    .offset(0.05),
            )
        assertThat(measured.readings().map { it.step() }).isEqualTo((0 until 40 step 5).toList())
        assertThat(Image.svg(measured.figure())).contains("cos(μ, −∇f)", "drift")
        assertThatThrownBy {
            plan {
                objective = function("f", FloatArray(2)) { 0.0 }
                sampler = mezo()
                measure = alignment()
            }
        }.hasMessageContaining("measure asks for exact gradients, and the objective f has none")
    }

    @Test
    fun `earlier runs are listed, compared and taken up where they ended`() {
        fun Zo.settings(seed: Long) {
            objective = logistic()
            sampler = mezo()
            learningRate = 1e-2
            steps = 30
            this.seed = seed
        }

        fun block(seed: Long) =
            zo {
                settings(seed)
                folder = "${place.resolve("run-$seed")}"
            }
        val first = block(1)
        block(2)
        Files.createDirectories(place.resolve("no-run"))
        val found = runs(folder = "$place")
        assertThat(found.map { it.settings()["seed"] }).containsExactly("1", "2")
        assertThat(found[0].dev()).isEqualTo(first.dev())
        assertThat(found[0].forwards().last()).isEqualTo(60)
        assertThat(found[0].summary()).contains("mezo: 30 of 30 steps, lowest loss", "run-1")
        assertThat(Image.svg(compare(found).figure())).contains("mezo, seed = 1", "mezo, seed = 2")
        assertThat(runs(folder = "$place").toString().lines()).hasSize(2)
        val reopened = found[0].reopen()
        assertThat(reopened.plan()).isSameAs(first.plan())
        assertThat(reopened.outcome()).isEqualTo(first.outcome())
        assertThat(reopened.evaluations()).isEqualTo(first.evaluations())
        assertThat(reopened.steps().map { it.loss() to it.slope() }).isEqualTo(
            first.steps().map {
                it.loss() to
                    it.slope()
            },
        )
        assertThatThrownBy {
            found[0].reopen {
                settings(2)
            }
        }.hasMessageEndingWith("seed is 1 there and 2 here; give the settings that it was run with")
        assertThat(found[1].reopen { settings(2) }.forwards()).isEqualTo(60)
        // cut off behind step 20: what is known of the first steps is not measured again, the rest is as it was
        val ledger = place.resolve("run-1").resolve(RunFolder.LEDGER)
        Files.write(ledger, Files.readAllLines(ledger).take(20).map { it })
        val again = block(1)
        assertThat(again.dev().map { it.loss() }).isEqualTo(first.dev().map { it.loss() })
        assertThat(again.dev().take(5)).isEqualTo(first.dev().take(5))
    }

    @Test
    fun `several batches a step know their gradient`() {
        val run =
            zo {
                nano()
                sampler = mezo()
                estimator = forwardGradient()
                batches = 3
                learningRate = 1e-3
                steps = 5
                measure = alignment(1)
                folder = "${place.resolve("batches")}"
            }
        assertThat(run.outcome()).isEqualTo(Outcome.Completed())
        assertThat(run.forwards()).isEqualTo(15)
        assertThat(run.readings()).hasSize(5)
    }

    @Test
    fun `slopes are measured along the first of many directions`() {
        val run =
            zo {
                objective = twoLayers()
                sampler = mezo()
                estimator = leaveOneOut(5)
                learningRate = 1e-6
                steps = 5
                measure = slopes(1)
                folder = "${place.resolve("slopes")}"
            }
        run.readings().map { it.values() }.forEach {
            assertThat(it.getValue("slope: measured"))
                .isCloseTo(
                    it.getValue("slope: exact"),
                    org.assertj.core.data.Offset
                        .offset(0.01),
                )
        }
    }

    @Test
    fun `scales are trained, and an interrupt ends that`() {
        val nets = place.resolve("nets.safetensors")
        val training = trainScales(opt("nano"), apidocs(), to = "$nets", steps = 2, batch = 2)
        assertThat(training.steps).hasSize(2)
        assertThat(training.toString()).contains("nets after 2 steps")
        assertThat(
            plan {
                model = opt("nano")
                sampler = zoFinetuner(trainedScales("$nets"))
            }.sampler().toString(),
        ).contains("nets.safetensors")
        val none = place.resolve("none.safetensors")
        Thread.currentThread().interrupt()
        assertThatThrownBy { trainScales(opt("nano"), to = "$none", steps = 100_000) }
            .hasMessage("stopped: training scales; no file was written: $none")
        assertThat(none).doesNotExist()
        assertThatThrownBy { trainScales(opt("nano"), to = "$none", steps = 0, batch = 0, rate = -1.0) }
            .hasMessageContaining("rate of the nets is not zero or positive")
            .hasMessageContaining("batch is not strictly positive: 0")
    }

    @ParameterizedTest
    @EnumSource
    fun `scales are trained on what a run minimises`(kind: Kind) {
        val examples =
            when (kind) {
                Kind.CLASSIFICATION, Kind.CHOICE ->
                    (1..4).map { Example("It is day $it of", listOf(" spring", " a long year"), it % 2) }
                Kind.GENERATION -> (1..4).map { Example.answered("What is $it?", listOf("number $it")) }
                Kind.TEXT -> (1..4).map { Example.answered("", listOf("It is day $it of a long year.")) }
            }
        val task = Part("own()") { GivenTask("own", kind, mapOf(Split.TRAIN to examples, Split.DEV to examples)) }
        val training = trainScales(opt("nano"), task, to = "${place.resolve("nets")}", steps = 1, batch = 2, seed = 3)
        val run =
            zo {
                model = opt("nano")
                this.task = task
                sampler = mezo()
                estimator = forwardGradient() // which tells the loss at θ
                steps = 1
                batch = 2
                seed = 3
                folder = "${place.resolve("run")}"
            }
        assertThat(training.steps[0].here()).isPositive().isEqualTo(run.steps()[0].loss())
    }

    @Test
    fun `scales are trained as the cell says, and what is wrong is told before`() {
        val nets = "${place.resolve("nets")}"

        fun trained(train: (String) -> ScaleTraining) =
            train(nets)
                .steps
                .last()
                .scales()
                .sigma()
        val plain = trained { trainScales(opt("nano"), to = it, steps = 3, batch = 2) }
        val others =
            listOf<(String) -> ScaleTraining>(
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, rule = sgd(), rate = 1000.0) },
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, form = Scales.Form.WHOLE) },
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, eta = 1e-2) },
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, epsilon = 1e-1) },
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, energy = sizeEnergy()) },
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, law = rademacher()) },
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, descent = 10.0) },
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, momentum = 0.0) },
                { trainScales(opt("nano"), to = it, steps = 3, batch = 2, clip = 1e-3) },
            ).map { trained(it) }
        assertThat(others).allSatisfy { assertThat(it).isNotEqualTo(plain) }
        val long = (1..3).map { Example("word ".repeat(3000), listOf(" yes", " no"), 0) }
        assertThatThrownBy {
            trainScales(
                opt("nano"),
                task("long", train = long, dev = emptyList(), test = emptyList()),
                to = nets,
                rule = adaMezo(),
                clip = 0.0,
            )
        }.hasMessageContaining("3 of 3 examples do not fit opt-nano")
            .hasMessageContaining("rule of the nets evaluates gradients of earlier steps again")
            .hasMessageContaining("clip is not strictly positive: 0.0")
            .hasMessageNotContaining("dev")
    }

    @Test
    fun `a function of a cell is an objective`() {
        val run =
            zo {
                objective = function("bowl", floatArrayOf(3f, -4f)) { x -> (x[0] * x[0] + 10 * x[1] * x[1]).toDouble() }
                sampler = mezo()
                learningRate = 1e-2
                steps = 300
                folder = "${place.resolve("bowl")}"
            }
        assertThat(run.best().orElseThrow().loss()).isLessThan(0.1)
        assertThat(run.summary()).contains("lowest loss").doesNotContain("NaN", "accuracy")
        assertThat(
            plan {
                objective = rosenbrock(10)
                sampler = ldsd()
            }.cost().parameters(),
        ).isEqualTo(10)
    }

    @Test
    fun `a function that is none asks for no model, and one that is needs no task`() {
        for ((objective, problem) in listOf(
            rosenbrock(1) to "dimension is less than 2: 1",
            function("f", floatArrayOf()) { 0.0 } to
                "start of the function f is empty; give it a number for each coordinate",
            quadratic(10, condition = 0.1) to "condition of the quadratic is less than 1: 0.1",
        )) {
            assertThatThrownBy {
                plan {
                    this.objective = objective
                    sampler = mezo()
                }
            }.hasMessage("this block cannot run:\n  $problem")
        }
        plan {
            objective = quadratic(3)
            sampler = mezo()
            task = null
        }
    }

    @Test
    fun `a plateau falls in the same steps when a run goes on`() {
        fun block(to: String) =
            zo {
                objective = quadratic(3)
                sampler = mezo()
                learningRate = 1e-4
                epsilon = 0.1 // the means of four losses go up and down by more than they fall
                schedule = plateau(window = 4)
                steps = 40
                folder = "${place.resolve(to)}"
            }
        val whole = block("whole")
        val rates = whole.steps().map { it.learningRate() }
        assertThat(rates.first()).isEqualTo(1e-4)
        assertThat(rates.distinct().size).isBetween(2, 10)
        assertThat(rates).isEqualTo(rates.sortedDescending())
        assertThat(rates.zipWithNext().map { (now, next) -> now / next }.distinct()).containsOnly(1.0, 2.0)
        Files.createDirectories(place.resolve("part"))
        val ledger = Files.readAllLines(place.resolve("whole").resolve(RunFolder.LEDGER))
        Files.write(place.resolve("part").resolve(RunFolder.LEDGER), ledger.take(19))
        assertThat(block("part").steps().map { it.learningRate() }).isEqualTo(rates)
        assertThat(place.resolve("part").resolve(RunFolder.BEST))
            .hasSameBinaryContentAs(place.resolve("whole").resolve(RunFolder.BEST))
    }

    @Test
    fun `what cannot be combined is told at once`() {
        assertThatThrownBy {
            plan {
                model = opt("nano")
                objective = rosenbrock(1)
                sampler = mezo(lowRank(rank = 0))
                rule = momentum(2.0)
                schedule = cosine(floor = 3.0)
                weightDecay = -1.0
                clip = Double.NaN
                batches = 0
            }
        }.hasMessageContaining("dimension is less than 2: 1")
            .hasMessageContaining("rank is not strictly positive: 0")
            .hasMessageContaining("beta of the momentum is not in [0, 1): 2.0")
            .hasMessageContaining("floor of the schedule is not in [0, 1]: 3.0")
            .hasMessageContaining("weightDecay is not zero or positive and finite: -1.0")
            .hasMessageContaining("clip is negative: NaN")
            .hasMessageContaining("batches is not strictly positive: 0")
        assertThatThrownBy {
            plan {
                model = opt("nano")
                objective = rosenbrock()
                sampler = mezo()
            }
        }.hasMessageContaining("model is set, and the objective rosenbrock(2) needs none")
        assertThatThrownBy {
            plan {
                objective = logistic()
                sampler = ldsd()
                estimator = centralDifference()
            }
        }.hasMessageContaining("learns from comparing two probes").hasMessageContaining("leaveOneOut(5)")
        assertThatThrownBy {
            plan {
                objective = function("f", FloatArray(2)) { 0.0 }
                sampler = zoFinetuner(proportionalScales())
            }
        }.hasMessageContaining("sampler zo-finetuner asks for an exact gradient, and the objective f has none")
        for (cancelling in listOf(leaveOneOut(4), guided(4))) {
            assertThatThrownBy {
                plan {
                    objective = logistic()
                    sampler = conMezo()
                    estimator = cancelling
                }
            }.hasMessageContaining("sampler conmezo steers by what its directions have in common, which cancels in")
                .hasMessageContaining("use centralDifference(), oneSided(4) or bestOf(4)")
        }
        assertThatThrownBy {
            plan {
                objective = logistic()
                sampler = mezo()
                estimator = antithetic(centralDifference(2))
            }
        }.hasMessageContaining("antithetic directions are of an estimator that knows both sides of each already")
        assertThatThrownBy {
            plan {
                objective = logistic()
                sampler = ldsd()
                estimator = antithetic(bestOf(2))
            }
        }.hasMessageContaining("sampler ldsd learns from comparing two probes of one side at least")
        assertThatThrownBy {
            plan {
                objective = logistic()
                sampler = hizoo()
                estimator = centralDifference()
            }
        }.hasMessageContaining("sampler hizoo learns from the curvature along a direction")
            .hasMessageContaining("use threePoint(alpha = 0.0)")
        assertThatThrownBy {
            plan {
                objective = logistic()
                sampler = ldsd()
                rule = adaMezo()
            }
        }.hasMessageContaining(
            "rule adam of the last 10",
        )
        assertThatThrownBy {
            plan {
                objective = logistic()
                sampler = mezoGv(candidates = 4, split = 0.1)
            }
        }.hasMessageContaining("split leaves no direction on one side of 4: 0.1")
        assertThatThrownBy {
            plan {
                objective = function("f", FloatArray(2)) { 0.0 }
                sampler = mezo()
                estimator = forwardGradient()
            }
        }.hasMessageContaining("asks for exact slopes, and the objective f has no gradient")
    }

    @Test
    fun `a saved mean is taken up`() {
        fun block(
            to: String,
            begin: Part<org.zolab.sampler.MeanStart>,
        ) = zo {
            objective = logistic()
            sampler = ldsd(start = begin)
            learningRate = 1e-9
            steps = 40
            folder = "${place.resolve(to)}"
        }
        block("first", zeroMean())
        val mean = place.resolve("first").resolve("mean.safetensors")
        assertThat(mean).exists()
        block("second", savedMean("$mean"))
        assertThat(place.resolve("second").resolve("mean.safetensors")).exists()
        assertThatThrownBy { block("third", savedMean("$place/nowhere")) }.hasMessageContaining("nowhere")
    }
}
