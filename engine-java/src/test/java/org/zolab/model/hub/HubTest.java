package org.zolab.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.zolab.model.hub.HubServer.NAME;
import static org.zolab.model.hub.HubServer.breakingOff;
import static org.zolab.model.hub.HubServer.damaging;
import static org.zolab.model.hub.HubServer.ignoringTheRange;
import static org.zolab.model.hub.HubServer.status;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.task.OwnRows;
import org.zolab.task.Split;
import org.zolab.task.Task;
import org.zolab.task.data.DataFiles;
import org.zolab.task.data.DataSets;
import org.zolab.task.data.DataWriter;

class HubTest {

    private static final byte[] WEIGHTS = new byte[300_000];
    private static final byte[] CONFIG = "{\"model_type\": \"opt\"}".getBytes(StandardCharsets.UTF_8);
    private static final String FILE = "model.safetensors";

    static {
        new Random(1).nextBytes(WEIGHTS);
    }

    @TempDir
    Path home;

    private HubServer server;
    private final Map<String, String> environment = new HashMap<>();
    private final ByteArrayOutputStream told = new ByteArrayOutputStream();

    @BeforeEach
    void aHub() throws IOException {
        server = new HubServer();
        server.put("config.json", CONFIG);
        server.put("tokenizer.json", "{}".getBytes(StandardCharsets.UTF_8));
        server.put(FILE, WEIGHTS);
        server.put("pytorch_model.bin", new byte[2000]);
        server.put("onnx/model.onnx", new byte[2000]);
        environment.put("HF_ENDPOINT", server.address());
        environment.put("HOME", home.toString());
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void theDescriptionComesFirstAndTheWeightsWhenTheyAreWanted() throws IOException {
        ModelFiles files = hub().described(List.of(NAME));
        assertThat(files.bytes("config.json")).isEqualTo(CONFIG);
        assertThat(asked()).containsExactly("tokenizer.json", "config.json");
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).isEqualTo(WEIGHTS);
        assertThat(asked()).containsExactly("tokenizer.json", "config.json", FILE);
        int before = server.requests.size();
        hub().whole(List.of(NAME));
        hub().described(List.of("other/name", NAME));
        assertThat(server.requests).as("what is there is not asked for").hasSize(before);
        assertThat(told.toString(StandardCharsets.UTF_8)).contains("nobody/tiny model.safetensors: 300 kB");
    }

    @Test
    void theCacheIsLaidOutAsThePythonToolsDo() throws IOException {
        hub().whole(List.of(NAME));
        Path root = home.resolve(".cache/huggingface/hub/models--nobody--tiny");
        assertThat(root.resolve("refs/main")).hasContent(HubServer.COMMIT);
        Path file = root.resolve("snapshots").resolve(HubServer.COMMIT).resolve(FILE);
        assertThat(Files.readSymbolicLink(file))
                .isEqualTo(Path.of("../../blobs", HubServer.digest("SHA-256", WEIGHTS)));
        assertThat(blobs()).hasSize(3).noneMatch(name -> name.contains("incomplete"));
        String git =
                HubServer.digest("SHA-1", ("blob " + CONFIG.length + "\0").getBytes(StandardCharsets.UTF_8), CONFIG);
        assertThat(blobs()).contains(git);
    }

    @Test
    void shardsAreThoseOfTheIndex() throws IOException {
        server.remove(FILE);
        server.put("one.safetensors", new byte[3000]);
        server.put("two.safetensors", new byte[4000]);
        server.put("unused.safetensors", new byte[2000]);
        server.put(
                "model.safetensors.index.json",
                "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\", \"c\": \"one.safetensors\"}}"
                        .getBytes(StandardCharsets.UTF_8));
        server.meet("two.safetensors", status(404));
        refused("check the name");
        ModelFiles files = hub().whole(List.of(NAME));
        assertThat(files.has("one.safetensors") && files.has("two.safetensors")).isTrue();
        assertThat(files.has("unused.safetensors") || files.has("pytorch_model.bin"))
                .isFalse();
    }

