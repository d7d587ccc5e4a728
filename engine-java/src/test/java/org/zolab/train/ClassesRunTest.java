package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.LanguageModel;
import org.zolab.model.Scope;
import org.zolab.model.StoredModel;
import org.zolab.model.Subset;
import org.zolab.model.adapter.AdapterFolder;
import org.zolab.model.adapter.Lora;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.adapter.SoftPrompt;
import org.zolab.model.families.Models;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.objective.Prediction;
import org.zolab.space.ParameterSpace;
import org.zolab.task.Example;
import org.zolab.task.GivenTask;
import org.zolab.task.Kind;
import org.zolab.task.Split;
import org.zolab.task.Task;
import org.zolab.tensor.LinearKernel;

/** Runs of models with a head of classes, a new one mostly, and what they leave behind. */
class ClassesRunTest {

    private static final Compute COMPUTE = new Compute(LinearKernel.ATEN, 2);
    private static final Path MODELS = Path.of("..", "integration-tests", "goldens", "models");
    private static final StoredModel BERT =
            Models.at(MODELS.resolve("bert-tiny")).classifying(3);
    private static final StoredModel ROBERTA =
            Models.at(MODELS.resolve("roberta-tiny")).classifying(3);

    private static final List<Scope> SCOPES = List.of(
            new Subset.Full(),
            Lora.of(2, 4, List.of()),
            Lora.of(2, 4, List.of("query", "dense"), List.of("pooler")),
            new Subset.BitFit(),
            new Subset.Top(),
            new Subset.Layers(1, 1),
            Prefix.of(3, true),
            SoftPrompt.of(4));

    @TempDir
    Path folder;

