package org.zolab.cli;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.zolab.diagnose.Median;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.space.Kernels;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.train.ZerothOrder;
import picocli.CommandLine;

/**
 * Steps of this engine beside steps with the arithmetic of the public codes in PyTorch, and a step of AdamW: the same shape, batch and threads,
 * taken in turns. Each peer is a Python process of its own, which waits while others compute.
 */
@CommandLine.Command(
        name = "peers",
        description = "Steps beside those of the public codes' arithmetic in PyTorch, taken in turns.",
        mixinStandardHelpOptions = true)
final class BenchPeers implements Callable<Integer> {

    private static final String ADAMW = "adamw";

    @CommandLine.Mixin
    private final BenchModelOptions of = new BenchModelOptions();

    @CommandLine.Option(
            names = "--peer-precision",
            defaultValue = "fp32",
            description = "of the public codes, in all they do: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private Precision peerPrecision = Precision.FP32;

    @CommandLine.Option(names = "--repeats", defaultValue = "3", description = "default: ${DEFAULT-VALUE}")
    private int repeats;

    @CommandLine.Option(
            names = "--python",
            defaultValue = "python3",
            description = "a Python with torch; ./zo makes one (default: ${DEFAULT-VALUE})")
    private String python = "";

    @Override
    public Integer call() throws IOException {
        Bench.requireRepeats(repeats);
        Kernels.settle();
        Path script = Files.createTempFile("peers", ".py");
        try (InputStream resource = BenchPeers.class.getResourceAsStream("peers.py");
                BenchModel model = of.model()) {
            Files.copy(Objects.requireNonNull(resource), script, StandardCopyOption.REPLACE_EXISTING);
            compare(model, script);
        } finally {
            Files.delete(script);
        }
        return 0;
    }

    private void compare(BenchModel model, Path script) throws IOException {
        Map<String, Peer> peers = new LinkedHashMap<>();
        try {
            Map<BenchMethod, Ours> ours = new EnumMap<>(BenchMethod.class);
            for (BenchMethod method : BenchMethod.values()) {
                ours.put(method, new Ours(model, method));
            }
            for (BenchMethod method : BenchMethod.values()) {
                peers.put(method.toString(), new Peer(method.toString(), model, script));
            }
            peers.put(ADAMW, new Peer(ADAMW, model, script));
            for (int i = 0; i < repeats; i++) {
                for (Ours each : ours.values()) {
                    each.step(i);
                }
                for (Peer peer : peers.values()) {
                    peer.step(i);
                }
            }
            report(model, ours, peers);
        } finally {
            peers.values().forEach(Peer::close);
        }
    }

    /** A method of this engine. */
    private final class Ours {
        private final ParameterVector theta;
        private final LossOracle f;
        private final ZerothOrder steps;
        private final long peak;
        private final double[] ms;

        Ours(BenchModel model, BenchMethod method) {
            this.theta = model.theta();
            this.f = model.loss();
            this.steps = method.on(theta, DirectionLaw.GAUSSIAN);
            this.ms = new double[repeats];
            steps.step(0, f, theta);
            this.peak = model.peak();
        }

        void step(int i) {
            ms[i] = Bench.time(of.device(), () -> steps.step(i + 1, f, theta));
        }
    }

    /** A method in PyTorch. */
    private final class Peer implements AutoCloseable {
        private final Process process;
        private final BufferedReader answers;
        private final BufferedWriter requests;
        private final double[] ms = new double[repeats];
        private final String version;

        Peer(String method, BenchModel model, Path script) throws IOException {
            List<String> command = new ArrayList<>(List.of(python, script.toString(), method));
            for (int number : new int[] {
                model.config().vocabulary(),
                model.config().positions(),
                model.config().hidden(),
                model.config().heads(),
                model.config().layers(),
                model.config().feedForward(),
                model.rows(),
                model.tokens(),
                model.model().compute().threads()
            }) {
                command.add(Integer.toString(number));
            }
            command.add(peerPrecision.id());
            command.add(of.device().isGpu() ? "cuda:" + of.device().index() : "cpu");
            this.process = start(command);
            this.answers = process.inputReader(StandardCharsets.UTF_8);
            this.requests = process.outputWriter(StandardCharsets.UTF_8);
            this.version = answer();
        }

        private Process start(List<String> command) {
            try {
                return new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
            } catch (IOException e) {
                throw new IllegalArgumentException("--python is nothing that runs: " + python, e);
            }
        }

        void step(int i) throws IOException {
            ms[i] = Double.parseDouble(ask("step"));
        }

        long peak() throws IOException {
            return Long.parseLong(ask("peak"));
        }

        private String ask(String request) throws IOException {
            requests.write(request + "\n");
            requests.flush();
            return answer();
        }

        private String answer() throws IOException {
            String line = answers.readLine();
            if (line == null) {
                throw new IllegalStateException(
                        "the peer ended; what Python says is above. It needs torch: use ./zo bench "
                                + "peers, which makes an environment, or give one by --python");
            }
            return line;
        }

        @Override
        public void close() {
            process.destroy();
        }
    }

    private void report(BenchModel model, Map<BenchMethod, Ours> ours, Map<String, Peer> peers) throws IOException {
        PrintStream out = System.out;
        out.printf(
                Locale.ROOT,
                "%s, %d x %d tokens, %s, compute %s, JDK %s; %s in %s%n",
                model.shape(),
                model.rows(),
                model.tokens(),
                Bench.processor(of.device()),
                model.model().compute(),
                System.getProperty("java.version"),
                peers.get(ADAMW).version,
                peerPrecision.id());
        out.printf(
                "  %-16s %10s %12s %8s %12s %12s%n", "a step of", "ZoLab", "public code", "ratio", "peak", "its peak");
        for (Map.Entry<BenchMethod, Ours> entry : ours.entrySet()) {
            double mine = Median.of(entry.getValue().ms);
            Peer peer = peers.get(entry.getKey().toString());
            double theirs = Median.of(peer.ms);
            // one process takes the steps of all our methods, so the peak of a later one holds what earlier ones kept
            out.printf(
                    Locale.ROOT,
                    "  %-16s %7.0f ms %9.0f ms %6.1f x %9d MB %9d MB%n",
                    entry.getKey().title(),
                    mine,
                    theirs,
                    theirs / mine,
                    entry.getValue().peak >> 20,
                    peer.peak() >> 20);
        }
        Peer adamW = peers.get(ADAMW);
        double mezo = Median.of(ours.get(BenchMethod.MEZO).ms);
        double theirs = Median.of(adamW.ms);
        out.printf(
                Locale.ROOT,
                "  %-16s %10s %9.0f ms %6.1f x %12s %9d MB   (against our MeZO)%n",
                "AdamW",
                "",
                theirs,
                theirs / mezo,
                "",
                adamW.peak() >> 20);
    }
}
