package org.zolab.model.hub;

import java.io.IOException;
import java.io.PrintStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.hub.HubCache.Found;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Weights;

/**
 * Models and data sets of the Hugging Face Hub. What is in the cache is used as it is, without contacting anyone; what is missing is
 * fetched into it, where the Python tools find it too, and a line shows the progress.
 *
 * <p>The environment is interpreted as by {@code huggingface_hub}: {@code HOME}, {@code HF_HOME}, {@code HF_HUB_CACHE}, {@code HF_TOKEN}
 * (or the file {@code HF_TOKEN_PATH}, {@code HF_HOME/token}), {@code HF_ENDPOINT}, {@code HF_HUB_OFFLINE}, {@code HTTPS_PROXY} and its
 * relatives.
 */
public final class Hub {

    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final String CONFIG = "config.json";
    private static final List<String> SMALL = List.of(".json", ".txt", ".model");
    private static final List<String> DATA = List.of(".parquet", ".jsonl", ".json", ".csv", ".tsv");
    private static final List<String> YES = List.of("1", "on", "yes", "true");
    private static final ReentrantLock ONE_AT_A_TIME = new ReentrantLock();

    private final HubCache cache;
    private final URI endpoint;
    private final boolean offline;
    private final HubClient client;
    private final Progress progress;

