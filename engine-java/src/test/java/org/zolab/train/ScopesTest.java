package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.estimator.ForwardGradient;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.LanguageModel;
import org.zolab.model.Scope;
import org.zolab.model.Subset;
import org.zolab.model.adapter.Adapter;
import org.zolab.model.adapter.Lora;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.adapter.SoftPrompt;
import org.zolab.model.families.Models;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.objective.Toys;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.Subspace;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Weighting;
import org.zolab.tensor.LinearKernel;
import org.zolab.update.Adam;
import org.zolab.update.AdaptiveRate;
import org.zolab.update.Decayed;
import org.zolab.update.RuleConfig;
import org.zolab.update.TruncatedAdam;

/** Runs that train some parameters, and what they leave behind. */
class ScopesTest {

    private static final Compute COMPUTE = new Compute(LinearKernel.ATEN, 2);

    private static final List<Scope> SCOPES = List.of(
            Lora.of(2, 4, List.of()),
            Lora.of(3, 3, List.of("fc1", "out_proj")),
            Prefix.of(3, true),
            SoftPrompt.of(4),
            new Subset.BitFit(),
            new Subset.Top(),
            new Subset.Layers(2, 3));

    @TempDir
    Path folder;

    private Plan.Builder plan(Scope scope, String name) {
        return Plan.builder()
                .model(Models.opt("nano"))
                .tune(scope)
                .method(Method.mezo())
                .task(FineTunerTest.TINY)
                .steps(6)
                .batch(4)
                .evaluateEvery(3)
                .learningRate(1e-3)
                .compute(COMPUTE)
                .folder(folder.resolve(name));
    }

    private static Run run(Plan.Builder plan) {
        return new FineTuner(plan.build()).run(event -> {});
    }

