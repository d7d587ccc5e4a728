package org.zolab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.tensor.Device;

class VerifyTest {

    private static final Path GOLDENS = Path.of("..", "integration-tests", "goldens");
    private static final String LINE = "(pass|fail|skip) \\S+/\\S+ error=\\S+ tolerance=\\S+( \\(.*\\))?";

    @TempDir
    static Path state;

    @TempDir
    Path folder;

    private static @Nullable String before;

    @BeforeAll
    static void stateOfItsOwn() {
        before = System.setProperty("zo.home", state.toString());
    }

    @AfterAll
    static void stateAsBefore() {
        if (before == null) {
            System.clearProperty("zo.home");
        } else {
            System.setProperty("zo.home", before);
        }
    }

    private record Result(int code, List<String> lines) {

        String last() {
            return lines.get(lines.size() - 1);
        }

        List<String> of(String verdict) {
            return lines.stream().filter(line -> line.startsWith(verdict + " ")).toList();
        }
    }

    private static Result verify(Path root) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int code = Verify.run(root, Device.CPU, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return new Result(code, bytes.toString(StandardCharsets.UTF_8).lines().toList());
    }

    @Test
    void theReferenceValuesAreMet() {
        Result result = verify(GOLDENS);
        assertThat(result.lines().subList(0, result.lines().size() - 1)).allMatch(line -> line.matches(LINE));
        assertThat(result.of("fail")).isEmpty();
        assertThat(result.code()).isZero();
        int passed = result.of("pass").size();
        int skipped = result.of("skip").size();
        assertThat(passed).isGreaterThan(300);
        assertThat(result.last()).isEqualTo(passed + " passed, 0 failed, " + skipped + " skipped");
        assertThat(result.of("skip")).isEmpty();
        for (String item : List.of(
                "goldens/opt-tiny/tokens.ids",
                "goldens/opt-tiny/tokens.decoded",
                "goldens/opt-tiny/a.hidden_0",
                "goldens/opt-tiny/b.logits",
                "goldens/opt-tiny/left.last_logits",
                "goldens/opt-350m-style/a.hidden_2",
                "goldens/opt-350m-style/a.logits",
                "goldens/opt-350m-style/f32.classification.loss",
                "goldens/opt-350m-style/bf16_weights_f32_compute.choice.option_sum_logprob",
                "goldens/opt-350m-style/encoding.lm",
                "goldens/opt-tiny/bf16_model.lm.loss_per_example",
                "goldens/llama-3-style/bf16_model.classification.loss",
                "goldens/roberta-tiny/bf16_model.mlm.loss_over_vocabulary",
                "goldens/opt-tiny/f32.full_sequence.loss",
                "goldens/opt-tiny/greedy.new_ids",
                "goldens/llama-2-style/tokens.ids",
                "goldens/llama-2-style/tokens.prefixes",
                "goldens/llama-2-style/b.logits",
                "goldens/llama-3-style/bf16_weights_f32_compute.choice.option_sum_logprob",
                "goldens/llama-3-style/greedy.new_ids",
                "goldens/llama-wide-heads/a.hidden_2",
                "goldens/qwen2-window/b.logits_f64",
                "goldens/mistral-tiny/b.logits_f64",
                "goldens/mistral-tiny/left.last_logits",
                "goldens/gpt2-tiny/b.logits_f64",
                "goldens/gpt2-tiny/greedy.new_ids",
                "goldens/bert-tiny/tokens.decoded",
                "goldens/bert-tiny/a.hidden_0",
                "goldens/bert-tiny/mlm.mask_logits",
                "goldens/bert-classes/tokens.ids",
                "goldens/bert-classes/encoding.classes",
                "goldens/bert-classes/logits",
                "goldens/bert-classes/f64.classes.loss_per_example",
                "goldens/bert-classes/bf16_model.classes.loss",
                "goldens/bert-classes-lora/logits_merged",
                "goldens/roberta-classes/logits_f64",
                "goldens/roberta-classes/encoding.classes",
                "goldens/roberta-classes/f32.classes.predicted",
                "goldens/roberta-classes-lora/logits",
                "goldens/roberta-tiny/a.hidden_2",
                "goldens/roberta-tiny/a.logits",
                "goldens/roberta-tiny/encoding.mlm",
                "goldens/roberta-tiny/mlm.mask_logits_f64",
                "goldens/roberta-tiny/f64.mlm.loss_over_label_words_per_example",
                "goldens/roberta-tiny/f32.mlm.loss_over_vocabulary",
                "goldens/roberta-tiny/f32.mlm.predicted",
                "models/opt-tiny-sharded/a.logits",
                "models/opt-tiny-bin/f32.lm.loss_per_example",
                "models/opt-tiny-bin-fp16-base/fp16_weights_f32_compute.lm.loss_per_example",
                "models/opt-tiny-fp16/fp16_weights_f32_compute.lm.loss_per_example",
                "models/opt-tiny-bf16/bf16_weights_f32_compute.classification.option_mean_logprob",
                "optim/opt-tiny/mezo.theta",
                "optim/opt-tiny/mezo.f32.projected_gradient",
                "optim/opt-tiny/mezo_lm.f32.loss_minus",
                "optim/opt-tiny/rloo4.f64.coefficients",
                "optim/opt-tiny/mezo_gv4.f32.order",
                "optim/opt-tiny/mezo_gv4.f64.v_norm",
                "optim/opt-tiny/zo_adamm.theta",
                "optim/opt-tiny/ldsd_sgd_published_mu_bug.mu",
                "optim/opt-tiny/zo_finetuner.theta",
                "optim/opt-tiny/zo_finetuner.f64.sigma_raw",
                "optim/opt-tiny/zoft_meta.mlp_output",
                "optim/opt-tiny/zoft_meta.closed_form.net_gradients",
                "optim/opt-tiny/zoft_meta.dot_G_u",
                "optim/opt-tiny/zoft_meta.dL_dsigma_normaliser_differentiated",
                "finetuner/pertnn.pth.m",
                "finetuner/pertnn-fp16.pth.m",
                "optim/opt-tiny/ldsd_sgd.f32.chosen",
                "optim/opt-tiny/ldsd_sgd.f32.candidate_losses",
                "optim/opt-tiny/ldsd_sgd.theta",
                "optim/opt-tiny/ldsd_sgd.mu",
                "optim/opt-tiny/exact.classification_batch0.gradient",
                "optim/opt-tiny/exact.classification_batch0.hvp",
                "optim/opt-tiny/exact.lm.directional_derivative",
                "optim/opt-tiny/exact.lm.z_H_z",
                "goldens/opt-tiny-lora/a.logits",
                "goldens/opt-tiny-lora/a.logits_merged",
                "goldens/opt-tiny-lora/merged|model.decoder.layers.1.self_attn.v_proj.weight",
                "goldens/opt-tiny-prefix/peft.logits",
                "goldens/opt-tiny-prefix/peft.last_position_logits_f64",
                "goldens/opt-tiny-prefix/no_shift.logits",
                "goldens/opt-tiny-prefix/init.layer1.value_f64",
                "goldens/opt-tiny-lora/lora.gradient_batch0",
                "goldens/opt-tiny-lora/lora.f32.projected_gradient",
                "goldens/opt-tiny-lora/lora.f64.theta",
                "goldens/llama-2-style-lora/a.last_position_logits_f64",
                "goldens/llama-wide-heads-lora/a.logits",
                "goldens/roberta-tiny-lora/a.logits",
                "goldens/gpt2-tiny-lora/a.logits")) {
            assertThat(result.of("pass")).anyMatch(line -> line.startsWith("pass " + item + " error="));
        }
    }