    @Test
    void aModelWithoutWeightsIsNamed() {
        server.remove(FILE);
        server.remove("pytorch_model.bin");
        refused("holds no weights that are read", "tokenizer.json");
    }

    @Test
    void aBrokenConnectionIsTakenUpWhereItBroke() {
        server.meet(FILE, breakingOff(100_000), breakingOff(150_000), breakingOff(0), status(503));
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).isEqualTo(WEIGHTS);
        assertThat(server.requests)
                .filteredOn(request -> request.contains(FILE))
                .map(request -> request.replaceFirst("^\\S+", ""))
                .containsExactly("", " bytes=100000-", " bytes=250000-", " bytes=250000-", " bytes=250000-");
        assertThat(told.toString(StandardCharsets.UTF_8)).contains("trying again in");
    }

    @Test
    void aServerThatCannotBeginInTheMiddleBeginsAnew() {
        server.meet(FILE, breakingOff(100_000), ignoringTheRange());
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).isEqualTo(WEIGHTS);
    }

    @Test
    void aServerThatNeverGetsFurtherIsGivenUp() {
        server.meet(FILE, IntStream.range(0, 9).mapToObj(i -> breakingOff(0)).toArray(HubServer.Trouble[]::new));
        refused("Fetching it failed: nobody/tiny model.safetensors stops after 0 of 300000 bytes");
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).as("later").isEqualTo(WEIGHTS);
    }

    @Test
    void aLaterProcessGoesOnWhereThisOneEnded() {
        server.meet(FILE, breakingOff(120_000), status(404));
        refused("there is no model nobody/tiny");
        assertThat(blobs()).anyMatch(name -> name.endsWith(".incomplete"));
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).isEqualTo(WEIGHTS);
        assertThat(server.requests).anyMatch(request -> request.endsWith(FILE + " bytes=120000-"));
        assertThat(blobs()).noneMatch(name -> name.endsWith(".incomplete"));
    }

    @Test
    void damageIsSeenByItsHash() {
        server.meet(FILE, damaging());
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).isEqualTo(WEIGHTS);
        assertThat(told.toString(StandardCharsets.UTF_8)).contains("arrived damaged; fetching it again");
    }

    @Test
    void damageThatStaysIsRefused() {
        server.meet(FILE, damaging(), damaging());
        refused("model.safetensors arrives damaged: its hash is not " + HubServer.digest("SHA-256", WEIGHTS));
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).as("later").isEqualTo(WEIGHTS);
    }

    @Test
    void theTokenGoesToTheHubAndNoFurther() {
        server.redirecting = true;
        environment.put("HF_TOKEN", "hf_secret");
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).isEqualTo(WEIGHTS);
        assertThat(server.requests)
                .filteredOn(request -> request.contains(" at 127.0.0.1"))
                .hasSize(3)
                .noneMatch(request -> request.contains("hf_secret"));
        assertThat(server.requests)
                .filteredOn(request -> !request.contains(" at 127.0.0.1"))
                .allMatch(request -> request.endsWith("Bearer hf_secret"));
    }

    @Test
    void theTokenOfThePythonToolsIsUsed() throws IOException {
        Path file = home.resolve(".cache/huggingface/token");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "hf_stored\n");
        hub().described(List.of(NAME));
        assertThat(server.requests).allMatch(request -> request.endsWith("Bearer hf_stored"));
    }

    @Test
    void refusalsSayWhatToDo() {
        server.meetListing(status(401));
        refused("it is private: check the name, or set HF_TOKEN", "Looked for", "is from the default");
        environment.put("HF_TOKEN", "hf_old");
        server.meetListing(status(401));
        refused("not open to your HF_TOKEN");
        server.meetListing(status(403, "X-Error-Code", "GatedRepo"));
        refused("accept its terms: open " + server.address() + "/nobody/tiny");
        server.meetListing(status(403));
        refused("does not let your HF_TOKEN in");
        server.meetListing(status(404, "X-Error-Code", "RevisionNotFound"));
        refused("has no revision main");
        assertThatThrownBy(() -> hub().whole(List.of("nobody/else"))).hasMessageContaining("check the name");
        server.meetListing(IntStream.range(0, 5).mapToObj(i -> status(500)).toArray(HubServer.Trouble[]::new));
        refused("localhost answers 500");
        server.meetListing(IntStream.range(0, 9)
                .mapToObj(i -> status(302, "Location", "/api/models/nobody/tiny/revision/main"))
                .toArray(HubServer.Trouble[]::new));
        refused("redirects again and again");
        server.meetListing(status(302, "Location", "file:///etc/passwd"));
        refused("redirects to a place that is not as safe");
    }

    @Test
    void tooManyRequestsAreHeardAndWaitedFor() {
        server.meetListing(status(429, "Retry-After", "0"), status(429));
        hub().described(List.of(NAME));
        assertThat(told.toString(StandardCharsets.UTF_8)).contains("localhost answers 429; trying again");
    }

    @Test
    void aListingThatLeadsOutOfTheCacheIsRefused() {
        server.put("../../evil.json", new byte[1]);
        refused("holds what is no file of it", "../../evil.json");
        assertThat(home.resolve(".cache/huggingface/hub/models--nobody--tiny/blobs"))
                .doesNotExist();
    }

    @Test
    void aListingThatIsNoneIsRefused() {
        server.meetListing((exchange, content) -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("{}".getBytes(StandardCharsets.UTF_8));
            exchange.close();
            return true;
        });
        refused("names no commit");
    }

    @Test
    void offlineNothingIsAskedFor() {
        environment.put("HF_HUB_OFFLINE", "1");
        refused("HF_HUB_OFFLINE is set", "run `./zo fetch nobody/tiny` where there is a network");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aHubThatCannotBeReachedIsNamed() {
        server.close();
        refused(server.address() + " cannot be reached", "HTTPS_PROXY", "what is here is kept");
        environment.put("HF_ENDPOINT", "huggingface.co");
        refused("HF_ENDPOINT is not an address such as https://huggingface.co: huggingface.co");
    }

    @Test
    void aDiskThatIsTooSmallIsToldBeforeTheFirstByte() {
        server.meetListing((exchange, content) -> {
            String listing = "{\"sha\": \"" + HubServer.COMMIT + "\", \"siblings\": [{\"rfilename\": \"config.json\","
                    + " \"size\": " + (1L << 60) + ", \"blobId\": \"" + "a".repeat(40) + "\"}]}";
            exchange.sendResponseHeaders(200, listing.length());
            exchange.getResponseBody().write(listing.getBytes(StandardCharsets.UTF_8));
            exchange.close();
            return true;
        });
        refused("too little space for nobody/tiny config.json", "are free; make room, or set HF_HOME");
        assertThat(asked()).isEmpty();
    }

    @Test
    void aDataSetIsItsFilesOfRows() throws IOException {
        server.put("data/train-00000.parquet", new byte[5000]);
        server.put("README.md", new byte[10]);
        Path folder = hub().dataset(NAME);
        assertThat(folder.resolve("data/train-00000.parquet")).hasSize(5000);
        assertThat(Files.readSymbolicLink(folder.resolve("data/train-00000.parquet"))
                        .toString())
                .startsWith("../../../blobs/");
        assertThat(folder.resolve("README.md")).doesNotExist();
        assertThat(server.requests.get(0)).isEqualTo("/api/datasets/nobody/tiny/revision/main");
        int before = server.requests.size();
        assertThat(hub().dataset(NAME)).isEqualTo(folder);
        assertThat(server.requests).hasSize(before);
    }

    @Test
    void aTaskIsMadeOfADataSetByItsName() throws IOException {
        DataSets sets = (name, revision) -> hub().dataset(new Repository(Repository.Kind.DATASET, name, revision));
        Path rows = home.resolve("rows.parquet");
        DataWriter.parquet(rows, "SELECT 'text ' || i AS body, i % 2 AS stars FROM range(30) t(i)");
        environment.put("HF_HUB_OFFLINE", "1");
        assertThatThrownBy(() -> DataFiles.named(NAME, null, sets))
                .hasMessageContaining(
                        "no file or folder is called nobody/tiny here, and of the Hub data set nobody/tiny is"
                                + " not there: ")
                .hasMessageContaining("HF_HUB_OFFLINE is set")
                .hasMessageContaining("./zo fetch nobody/tiny --dataset");
        environment.remove("HF_HUB_OFFLINE");
        server.put("data/train-00000.parquet", Files.readAllBytes(rows));
        Path place = DataFiles.named(NAME, null, sets);
        Task task = new OwnRows(place, "body", "stars", "{body}", List.of(), null).task();
        assertThat(task.name()).isEqualTo(NAME);
        assertThat(task.examples(Split.TRAIN)).hasSize(27);
        assertThat(task.examples(Split.DEV)).hasSize(3);
        environment.put("HF_HUB_OFFLINE", "1");
        assertThat(DataFiles.named(NAME, null, sets)).isEqualTo(place);
    }

    @Test
    void fetchAsksAgain() {
        hub().whole(List.of(NAME));
        server.put("tokenizer.json", "{\"new\": 1}".getBytes(StandardCharsets.UTF_8));
        hub().fetch(Repository.model(NAME));
        assertThat(server.requests)
                .filteredOn(request -> request.contains("revision"))
                .hasSize(2);
    }

    @Test
    void severalAtOnceFetchEachFileOnce() throws Exception {
        var threads = Executors.newFixedThreadPool(4);
        List<Future<byte[]>> all = IntStream.range(0, 4)
                .mapToObj(i -> threads.submit(() -> hub().whole(List.of(NAME)).bytes(FILE)))
                .toList();
        for (Future<byte[]> each : all) {
            assertThat(each.get()).isEqualTo(WEIGHTS);
        }
        threads.shutdown();
        assertThat(asked()).filteredOn(FILE::equals).hasSize(1);
    }

    @Test
    void anInterruptEndsItAndKeepsWhatIsThere() {
        server.meet(FILE, (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, 100_000);
            exchange.getResponseBody().flush();
            Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("fetching"))
                    .forEach(Thread::interrupt);
            exchange.getResponseBody().write(content, 100_000, 200_000);
            exchange.close();
            return true;
        });
        Thread.currentThread().setName("fetching");
        assertThatThrownBy(() -> hub().whole(List.of(NAME)))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("what is here is kept");
        assertThat(hub().whole(List.of(NAME)).bytes(FILE)).isEqualTo(WEIGHTS);
    }

    @Test
    void aProxyIsTheOneThatOtherToolsUse() {
        URI hub = URI.create("https://huggingface.co");
        assertThat(HubClient.proxy(Map.of(), hub)).isNull();
        assertThat(HubClient.proxy(Map.of("HTTPS_PROXY", "http://proxy.here:3128"), hub)
                        .address())
                .hasToString("proxy.here/<unresolved>:3128");
        assertThat(HubClient.proxy(Map.of("https_proxy", "p:1", "NO_PROXY", "x.org, .huggingface.co"), hub))
                .isNull();
        assertThat(HubClient.proxy(Map.of("HTTP_PROXY", "p:1"), hub)).isNull();
    }

    private Hub hub() {
        return new Hub(environment, new PrintStream(told, true, StandardCharsets.UTF_8), Duration.ofMillis(5));
    }

    private void refused(String... parts) {
        assertThatThrownBy(() -> hub().whole(List.of(NAME)))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll(parts);
    }

    /** The files that were asked for, in order. */
    private List<String> asked() {
        return server.requests.stream()
                .filter(request -> request.contains("/resolve/"))
                .map(request -> request.replaceFirst(".*/resolve/[^/]*/(\\S+).*", "$1"))
                .toList();
    }

    private List<String> blobs() {
        try (Stream<Path> files = Files.list(home.resolve(".cache/huggingface/hub/models--nobody--tiny/blobs"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
