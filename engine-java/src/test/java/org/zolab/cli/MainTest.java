package org.zolab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.tensor.Emulator;
import picocli.CommandLine;

/** The commands as a person types them: what they print, and how they refuse. */
class MainTest {

    private record Result(int code, String out, String err) {}

    private static Result run(String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StringWriter err = new StringWriter();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            CommandLine command = Main.commandLine().setErr(new PrintWriter(err, true));
            int code = command.execute(arguments);
            return new Result(code, bytes.toString(StandardCharsets.UTF_8), err.toString());
        } finally {
            System.setOut(before);
        }
    }

    @Test
    void benchStepEndsWithItsJson() throws Exception {
        Result result = run("bench", "step", "--shape", "nano", "--batch", "3x8", "--repeats", "1", "--json");
        assertThat(result.code()).isZero();
        List<String> lines = result.out().lines().toList();
        JsonNode json = new ObjectMapper().readTree(lines.get(lines.size() - 1));
        for (String field : List.of("step_ms", "forward_ms", "pass_ms", "update_ms", "floor_ms")) {
            assertThat(json.get(field).asDouble()).as(field).isPositive();
        }
        assertThat(json.get("theta_bytes").asLong()).isEqualTo(4L * 2_615_808);
        assertThat(json.get("stage_bytes").asLong()).isEqualTo(4L * (4 * 192 * 192 + 2 * 192 * 768 + 9 * 192 + 768));
        assertThat(json.get("peak_bytes").asLong())
                .isGreaterThan(json.get("theta_bytes").asLong());
        assertThat(result.out()).contains("x the floor of").contains("GFLOP/s");
    }

    @Test
    void benchesRunOnAGpu() {
        String gpu = Emulator.device().toString();
        Result step = run("bench", "step", "--shape", "nano", "--batch", "2x4", "--repeats", "1", "--device", gpu);
        assertThat(step.err()).isEmpty();
        assertThat(step.out())
                .contains("compute aten/1@gpu:0", "this processor in place of a GPU")
                .doesNotContain("onednn");
        Result pass = run("bench", "pass", "--parameters", "4194304", "--repeats", "1", "--device", gpu);
        assertThat(pass.out()).contains("this processor in place of a GPU", "rademacher to a bf16 pair");
        Result none = run("verify", "../integration-tests/goldens", "--device", "gpu:1");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).isEqualTo("zo: gpu(1) is not one of this machine's, which has one, gpu(0)\n");
        assertThat(none.out()).isEmpty();
        Result wrong = run("bench", "pass", "--device", "cuda");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("device is not cpu or gpu:NUMBER, such as gpu:0: cuda");
    }

    @Test
    void benchStepKnowsTheOtherMethods() {
        for (String method : List.of("n-spsa", "ldsd", "gv")) {
            Result result = run(
                    "bench",
                    "step",
                    "--shape",
                    "nano",
                    "--batch",
                    "2x4",
                    "--repeats",
                    "1",
                    "--method",
                    method,
                    "--noise",
                    "rademacher");
            assertThat(result.code()).as(result.err()).isZero();
            assertThat(result.out()).contains("x the floor of").containsPattern("all (8|6), weights given");
        }
    }

    @Test
    void benchPeersSaysWhatIsMissing() {
        String[] small = {"bench", "peers", "--shape", "nano", "--batch", "2x4", "--python"};
        assertThat(run(append(small, "/nowhere/python")).err())
                .contains("--python is nothing that runs: /nowhere/python");
        assertThat(run(append(small, "true")).err()).contains("the peer ended", "./zo bench peers");
    }

    private static String[] append(String[] words, String last) {
        String[] all = java.util.Arrays.copyOf(words, words.length + 1);
        all[words.length] = last;
        return all;
    }

    @Test
    void benchPassComparesWithACopy() {
        Result result = run("bench", "pass", "--parameters", "4194304", "--repeats", "1");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains("gaussian")
                .contains("rademacher")
                .contains("8 gaussians")
                .contains("x the copy");
    }

    @Test
    void doctorSaysWhatItFinds() {
        Result result = run("doctor");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains("pytorch        2.7.1")
                .contains("noise kernel")
                .contains("linear aten")
                .contains("linear onednn")
                .contains("compute");
    }

    @Test
    void wrongUseIsRefusedInWords() {
        assertThat(run("bench", "step", "--shape", "gpt-5").err())
                .contains("zo: shape is not one of [nano, opt-1.3b, opt-125m]: gpt-5");
        assertThat(run("bench", "step", "--batch", "16").err()).contains("batch is not ROWSxTOKENS, such as 16x40: 16");
        assertThat(run("bench", "pass", "--repeats", "0").err()).contains("repeats is not strictly positive: 0");
        assertThat(run("bench", "pass", "--parameters", "7").code()).isEqualTo(1);
        assertThat(run("nonsense").code()).isEqualTo(2);
    }
}