    @Test
    void wrongReferenceValuesAndOtherSettingsFailUnderAnyName() throws IOException {
        copy("models/opt-tiny", "models/first");
        copy("goldens/opt-tiny", "goldens/first");
        copy("optim/opt-tiny", "optim/first");
        edit("goldens/first/tokens.json", "\"decoded\": \"</s> \"", "\"decoded\": \"</s>x\"");
        edit("goldens/first/losses.json", "\"loss\": 0.8635255098342896", "\"loss\": 0.8636255098342896");
        edit("optim/first/manifest.json", "\"lr_mu\": 20.0", "\"lr_mu\": 20.1");
        edit("optim/first/manifest.json", "\"lr\": 0.0001", "\"lr\": 0.0002");
        edit("optim/first/exact.json", "\"z_H_z\": 74.8", "\"z_H_z\": 74.9");
        byte[] logits = Files.readAllBytes(folder.resolve("goldens/first/logits.safetensors"));
        logits[logits.length - 2] += 8; // the last number, of left.last_logits
        Files.write(folder.resolve("goldens/first/logits.safetensors"), logits);

        Result result = verify(folder);

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.last()).endsWith(" failed, 0 skipped").doesNotContain(" 0 failed");
        assertThat(result.of("fail"))
                .anyMatch(line ->
                        line.startsWith("fail goldens/first/tokens.decoded error=1 tolerance=0 (first at string 1)"))
                .anyMatch(line -> line.startsWith("fail goldens/first/left.last_logits error="))
                .anyMatch(line ->
                        line.startsWith("fail goldens/first/f32.classification.loss error=1.00e-04 tolerance=1e-05"))
                .anyMatch(line -> line.startsWith("fail optim/first/mezo.theta error="))
                .anyMatch(line -> line.startsWith("fail optim/first/ldsd_sgd.mu error="))
                .anyMatch(line -> line.startsWith("fail optim/first/exact.classification_batch0.z_H_z error=5.7"));
        assertThat(result.of("pass"))
                .anyMatch(line -> line.startsWith("pass goldens/first/tokens.ids "))
                .anyMatch(line -> line.startsWith("pass goldens/first/a.logits "))
                .anyMatch(line -> line.startsWith("pass goldens/first/f64.classification.loss "));
    }

    @Test
    void whatIsMissingOrDamagedIsAFailureOfItsItem() throws IOException {
        Result nothing = verify(folder);
        assertThat(nothing.code()).isEqualTo(1);
        assertThat(nothing.lines().get(0)).startsWith("fail ").contains("there is nothing to verify in");
        assertThat(nothing.last()).isEqualTo("0 passed, 1 failed, 0 skipped");

        copy("models/opt-tiny", "models/damaged");
        copy("goldens/opt-tiny", "goldens/damaged");
        copy("goldens/opt-350m-style", "goldens/alone");
        byte[] weights = Files.readAllBytes(folder.resolve("models/damaged/model.safetensors"));
        Files.write(folder.resolve("models/damaged/model.safetensors"), Arrays.copyOf(weights, weights.length - 1));
        edit("goldens/damaged/tokens.json", "\"decoded_skip_special\"", "\"other\"");
        Result result = verify(folder);
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.of("fail"))
                .hasSize(3)
                .anyMatch(line -> line.startsWith("fail goldens/damaged/tokens error=NaN"))
                .anyMatch(line ->
                        line.startsWith("fail goldens/alone error=NaN") && line.contains("its model is missing"))
                .anyMatch(
                        line -> line.startsWith("fail goldens/damaged error=NaN") && line.contains("offsets outside"));
        assertThat(result.of("pass")).anyMatch(line -> line.startsWith("pass goldens/damaged/tokens.ids "));
    }

    private void copy(String from, String to) throws IOException {
        Path target = Files.createDirectories(folder.resolve(to));
        try (Stream<Path> files = Files.list(GOLDENS.resolve(from))) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    private void edit(String file, String before, String after) throws IOException {
        String text = Files.readString(folder.resolve(file));
        assertThat(text).contains(before);
        int at = text.indexOf(before);
        Files.writeString(folder.resolve(file), text.substring(0, at) + after + text.substring(at + before.length()));
    }
}
