package org.zolab.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.zolab.model.hub.HubServer.NAME;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./zo fetch} in processes of its own: killed, several at once, without room. */
class HubProcessesTest {

    private static final byte[] WEIGHTS = new byte[600_000];
    private static final int HALF = WEIGHTS.length / 2;
    private static final String FILE = "model.safetensors";

    static {
        new Random(2).nextBytes(WEIGHTS);
    }

    @TempDir
    Path home;

    private HubServer server;

    @BeforeEach
    void aHub() throws IOException {
        server = new HubServer();
        server.put("config.json", "{}".getBytes(StandardCharsets.UTF_8));
        server.put(FILE, WEIGHTS);
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void afterAKillTwoAtOnceLeaveTheCacheWhole() throws Exception {
        CountDownLatch half = new CountDownLatch(1);
        server.meet(FILE, (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, HALF);
            exchange.getResponseBody().flush();
            half.countDown();
            return true; // and the rest never comes
        });
        Process killed = fetch("");
        half.await();
        while (part() < HALF) {
            Thread.sleep(20);
        }
        killed.destroyForcibly().waitFor();
        List<Process> two = List.of(fetch(""), fetch(""));
        for (Process each : two) {
            assertThat(ended(each)).isZero();
        }
        assertThat(blob()).hasBinaryContent(WEIGHTS);
        assertThat(blob().resolveSibling(blob().getFileName() + ".zolab.incomplete"))
                .doesNotExist();
        assertThat(server.requests)
                .filteredOn(request -> request.contains(FILE))
                .as("the first half was fetched once, the second by one of the two")
                .hasSize(2)
                .last()
                .asString()
                .endsWith("bytes=" + HALF + "-");
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aDiskThatIsFullIsToldAndLaterGoesOn() throws Exception {
        Process full = fetch("ulimit -f 200 && "); // no file larger than 200 blocks of 512 or 1024 bytes
        assertThat(ended(full)).isEqualTo(1);
        assertThat(Files.readString(home.resolve("log"))).contains("zolab.incomplete cannot be written", "make room");
        assertThat(blob()).doesNotExist();
        assertThat(ended(fetch(""))).isZero();
        assertThat(blob()).hasBinaryContent(WEIGHTS);
    }

    private Process fetch(String before) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                before + "exec \"$0\" -XX:-UsePerfData -Xshare:auto -cp \"$1\" org.zolab.cli.Main fetch \"$2\"",
                ProcessHandle.current().info().command().orElseThrow(),
                System.getProperty("java.class.path"),
                NAME));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("HF_HOME", home.toString());
        builder.environment().put("HF_ENDPOINT", server.address());
        builder.environment().remove("HF_HUB_OFFLINE");
        builder.redirectErrorStream(true).redirectOutput(home.resolve("log").toFile());
        return builder.start();
    }

    private static int ended(Process process) throws InterruptedException {
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    private long part() throws IOException {
        Path part = blob().resolveSibling(blob().getFileName() + ".zolab.incomplete");
        return Files.exists(part) ? Files.size(part) : 0;
    }

    private Path blob() {
        return home.resolve("hub/models--nobody--tiny/blobs").resolve(HubServer.digest("SHA-256", WEIGHTS));
    }
}