    private static Method ldsd() {
        return Method.ldsd(new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN), 3);
    }

    /** A run that goes on from its third step ends where the whole one does, and its vectors are as large as the scope. */
    @Test
    void everyScopeReplays() throws IOException {
        for (Scope scope : SCOPES) {
            for (Method method : List.of(Method.mezo(), ldsd())) {
                Path whole = folder.resolve(scope + "-" + method.name());
                Path again = folder.resolve(scope + "-" + method.name() + "-again");
                Run run = run(plan(scope, whole.toString()).method(method));
                assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
                Files.createDirectories(again);
                List<String> lines = Files.readAllLines(whole.resolve(RunFolder.LEDGER));
                Files.writeString(again.resolve(RunFolder.LEDGER), String.join("\n", lines.subList(0, 3)) + "\n");
                Run resumed = run(plan(scope, again.toString()).method(method));
                assertThat(Files.readAllLines(again.resolve(RunFolder.LEDGER))).isEqualTo(lines);
                assertThat(resumed.dev().get(2).loss())
                        .isEqualTo(run.dev().get(2).loss());
                assertThat(run.dev().get(2).loss())
                        .isNotEqualTo(run.dev().get(0).loss());
                if (method.name().equals("ldsd")) {
                    assertThat(again.resolve("mean.safetensors"))
                            .hasSameBinaryContentAs(whole.resolve("mean.safetensors"));
                    long dimension =
                            scope.of(Models.opt("nano").family()).space().dimension();
                    Weights mean = Safetensors.file(whole.resolve("mean.safetensors"));
                    assertThat(mean.names().stream().mapToLong(mean::elements).sum())
                            .isEqualTo(dimension);
                }
            }
        }
    }

    /** The saved adapter and the saved model are the best checkpoint: the same losses, to the rounding of their files. */
    @Test
    void whatIsSavedIsTheBestCheckpoint() {
        Run run = run(plan(Lora.of(4, 8, List.of()), "run"));
        Path adapter = folder.resolve("adapter");
        run.saveAdapter(adapter);
        Weights best = Safetensors.file(folder.resolve("run").resolve(RunFolder.BEST));
        Weights saved = Safetensors.file(adapter.resolve("adapter_model.safetensors"));
        assertThat(saved.names()).containsExactlyElementsOf(best.names()).hasSize(16);
        saved.names().forEach(name -> assertThat(saved.floats(name)).containsExactly(best.floats(name)));
        Lora read = Lora.read(adapter);
        assertThat(read.rank()).isEqualTo(4);
        assertThat(read.alpha()).isEqualTo(8);
        assertThat(read).hasToString("lora(\"" + adapter + "\")");
        assertThat(ModelFiles.folder(adapter)
                        .json("adapter_config.json")
                        .path("target_modules")
                        .toString())
                .isEqualTo("[\"q_proj\",\"v_proj\"]");

        Run onward = run(plan(read, "onward"));
        double least = run.best().orElseThrow().loss();
        assertThat(onward.dev().get(0).loss()).isEqualTo(least);
        for (Dtype dtype : List.of(Dtype.F32, Dtype.F16, Dtype.BF16)) {
            Path model = folder.resolve("model-" + dtype);
            run.saveModel(model, dtype);
            assertThat(Weights.of(ModelFiles.folder(model)).dtype("model.decoder.layers.0.self_attn.q_proj.weight"))
                    .isEqualTo(dtype);
            Run again = run(plan(new Subset.Full(), "of-" + dtype)
                    .model(Models.at(model))
                    .steps(1));
            assertThat(again.dev().get(0).loss())
                    .isCloseTo(least, within(dtype == Dtype.F32 ? 0 : dtype == Dtype.F16 ? 1e-3 : 2e-2));
        }
    }

    /** PEFT's patterns: the first that matches a layer's name whole or behind a dot says its r or α. */
    @Test
    void layersHaveTheirOwnRankAndScale() throws IOException {
        List<String> layers = List.of("q_proj", "v_proj", "fc1");
        Lora.Scaling scaling = new Lora.Scaling(
                true, Map.of("fc1", 2, "layers.1.self_attn.v_proj", 9), Map.of("layers.0.self_attn.q_proj", 3.0));
        Run run = run(plan(new Lora(4, 8, layers, List.of(), scaling, null), "run"));
        assertThat(run.plan().toString())
                .contains("on = [q_proj, v_proj, fc1], scaling = Scaling[stabilised=true, ranks={");
        Path adapter = folder.resolve("adapter");
        run.saveAdapter(adapter);
        JsonNode told = ModelFiles.folder(adapter).json("adapter_config.json");
        assertThat(told.path("use_rslora").booleanValue()).isTrue();
        assertThat(told.path("rank_pattern")).hasSize(5);
        assertThat(told.path("rank_pattern").path("model.decoder.layers.3.fc1").intValue())
                .isEqualTo(2);
        assertThat(told.path("alpha_pattern").toString())
                .isEqualTo("{\"model.decoder.layers.0.self_attn.q_proj\":3.0}");

        double least = run.best().orElseThrow().loss();
        Lora read = Lora.read(adapter);
        assertThat(run(plan(read, "onward").steps(1)).dev().get(0).loss()).isEqualTo(least);
        Path again = folder.resolve("again");
        run(plan(read, "more").steps(1)).saveAdapter(again);
        assertThat(ModelFiles.folder(again).json("adapter_config.json")).isEqualTo(told);

        Path config = adapter.resolve("adapter_config.json");
        String ranks =
                "{\"xfc1\": 5, \"l.yers.\\\\d+.(fc1|fc2)\": 2, \"fc1\": 6, \"^model.*[1]..*v_proj\": 9, \"proj\": 7}";
        String alphas = "{\"^layers.0.self_attn.q_proj\": 5, \".*rs.0.*q_proj\": 3}";
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceFirst("(?s)(\"rank_pattern\" : )\\{.*?}", "$1" + Matcher.quoteReplacement(ranks))
                        .replaceFirst("(?s)(\"alpha_pattern\" : )\\{.*?}", "$1" + Matcher.quoteReplacement(alphas)));
        Lora patterns = Lora.read(adapter);
        assertThat(patterns.scaling()).isEqualTo(read.scaling());
        assertThat(run(plan(patterns, "patterns").steps(1)).dev().get(0).loss()).isEqualTo(least);
    }

    /** W + (α/√r)·B·A of one layer by hand, and α/r where it is not rank-stabilised. */
    @Test
    void mergedWeightsAreScaledAsTold() {
        String layer = "model.decoder.layers.2.fc1";
        for (boolean stabilised : List.of(true, false)) {
            Lora lora = new Lora(
                    4,
                    8,
                    List.of("fc1"),
                    List.of(),
                    new Lora.Scaling(stabilised, Map.of("2.fc1", 3), Map.of("2.fc1", 5.0)),
                    null);
            try (LanguageModel plain = Models.opt("nano").load(COMPUTE);
                    LanguageModel model = Models.opt("nano").load(COMPUTE, lora, 1)) {
                ParameterVector theta = model.parameters();
                theta.move(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), 0.1);
                float[] a = numbers(theta, "base_model.model." + layer + ".lora_A.weight");
                float[] b = numbers(theta, "base_model.model." + layer + ".lora_B.weight");
                float[] before = numbers(plain.parameters(), layer + ".weight");
                int in = a.length / 3;
                double scale = 5 / (stabilised ? Math.sqrt(3) : 3);
                try (LanguageModel merged = model.merged()) {
                    float[] after = numbers(merged.parameters(), layer + ".weight");
                    for (int i = 0; i < after.length; i += 97) {
                        double product = 0;
                        for (int k = 0; k < 3; k++) {
                            product += (double) b[i / in * 3 + k] * a[k * in + i % in];
                        }
                        assertThat((double) after[i]).isCloseTo(before[i] + scale * product, within(1e-6));
                    }
                }
            }
        }
    }

    private static float[] numbers(ParameterVector theta, String name) {
        FloatBuffer elements = theta.storage().of(theta.space().indexOf(name));
        float[] numbers = new float[elements.remaining()];
        elements.get(numbers);
        return numbers;
    }

    /** What goes before texts is the best checkpoint's when it is saved and read, and when the run's model is. */
    @Test
    void whatGoesBeforeTextsIsKept() {
        for (Adapter scope : List.of(Prefix.of(3, true), SoftPrompt.of(4))) {
            String name = scope.getClass().getSimpleName();
            Run run = run(plan(scope, name).learningRate(1e-2).epsilon(1e-2));
            Path adapter = folder.resolve(name + "-adapter");
            run.saveAdapter(adapter);
            Adapter read = scope instanceof Prefix ? Prefix.read(adapter) : SoftPrompt.read(adapter);
            assertThat(read).hasToString(scope.toString().replaceFirst("tokens = .", '"' + adapter.toString() + '"'));
            double least = run.best().orElseThrow().loss();
            assertThat(run(plan(read, name + "-onward").steps(1)).dev().get(0).loss())
                    .isEqualTo(least);
            Run again = run(plan(new Subset.BitFit(), name + "-again")
                    .model(run.model())
                    .steps(1));
            assertThat(again.dev().get(0).loss()).isEqualTo(least);
            assertThatThrownBy(() -> again.saveModel(folder.resolve("none"), Dtype.F32))
                    .hasMessageContaining(
                            "texts of this model begin with trained vectors, which no file of a model holds");
            Run more = run(plan(Lora.of(2, 2, List.of()), name + "-more")
                    .model(run.model())
                    .steps(1));
            assertThatThrownBy(() -> more.saveAdapter(folder.resolve("none")))
                    .hasMessageContaining(
                            "the adapter belongs to another run's model, which is in no file: opt-nano of " + name);
        }
        Run unshifted = run(plan(Prefix.of(3, false), "unshifted").steps(1));
        assertThat(unshifted.plan().toString()).contains("tune: prefix(tokens = 3, shifted = false)");
        assertThatThrownBy(() -> unshifted.saveAdapter(folder.resolve("none")))
                .hasMessageContaining("positions that begin at 0, and PEFT counts them behind it");
    }

    @Test
    void aFolderWithOtherFilesStaysAsItIs() throws IOException {
        Run run = run(plan(new Subset.BitFit(), "run"));
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.writeString(other.resolve("thesis.txt"), "years");
        assertThatThrownBy(() -> run.saveModel(other, Dtype.F32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds other files, so nothing was written: thesis.txt");
        assertThat(other).isDirectoryContaining(file -> file.endsWith("thesis.txt"));
        assertThat(other.toFile().list()).hasSize(1);
        assertThatThrownBy(() -> run.saveAdapter(folder.resolve("adapter")))
                .hasMessageContaining("the run trained no adapter, its tune is bitFit()");
        run.saveModel(folder.resolve("model"), Dtype.F32);
        run.saveModel(folder.resolve("model"), Dtype.F16); // what it wrote itself is replaced
        try (LanguageModel model = Models.at(folder.resolve("model")).load(COMPUTE)) {
            assertThat(model.tokenizer().encode("a file")).isNotEmpty();
        }
        Path theirs = Files.createDirectories(folder.resolve("theirs"));
        Path weights = theirs.resolve("model.safetensors");
        Files.copy(Path.of("..", "integration-tests", "goldens", "models", "opt-tiny", "model.safetensors"), weights);
        byte[] bytes = Files.readAllBytes(weights);
        assertThatThrownBy(() -> run.saveModel(theirs, Dtype.F32))
                .hasMessageContaining(
                        "holds files that ZoLab has not written, so nothing was written: model.safetensors");
        assertThat(Files.readAllBytes(weights)).isEqualTo(bytes);
        try (var left = Files.list(folder)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("run", "other", "model", "theirs");
        }
    }

    @Test
    void aPlanTellsWhatAScopeCosts() {
        Cost full = plan(new Subset.Full(), "full").build().cost();
        Cost low = plan(Lora.of(8, 8, List.of()), "lora").build().cost();
        assertThat(low.parameters()).isEqualTo(4L * 2 * 8 * (192 + 192));
        assertThat(plan(Lora.of(8, 8, List.of()), "lora").build().toString())
                .contains("tune: lora(r = 8, alpha = 8.0)");
        assertThat(low.parameters()).isLessThan(full.parameters());
        assertThat(quickest(new Subset.Top())).isLessThan(0.8 * quickest(new Subset.Full()));
    }

    /** The least of three plans' seconds, since other work on the machine can only add to what a plan measures. */
    private double quickest(Scope scope) {
        return IntStream.range(0, 3)
                .mapToDouble(
                        i -> plan(scope, "scope").steps(100_000).build().cost().seconds())
                .min()
                .orElseThrow();
    }

    @Test
    void whatLiesBelowATrainedStageIsPlannedOnceForAStep() {
        Plan plan = plan(new Subset.Full(), "full").build();
        Rehearsal took = new Rehearsal(new Rehearsal.Line(1, 10), new Rehearsal.Line(2, 7), 1e-3, 640);
        assertThat(Cost.step(plan, took, 4, 0, 100)).isCloseTo(2 * 41 + 0.1, within(1e-9));
        assertThat(Cost.step(plan, took, 4, 3, 100)).isCloseTo(2 * 11 + 3 * 7 + 0.1, within(1e-9));
    }

    /** Both θ ← θ + cz and losses at θ ± εz are rehearsed with the noise of the plan's law, of all parameters, and with no other. */
    @Test
    void aPlanMeasuresItsOwnLaw() {
        Map<Integer, LongAdder> computed = new ConcurrentHashMap<>();
        DirectionLaw counted = new DirectionLaw() {
            @Override
            public DirectionLaw noise() {
                return this;
            }

            @Override
            public Draws on(ParameterVector theta) {
                return key -> Direction.noise(key, Law.GAUSSIAN)
                        .times(Weighting.elements(theta.space().tensors().stream()
                                .map(tensor -> new Computed(computed.computeIfAbsent(key.draw(), i -> new LongAdder())))
                                .toArray(BitSet[]::new)));
            }
        };
        plan(new Subset.Full(), "own").method(Method.mezo(counted)).build().cost();
        Family family = Models.opt("nano").family();
        assertThat(computed).hasSize(2); // a draw to move along, and one to measure losses at
        assertThat(computed.values()).allSatisfy(elements -> assertThat(elements.sum())
                .isGreaterThanOrEqualTo(family.space().dimension()));
    }

    /** All elements, which counts how many of them are computed. */
    private static final class Computed extends BitSet {
        private static final long serialVersionUID = 1L;
        private final LongAdder count;

        Computed(LongAdder count) {
            this.count = count;
        }

        @Override
        public boolean get(int element) {
            count.increment();
            return true;
        }
    }

    @Test
    void readingsRulesAndGradientsAreInAPlansTime() {
        Rehearsal took = new Rehearsal(new Rehearsal.Line(1, 10), new Rehearsal.Line(2, 7), 1e-3, 640);
        double plain = 2 * 41 + 0.1;
        Map<Instrument, Double> readings = Map.of(
                Instruments.alignment(),
                3.5,
                Instruments.energy(),
                3.5,
                Instruments.slopes(),
                5.5,
                Instruments.drift(),
                1.0,
                Instruments.signalToNoise(),
                11.0,
                moment -> Map.of(),
                0.0);
        readings.forEach((instrument, forwards) -> {
            Plan plan = plan(new Subset.Full(), "read")
                    .measure(List.of(instrument.every(1), instrument.every(2)))
                    .build();
            assertThat(Cost.step(plan, took, 4, 0, 100)).isCloseTo(plain + 1.5 * forwards * 41, within(1e-9));
        });
        Map<RuleConfig, Integer> estimates = Map.of(
                new TruncatedAdam(0.7, 0.9, 50, 1e-8), 50,
                new AdaptiveRate(0.9), 2,
                new Decayed(new AdaptiveRate(0.9), 0.1), 2,
                new Adam(0.9, 0.9, 1e-8), 1);
        estimates.forEach((rule, times) -> {
            Plan plan = plan(new Subset.Full(), "rule").rule(rule).build();
            assertThat(Cost.step(plan, took, 4, 0, 100)).isCloseTo(plain + 0.1 * (times - 1), within(1e-9));
        });
        Plan exact = plan(new Subset.Full(), "exact")
                .method(Method.mezo().with(epsilon -> new ForwardGradient()))
                .build();
        assertThat(Cost.step(exact, took, 4, 0, 100)).isCloseTo(3.5 * 41 + 0.05 + 0.1, within(1e-9));
    }

    @Test
    void vectorsOfAllPartsAreInAPlansMemory() {
        Plan plain = plan(new Subset.Full(), "plain").build();
        ParameterSpace space = plain.subject().space();
        long vector = Float.BYTES * space.dimension();
        assertThat(Cost.kept(plain, space, 2)).isZero();
        Plan all = plan(new Subset.Full(), "all")
                .method(Method.ldsd(
                        new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, new Subspace(8, 50)), 3))
                .rule(new Adam(0.9, 0.9, 1e-8))
                .measure(List.of(
                        Instruments.drift().every(1), Instruments.alignment().every(5)))
                .build();
        // μ, two of Adam, two of the longer reading, and for the gradient one and one for each thread
        assertThat(Cost.kept(all, space, 2)).isEqualTo((1 + 2 + 2 + 3) * vector + new Subspace(8, 50).keptBytes(space));
        assertThat(all.cost().bytes()).isGreaterThan(plain.cost().bytes() + 7 * vector);
        Plan slope = plan(new Subset.Full(), "slope")
                .method(Method.mezo().with(epsilon -> new ForwardGradient()))
                .build();
        assertThat(Cost.kept(slope, space, 2)).isEqualTo(4 * vector);
        Plan function = Plan.builder()
                .subject(new FunctionSubject(Toys.twoLayers(1)))
                .method(Method.mezo())
                .measure(List.of(Instruments.alignment().every(1)))
                .build();
        assertThat(Cost.uncounted(function)).isEqualTo(3.5);
    }

    @Test
    void whatAModelHasNotIsToldWithTheRest() {
        assertThatThrownBy(() -> plan(Lora.of(8, 8, List.of("c_attn", "fc1")), "a")
                        .batch(0)
                        .build())
                .hasMessageContaining("batch is not strictly positive: 0")
                .hasMessageContaining(
                        "on of lora names no linear layer of this model: c_attn; there are q_proj, k_proj, "
                                + "v_proj, out_proj, fc1, fc2");
        assertThatThrownBy(() -> plan(new Subset.Layers(2, 4), "a").build())
                .hasMessageContaining("layers are counted from 0 to 3 in this model: 4");
        assertThatThrownBy(() -> plan(new Subset.Tensors("nothing"), "a").build())
                .hasMessageContaining("tune = tensors(\"nothing\") trains no tensor of this model");
        assertThatThrownBy(() -> Lora.of(0, -1, List.of()))
                .hasMessageContaining("r of lora is not strictly positive: 0")
                .hasMessageContaining("alpha of lora is not strictly positive and finite: -1.0");
        assertThatThrownBy(() -> Prefix.of(0, true)).hasMessage("tokens of prefix is not strictly positive: 0");
        assertThatThrownBy(() -> SoftPrompt.of(-1)).hasMessage("tokens of promptTuning is not strictly positive: -1");
        assertThatThrownBy(() ->
                        plan(SoftPrompt.of(20), "a").maxLength(240).batch(0).build())
                .hasMessageContaining("batch is not strictly positive: 0")
                .hasMessageContaining("maxLength is more than the 236 tokens that");
        assertThatThrownBy(() -> plan(Prefix.of(256, false), "a").build())
                .hasMessageContaining(
                        "tokens before a text leave no room for it in the 256 that this model takes: 256");
        assertThatThrownBy(() -> new Subset.Tensors("(")).hasMessageContaining("not a regular expression: (");
        assertThatThrownBy(() -> new Subset.Layers(3, 2)).hasMessageContaining("before the first, 3: 2");
    }

    @Test
    void anAdapterThatIsNotRunIsRefused() throws IOException {
        Run run = run(plan(Lora.of(4, 8, List.of()), "run").steps(1));
        Path adapter = folder.resolve("adapter");
        run.saveAdapter(adapter);
        Path config = adapter.resolve("adapter_config.json");
        String text = Files.readString(config);
        Files.writeString(config, text.replace("\"none\"", "\"all\", \"use_dora\": true"));
        assertThatThrownBy(() -> Lora.read(adapter))
                .hasMessageContaining("describes no adapter that can be run")
                .hasMessageContaining("bias is not none: \"all\"")
                .hasMessageContaining("use_dora is set, and is not run here: true")
                .hasMessageContaining("merge_and_unload()");
        Files.writeString(
                config,
                text.replaceFirst("\"rank_pattern\" : \\{.*?}", "\"rank_pattern\" : {\"fc1\": \"two\", \"fc2\": 2.5}")
                        .replaceFirst("\"alpha_pattern\" : \\{.*?}", "\"alpha_pattern\" : []")
                        .replaceFirst("\"use_rslora\" : false", "\"use_rslora\" : \"yes\""));
        assertThatThrownBy(() -> Lora.read(adapter))
                .hasMessageContaining("use_rslora is not true or false: \"yes\"")
                .hasMessageContaining("rank_pattern of fc1 is not a whole number: \"two\"")
                .hasMessageContaining("rank_pattern of fc2 is not a whole number: 2.5")
                .hasMessageContaining("alpha_pattern is no object: []");
        Files.writeString(config, text.replaceFirst("\"rank_pattern\" : \\{.*?}", "\"rank_pattern\" : {\"(\": 2}"));
        assertThatThrownBy(() -> Lora.read(adapter))
                .hasMessageContaining("a pattern of layers is not a regular expression: (");
        for (String endless : List.of(".*.*.*.*.*.*.*.*!", "((.?){50}){50}!", "([a-z._0-9]+)+\\2!")) {
            Files.writeString(
                    config,
                    text.replaceFirst(
                            "\"alpha_pattern\" : \\{.*?}",
                            Matcher.quoteReplacement(
                                    "\"alpha_pattern\" : {\"" + endless.replace("\\", "\\\\") + "\": 2}")));
            assertThatThrownBy(() -> Lora.read(adapter))
                    .hasMessageStartingWith(config + " describes no adapter that can be run")
                    .hasMessageContaining("a pattern of layers takes too long to match model.decoder.layers.")
                    .hasMessageContaining(": " + endless + "; write a simpler one");
        }
        Files.writeString(
                config, text.replaceFirst("\"rank_pattern\" : \\{.*?}", "\"rank_pattern\" : {\"q_proj\": 0}"));
        assertThatThrownBy(() -> Lora.read(adapter)).hasMessageContaining("r of lora is not strictly positive: 0");
        Files.writeString(config, text.replaceFirst("\"r\" : 4", "\"r\" : 5"));
        assertThatThrownBy(() -> plan(Lora.read(adapter), "x").build())
                .hasMessageContaining("shape of base_model.model.model.decoder.layers.0.self_attn.q_proj.lora_A.weight "
                        + "is not [5, 192]: [4, 192]");
        Files.writeString(config, text);
        Path tiny = Path.of("..", "integration-tests", "goldens", "models", "opt-tiny");
        assertThatThrownBy(() ->
                        plan(Lora.read(adapter), "x").model(Models.at(tiny)).build())
                .hasMessageContaining("on of lora names no linear layer of this model: model.decoder.layers.2");
        assertThatThrownBy(() -> Prefix.read(adapter))
                .hasMessage(config + " is of another kind of adapter, LORA and not PREFIX_TUNING: write lora(\""
                        + adapter + "\")");
        Files.writeString(config, "{\"peft_type\": \"PREFIX_TUNING\"}");
        assertThatThrownBy(() -> Prefix.read(adapter))
                .hasMessageContaining("num_virtual_tokens is not a whole number: missing");
        Files.writeString(config, text);
        Files.delete(adapter.resolve("adapter_model.safetensors"));
        assertThatThrownBy(() -> Lora.read(adapter)).hasMessageContaining("adapter's weights are not there");
    }
}