    Hub(Map<String, String> environment, PrintStream out, Duration pause) {
        this.cache = HubCache.of(environment);
        String named = HubCache.set(environment, "HF_ENDPOINT");
        this.endpoint = endpoint(named == null ? "https://huggingface.co" : named);
        this.offline = Stream.of("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
                .map(name -> HubCache.set(environment, name))
                .anyMatch(value -> value != null && YES.contains(value.toLowerCase(Locale.ROOT)));
        this.progress = new Progress(out);
        this.client = new HubClient(endpoint, token(environment), environment, pause, progress);
    }

    /** The Hub as configured for this process's user; reports downloads on the standard error, as the Python tools do. */
    public static Hub ofUser() {
        return new Hub(System.getenv(), System.err, PAUSE);
    }

    /**
     * A model's configuration and tokenizer: all its small files.
     *
     * @param names its names, newest first: the first one found in the cache is used, otherwise the first is fetched
     * @throws ModelFileException if it is not cached and cannot be fetched; says where it looked and what to do
     */
    public ModelFiles described(List<String> names) {
        return model(names, false);
    }

    /** A model with its weights; the names are treated as by {@link #described}. */
    public ModelFiles whole(List<String> names) {
        return model(names, true);
    }

    /**
     * The folder of a data set's files at its main revision, with all its data files.
     *
     * @throws ModelFileException if it is not cached and cannot be fetched; says where it looked and what to do
     */
    public Path dataset(String name) {
        return dataset(Repository.dataset(name));
    }

    /** The folder of a data set's files at the revision that {@code repository} names; see {@link #dataset(String)}. */
    public Path dataset(Repository repository) {
        Found found = cache.look(repository);
        return found.snapshot() != null ? found.snapshot() : fetchData(repository, found.why());
    }

    /**
     * Updates a repository: asks the Hub for its present files and fetches the missing ones; for a model all that ZoLab reads, for a data
     * set its data files.
     *
     * @return the folder of its files
     */
    public Path fetch(Repository repository) {
        return repository.kind() == Repository.Kind.MODEL
                ? fetchModel(repository, true, "")
                : fetchData(repository, "");
    }

    private ModelFiles model(List<String> names, boolean whole) {
        List<Repository> repositories = names.stream().map(Repository::model).toList();
        for (Repository repository : repositories) {
            Path snapshot = cache.look(repository).snapshot();
            if (snapshot != null && isIn(snapshot, whole)) {
                return ModelFiles.folder(snapshot);
            }
        }
        Repository first = repositories.get(0);
        Found found = cache.look(first);
        String why = found.snapshot() == null
                ? found.why()
                : "its download is not complete. Looked for " + (whole ? "its weights" : CONFIG) + " in "
                        + found.snapshot();
        return ModelFiles.folder(fetchModel(first, whole, why));
    }

    /** Whether a snapshot holds a model; the configuration is the last of the small files to be fetched. */
    private static boolean isIn(Path snapshot, boolean whole) {
        ModelFiles files = ModelFiles.folder(snapshot);
        List<String> weights = Weights.files(files, files::has);
        return files.has(CONFIG)
                && (!whole || !weights.isEmpty() && weights.stream().allMatch(files::has));
    }

    private Path fetchModel(Repository repository, boolean whole, String why) {
        return fetch(repository, why, (listing, snapshot) -> {
            get(repository, listing, Hub::isSmall);
            List<String> weights = whole ? Weights.files(ModelFiles.folder(snapshot), listing::has) : List.of();
            if (whole && weights.isEmpty()) {
                throw new ModelFileException(repository + " holds no weights that are read, neither "
                        + "model.safetensors nor pytorch_model.bin, whole or in shards: " + listing.paths());
            }
            get(repository, listing, weights::contains);
        });
    }

    private Path fetchData(Repository repository, String why) {
        return fetch(repository, why, (listing, snapshot) -> {
            if (listing.paths().stream().noneMatch(Hub::isData)) {
                throw new ModelFileException(
                        repository + " holds no files of rows (" + String.join(", ", DATA) + "): " + listing.paths());
            }
            get(repository, listing, Hub::isData);
        });
    }

    private static boolean isSmall(String path) {
        return !path.contains("/") && SMALL.stream().anyMatch(path::endsWith);
    }

    private static boolean isData(String path) {
        return DATA.stream().anyMatch(path::endsWith);
    }

    /** Fetches the wanted files of a repository. */
    private interface Fetch {
        void run(Listing listing, Path snapshot) throws IOException;
    }

    private Path fetch(Repository repository, String why, Fetch fetch) {
        String told = why.isEmpty() ? repository + " is not fetched" : repository + " is not there: " + why + because();
        if (offline) {
            throw new ModelFileException(told + ". HF_HUB_OFFLINE is set, so nothing is fetched: unset it, or run `"
                    + repository.fetch() + "` where there is a network" + folderInstead(repository));
        }
        ONE_AT_A_TIME.lock();
        try {
            Listing listing = Listing.of(repository, client.json(repository, repository.listing()));
            Path snapshot = cache.snapshot(repository, listing.commit());
            Files.createDirectories(snapshot);
            fetch.run(listing, snapshot);
            cache.refer(repository, listing.commit());
            return snapshot;
        } catch (IOException e) {
            throw new ModelFileException(told + ". Fetching it failed: " + reason(e) + folderInstead(repository), e);
        } finally {
            ONE_AT_A_TIME.unlock();
        }
    }

    private void get(Repository repository, Listing listing, Predicate<String> wanted) throws IOException {
        List<Listing.File> files = listing.files().stream()
                .filter(file -> wanted.test(file.path()))
                .sorted(Comparator.comparing(file -> file.path().equals(CONFIG)))
                .toList();
        for (Listing.File file : files) {
            Path target = cache.snapshot(repository, listing.commit()).resolve(file.path());
            Path blob = cache.blob(repository, file.hash());
            if (!Files.exists(target)) {
                new Download(client, progress, repository, listing.commit(), file, blob).run();
                HubCache.link(target, blob);
            }
        }
    }

    private String because() {
        return " (" + cache.root() + " is from " + cache.because() + ")";
    }

    private static String folderInstead(Repository repository) {
        return repository.kind() == Repository.Kind.MODEL
                ? "; or write model(\"folder\") in a block, of a folder with config.json and model.safetensors"
                : "; or take what is here: apidocs(), or files of your own with classify(…) or text(…)";
    }

    private String reason(IOException e) {
        if (e instanceof UnknownHostException || e instanceof SocketException || e instanceof SocketTimeoutException) {
            return endpoint + " cannot be reached (" + e.getMessage()
                    + "): check the network, HTTPS_PROXY and HF_ENDPOINT, and try again: what is here is kept";
        }
        return String.valueOf(e.getMessage());
    }

    private static URI endpoint(String named) {
        URI endpoint = URI.create(named.replaceFirst("/+$", ""));
        if (endpoint.getHost() == null || !List.of("http", "https").contains(endpoint.getScheme())) {
            throw new ModelFileException("HF_ENDPOINT is not an address such as https://huggingface.co: " + named);
        }
        return endpoint;
    }

    private static @Nullable String token(Map<String, String> environment) {
        for (String name : List.of("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")) {
            String token = HubCache.set(environment, name);
            if (token != null) {
                return token;
            }
        }
        String named = HubCache.set(environment, "HF_TOKEN_PATH");
        Path file = named != null
                ? HubCache.path(named, environment)
                : HubCache.tools(environment).resolve("token");
        try {
            String token = Files.isRegularFile(file) ? Files.readString(file).strip() : "";
            return token.isEmpty() ? null : token;
        } catch (IOException e) {
            throw new ModelFileException(file + " cannot be read: " + e.getMessage() + "; check its permissions", e);
        }
    }
}