    private static Task task(Kind kind, String... options) {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String text = i % 2 == 0 ? "the film was great, " + i : "the film was great[SEP]a waste of time, " + i;
            examples.add(new Example(text, List.of(options), i % options.length));
        }
        return new GivenTask("films", kind, Map.of(Split.TRAIN, examples, Split.DEV, examples, Split.TEST, examples));
    }

    private Plan.Builder plan(StoredModel model, Scope scope, String name) {
        return Plan.builder()
                .model(model)
                .tune(scope)
                .method(Method.mezo())
                .task(task(Kind.CLASSIFICATION, " bad", " so so", " good"))
                .steps(6)
                .batch(4)
                .evaluateEvery(3)
                .learningRate(1e-2)
                .compute(COMPUTE)
                .folder(folder.resolve(name));
    }

    private static Run run(Plan.Builder plan) {
        return new FineTuner(plan.build()).run(event -> {});
    }

    /** Whatever is trained, the run's model is the best checkpoint, and so is what is saved: transformers' classes, without a word of them in a cell. */
    @Test
    void everyScopeTrainsAndIsSaved() {
        for (StoredModel source : List.of(BERT, ROBERTA)) {
            for (Scope scope : SCOPES) {
                if (source == ROBERTA && scope.toString().contains("pooler")) {
                    continue; // has none
                }
                String name = source.name() + scope;
                Run run = run(plan(source, scope, name));
                assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
                assertThat(run.dev().get(1).loss())
                        .as(name)
                        .isNotEqualTo(run.dev().get(0).loss());
                double least = run.best().orElseThrow().loss();
                Run again = run(plan(source, new Subset.BitFit(), name + "-again")
                        .model(run.model())
                        .steps(1));
                assertThat(again.dev().get(0).loss()).isEqualTo(least);
                if (scope instanceof Prefix || scope instanceof SoftPrompt) {
                    continue;
                }
                Path saved = folder.resolve(name + "-saved");
                run.saveModel(saved, Dtype.F32);
                StoredModel read = Models.at(saved);
                assertThat(read.family().labels()).containsExactly("LABEL_0", "LABEL_1", "LABEL_2");
                assertThat(run(plan(read, scope, name + "-read").steps(1))
                                .dev()
                                .get(0)
                                .loss())
                        .isEqualTo(least);
            }
        }
    }

    /** With the adapter's own numbers in place of those that another seed draws. */
    @Test
    void anAdapterHoldsTheHead() {
        Run run = run(plan(ROBERTA, Lora.of(2, 4, List.of()), "run"));
        run.saveAdapter(folder.resolve("adapter"));
        List<Integer> chosen =
                run.predictions(Split.DEV).stream().map(Prediction::chosen).toList();
        Run onward = run(plan(ROBERTA, Lora.read(folder.resolve("adapter")), "onward")
                .seed(7)
                .learningRate(1e-9));
        assertThat(onward.dev().get(0).loss())
                .isEqualTo(run.best().orElseThrow().loss());
        assertThat(onward.predictions(Split.DEV).stream().map(Prediction::chosen))
                .containsExactlyElementsOf(chosen);
        assertThat(run(plan(ROBERTA, Lora.of(2, 4, List.of()), "other").seed(7))
                        .dev()
                        .get(0)
                        .loss())
                .isNotEqualTo(run.dev().get(0).loss());
        assertThatThrownBy(() -> plan(
                                Models.at(MODELS.resolve("roberta-tiny")), Lora.read(folder.resolve("adapter")), "none")
                        .task(task(Kind.CLASSIFICATION, " terrible", " great"))
                        .build())
                .hasMessageContaining(
                        "is an adapter of a model that tells classes apart, and this model has no such head;"
                                + " begin with classes = 3");
    }

    /** One that PEFT trained on the bare encoder, or without a task type, leaves the head as the model has it. */
    @Test
    void anAdapterWithoutAHeadIsReadToo() throws IOException {
        Path golden = MODELS.resolveSibling("adapters").resolve("bert-classes-lora");
        Weights whole = Safetensors.file(golden.resolve("adapter_model.safetensors"));
        Path bare = Files.createDirectories(folder.resolve("bare"));
        Files.writeString(
                bare.resolve("adapter_config.json"),
                Files.readString(golden.resolve("adapter_config.json"))
                        .replace("SEQ_CLS", "FEATURE_EXTRACTION")
                        .replace("\"classifier\",", ""));
        SafetensorsWriter.write(
                bare.resolve("adapter_model.safetensors"),
                whole.names().stream()
                        .filter(name -> name.contains(".bert."))
                        .map(name -> new SafetensorsWriter.Tensor(
                                name.replace("model.bert.", "model."),
                                Dtype.F32,
                                whole.shape(name),
                                FloatBuffer.wrap(whole.floats(name))))
                        .toList(),
                Map.of());
        StoredModel source = Models.at(MODELS.resolve("bert-classes"));
        try (LanguageModel plain = source.load(COMPUTE);
                LanguageModel read = source.load(COMPUTE, Lora.read(bare), 0);
                LanguageModel kept = source.load(COMPUTE, Lora.read(golden), 0)) {
            for (LanguageModel each : List.of(read, kept)) {
                each.parameters().space().tensors().stream()
                        .map(ParameterSpace.Tensor::name)
                        .filter(name -> name.contains("lora_"))
                        .forEach(name -> assertThat(numbers(each, name)).containsExactly(whole.floats(name)));
            }
            float[] own = numbers(plain, "classifier.weight");
            assertThat(numbers(read, "classifier.weight")).containsExactly(own);
            assertThat(numbers(kept, "classifier.weight"))
                    .containsExactly(whole.floats("base_model.model.classifier.weight"))
                    .isNotEqualTo(own);
        }
        try (LanguageModel tokens = Models.at(MODELS.resolve("bert-tiny")).load(COMPUTE, Lora.read(bare), 0)) {
            assertThat(tokens.parameters().space().tensors()).hasSize(8);
        }
    }

    private static float[] numbers(LanguageModel model, String name) {
        int index = model.parameters().space().indexOf(name);
        float[] numbers = new float[model.parameters().space().tensor(index).size()];
        model.parameters().storage().read(index, 0, numbers, 0, numbers.length);
        return numbers;
    }

    /** With BERT; PEFT cannot run it without a pooler, and has another first token behind a prompt. */
    @Test
    void aPrefixIsKeptWithItsHead() {
        StoredModel bert = Models.at(MODELS.resolve("bert-classes"));
        Run run = run(plan(bert, Prefix.of(3, true), "run"));
        run.saveAdapter(folder.resolve("adapter"));
        assertThat(Safetensors.file(folder.resolve("adapter").resolve("adapter_model.safetensors"))
                        .names())
                .containsExactlyInAnyOrder(
                        "prompt_embeddings", "base_model.classifier.weight", "base_model.classifier.bias");
        Run onward = run(plan(bert, Prefix.read(folder.resolve("adapter")), "onward"));
        assertThat(onward.dev().get(0).loss())
                .isEqualTo(run.best().orElseThrow().loss())
                .isNotEqualTo(run.dev().get(0).loss());
        assertThatThrownBy(() -> Prefix.of(3, true).config(ROBERTA.family()))
                .hasMessageContaining("only with a pooler, such as BERT's");
        assertThatThrownBy(() -> SoftPrompt.of(3).config(bert.family()))
                .hasMessageContaining("PEFT reads classes off a trained prompt's first row");
    }

    @Test
    void anAdapterWithoutWhatWasDrawnIsNotSaved() {
        Run run = run(plan(BERT, Lora.of(2, 4, List.of()), "run").steps(1));
        assertThatThrownBy(() -> run.saveAdapter(folder.resolve("adapter")))
                .hasMessageContaining("the adapter leaves out what the run drew for its new head")
                .hasMessageContaining("[bert.pooler.dense.bias, bert.pooler.dense.weight]");
        Run whole = run(plan(BERT, Lora.of(2, 4, List.of(), List.of("pooler")), "whole"));
        whole.saveAdapter(folder.resolve("adapter"));
        Run onward =
                run(plan(BERT, Lora.read(folder.resolve("adapter")), "onward").seed(7));
        assertThat(onward.dev().get(0).loss())
                .isEqualTo(whole.best().orElseThrow().loss());
        assertThat(ModelFiles.folder(folder.resolve("adapter"))
                        .json("adapter_config.json")
                        .path("modules_to_save")
                        .toString())
                .isEqualTo("[\"classifier\",\"pooler\"]");
        assertThatThrownBy(() -> plan(BERT, Lora.of(2, 4, List.of(), List.of("score_head")), "none")
                        .build())
                .hasMessageContaining("modulesToSave of lora names no module of this model's head: score_head");
        assertThatThrownBy(() -> Lora.of(2, 4, List.of(), List.of("lm_head"))
                        .of(Models.opt("nano").family()))
                .hasMessageContaining("modulesToSave of lora is of models with a head of classes: [lm_head]");
    }

    /** Weights normal with initializer_range, 0.02, biases zero, everything else as the files have it. */
    @Test
    void aNewHeadBeginsAsInTransformers() {
        try (LanguageModel first = BERT.load(COMPUTE, 1);
                LanguageModel same = BERT.load(COMPUTE, 1);
                LanguageModel other = BERT.load(COMPUTE, 2);
                LanguageModel tokens = Models.at(MODELS.resolve("bert-tiny")).load(COMPUTE)) {
            Family family = first.family();
            int drawn = 0;
            for (ParameterSpace.Tensor tensor : family.space().tensors()) {
                float[] numbers = numbers(first, tensor.name());
                assertThat(numbers(same, tensor.name())).containsExactly(numbers);
                if (family.begins(tensor).isEmpty()) {
                    assertThat(numbers(tokens, tensor.name())).containsExactly(numbers);
                } else if (tensor.name().endsWith("bias")) {
                    assertThat(numbers).containsOnly(0f);
                } else {
                    assertThat(numbers(other, tensor.name())).isNotEqualTo(numbers);
                    drawn += numbers.length;
                }
            }
            assertThat(drawn).isEqualTo(32 * 32 + 3 * 32);
            float[] dense = numbers(first, "bert.pooler.dense.weight");
            double square = 0;
            for (float x : dense) {
                square += (double) x * x;
            }
            // five standard errors of a variance: crossed once in 1.7 million, and the seed is fixed
            assertThat(square / dense.length).isCloseTo(4e-4, within(5 * 4e-4 * Math.sqrt(2.0 / dense.length)));
        }
    }

    /** An encoder's files, as MiniLM's: no head at all, and names without the model's. A pooler that is there is read, and only the rest is new. */
    @Test
    void anEncoderWithoutAHeadIsGivenOne() throws IOException {
        Weights whole = Weights.of(ModelFiles.folder(MODELS.resolve("bert-classes")));
        Path encoder = Files.createDirectories(folder.resolve("encoder"));
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
            Files.copy(MODELS.resolve("bert-classes").resolve(file), encoder.resolve(file));
        }
        String config = Files.readString(MODELS.resolve("bert-classes").resolve("config.json"));
        Files.writeString(encoder.resolve("config.json"), config.replace("BertForSequenceClassification", "BertModel"));
        SafetensorsWriter.write(
                encoder.resolve("model.safetensors"),
                whole.names().stream()
                        .filter(name -> name.startsWith("bert."))
                        .map(name -> new SafetensorsWriter.Tensor(
                                name.substring(5), Dtype.F32, whole.shape(name), FloatBuffer.wrap(whole.floats(name))))
                        .toList(),
                Map.of());
        assertThatThrownBy(() -> Models.at(encoder).load(COMPUTE))
                .hasMessageContaining("tensor is missing: cls.predictions")
                .hasMessageContaining(
                        "if it is an encoder without a head of tokens, give it one of classes: classes = 2");
        StoredModel model = Models.at(encoder).classifying(2);
        PrintStream out = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try (LanguageModel loaded = model.load(COMPUTE, 1)) {
            assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
            assertThat(numbers(loaded, "bert.pooler.dense.weight"))
                    .containsExactly(whole.floats("bert.pooler.dense.weight"));
            assertThat(numbers(loaded, "classifier.weight")).hasSize(2 * 32).doesNotContain(0f);
        } finally {
            System.setOut(out);
        }
        Run run = run(plan(model, Lora.of(2, 4, List.of()), "run")
                .task(task(Kind.CLASSIFICATION, " bad", " good"))
                .steps(1));
        run.saveAdapter(folder.resolve("adapter")); // its pooler is in the files
        assertThat(AdapterFolder.base(folder.resolve("adapter"))).contains("encoder");
    }

    @Test
    void whatDoesNotFitIsToldWithTheRest() {
        assertThatThrownBy(() -> plan(BERT, new Subset.Full(), "none")
                        .task(task(Kind.CLASSIFICATION, " bad", " good"))
                        .batch(0)
                        .build())
                .hasMessageContaining("batch is not strictly positive: 0")
                .hasMessageContaining(
                        "options of an example are not one for each class that the model's head tells apart,"
                                + " [LABEL_0, LABEL_1, LABEL_2]: [ bad,  good]");
        assertThatThrownBy(() -> plan(BERT, new Subset.Full(), "none")
                        .task(task(Kind.CHOICE, " bad", " so so", " good"))
                        .build())
                .hasMessageContaining("task films is not one of classes, which the head of the model tells apart:");
        assertThatThrownBy(() ->
                        Models.at(MODELS.resolve("bert-classes")).classifying(2).family())
                .hasMessageContaining("classes is not how many the model's head tells apart, [no, maybe, yes]: 2");
        assertThatThrownBy(() ->
                        Models.at(MODELS.resolve("bert-tiny")).classifying(1).family())
                .hasMessageContaining("classes is not at least 2: 1");
        assertThatThrownBy(() ->
                        Models.at(MODELS.resolve("opt-tiny")).classifying(2).family())
                .hasMessageContaining("classes are told apart by heads of roberta and bert alone: 2");
        assertThat(Stream.of(BERT, Models.at(MODELS.resolve("bert-classes")))
                        .map(source -> plan(source, new Subset.Full(), "none")
                                .build()
                                .cost()
                                .notes()
                                .size()))
                .containsExactly(1, 0);
        assertThat(plan(BERT, new Subset.Full(), "none").build().cost().toString())
                .contains(
                        "note         what the model's files do not hold of a head of 3 classes is drawn by the seed, 42");
    }
}
