package org.zolab.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the Hub. They carry the user's token, which is sent to the Hub's own host and no other, follow redirects, and are retried
 * after a pause where an answer suggests that it may help.
 */
final class HubClient {

    private static final int REDIRECTS = 8;
    private static final int TRIES = 5;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int SILENCE_MILLIS = 30_000;
    private static final long LONGEST_PAUSE_SECONDS = 120;
    private static final int LARGEST_LISTING = 64 << 20;
    private static final int TOO_MANY = 429;
    private static final Pattern REDIRECT = Pattern.compile("30[12378]");

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final URI endpoint;
    private final @Nullable String token;
    private final Map<String, String> environment;
    private final Duration pause;
    private final Progress progress;

    /**
     * @param pause the pause before the second try; each further pause is twice as long
     */
    HubClient(
            URI endpoint, @Nullable String token, Map<String, String> environment, Duration pause, Progress progress) {
        this.endpoint = endpoint;
        this.token = token;
        this.environment = environment;
        this.pause = pause;
        this.progress = progress;
    }

    /** A negative answer, with its reason. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;
        private final int status;

        Refused(int status, String message) {
            super(message);
            this.status = status;
        }

        int status() {
            return status;
        }

        /** Whether the same request may succeed later. */
        boolean passes() {
            return status == TOO_MANY || status >= HttpURLConnection.HTTP_INTERNAL_ERROR;
        }
    }

    /** The JSON at a path below the endpoint. */
    JsonNode json(Repository repository, String path) throws IOException {
        return again(REACHABLE, () -> {
            HttpURLConnection answer = open(repository, path, 0);
            try (InputStream body = answer.getInputStream()) {
                byte[] bytes = body.readNBytes(LARGEST_LISTING);
                return MAPPER.readTree(bytes);
            } finally {
                answer.disconnect();
            }
        });
    }

    /** One attempt. */
    interface Try<T> {
        T run() throws IOException;
    }

    /** Whether a failure may be temporary: any, except an answer that will not change. */
    static final Predicate<IOException> PASSES = e -> !(e instanceof Refused no) || no.passes();

    /** As {@link #PASSES}, except that a Hub that cannot be reached is taken for a missing network, and not retried. */
    private static final Predicate<IOException> REACHABLE =
            PASSES.and(e -> !(e instanceof UnknownHostException || e instanceof ConnectException));

    /** Tries until it succeeds, at most five times with growing pauses, as long as failures may be temporary. */
    <T> T again(Predicate<IOException> passes, Try<T> what) throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                return what.run();
            } catch (IOException e) {
                if (tries == TRIES || !passes.test(e)) {
                    throw e;
                }
                long millis = pause.toMillis() << (tries - 1);
                if (e instanceof Wait wait) {
                    millis = Math.max(millis, wait.millis());
                }
                progress.say(String.format(
                        Locale.ROOT, "%s; trying again in %.0f s", e.getMessage(), Math.ceil(millis / 1e3)));
                sleep(millis);
            }
        }
    }

    /** An answer that says how long to wait before asking again. */
    private static final class Wait extends IOException {
        private static final long serialVersionUID = 1L;
        private final long millis;

        Wait(String message, long millis) {
            super(message);
            this.millis = millis;
        }

        long millis() {
            return millis;
        }
    }

    /** The answer to a GET of a path below the endpoint, from byte {@code from} on: 200, or 206 if the server supports starting there. */
    HttpURLConnection open(Repository repository, String path, long from) throws IOException {
        URI at = URI.create(endpoint + path);
        for (int hop = 0; hop <= REDIRECTS; hop++) {
            HttpURLConnection connection = connect(at, from);
            int status = connection.getResponseCode();
            String location = connection.getHeaderField("Location");
            if (REDIRECT.matcher(Integer.toString(status)).matches() && location != null) {
                connection.disconnect();
                at = next(at, location);
            } else if (status == HttpURLConnection.HTTP_OK || status == HttpURLConnection.HTTP_PARTIAL) {
                return connection;
            } else {
                IOException no = refused(repository, status, connection);
                connection.disconnect();
                throw no;
            }
        }
        throw new Refused(0, at.getHost() + " redirects again and again");
    }

    private static URI next(URI at, String location) throws IOException {
        URI next;
        try {
            next = at.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new Refused(0, at.getHost() + " redirects to what is no address: " + location);
        }
        boolean safe =
                "https".equals(next.getScheme()) || "http".equals(next.getScheme()) && "http".equals(at.getScheme());
        if (!safe || next.getHost() == null) {
            throw new Refused(0, at.getHost() + " redirects to a place that is not as safe: " + location);
        }
        return next;
    }

    private HttpURLConnection connect(URI at, long from) throws IOException {
        Proxy proxy = proxy(environment, at);
        HttpURLConnection connection = (HttpURLConnection)
                (proxy == null ? at.toURL().openConnection() : at.toURL().openConnection(proxy));
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(SILENCE_MILLIS);
        connection.setRequestProperty("User-Agent", "zolab");
        connection.setRequestProperty("Accept-Encoding", "identity");
        if (from > 0) {
            connection.setRequestProperty("Range", "bytes=" + from + "-");
        }
        if (token != null && at.getHost().equals(endpoint.getHost()) && at.getPort() == endpoint.getPort()) {
            connection.setRequestProperty("Authorization", "Bearer " + token);
        }
        return connection;
    }

    private IOException refused(Repository repository, int status, HttpURLConnection answer) {
        String code = String.valueOf(answer.getHeaderField("X-Error-Code"));
        if (code.equals("GatedRepo")) {
            return new Refused(
                    status,
                    repository + " asks you to accept its terms: open " + endpoint + repository.page()
                            + ", accept them, and set HF_TOKEN to a token of that account");
        }
        if (status == HttpURLConnection.HTTP_UNAUTHORIZED) {
            return new Refused(
                    status,
                    "there is no " + repository + " at " + endpoint
                            + (token == null
                                    ? ", or it is private: check the name, or set HF_TOKEN"
                                    : ", or it is not open to your HF_TOKEN, or that is not valid any more"));
        }
        if (status == HttpURLConnection.HTTP_FORBIDDEN) {
            return new Refused(
                    status,
                    "the Hub does not let "
                            + (token == null ? "you in without a token; set HF_TOKEN" : "your HF_TOKEN in")
                            + ": " + repository);
        }
        if (status == HttpURLConnection.HTTP_NOT_FOUND) {
            return new Refused(
                    status,
                    code.equals("RevisionNotFound")
                            ? repository.kind() + " " + repository.name() + " has no revision " + repository.revision()
                            : "there is no " + repository + " at " + endpoint + "; check the name");
        }
        String message = answer.getURL().getHost() + " answers " + status;
        String later = answer.getHeaderField("Retry-After");
        if (later != null && later.matches("\\d{1,6}")) {
            return new Wait(message, 1000 * Math.min(LONGEST_PAUSE_SECONDS, Long.parseLong(later)));
        }
        return new Refused(status, message);
    }

    /**
     * The proxy that {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY} specify, in upper or lower case, as non-Java tools read
     * them.
     */
    static @Nullable Proxy proxy(Map<String, String> environment, URI at) {
        String named = either(environment, at.getScheme() + "_proxy");
        String not = either(environment, "no_proxy");
        if (named == null || not != null && excepted(not, at.getHost())) {
            return null;
        }
        URI proxy = URI.create(named.contains("://") ? named : "http://" + named);
        int port = proxy.getPort() > 0 ? proxy.getPort() : 80;
        return new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port));
    }

    private static boolean excepted(String hosts, String host) {
        return Arrays.stream(hosts.split(","))
                .map(each -> each.strip().replaceFirst("^\\*?\\.", ""))
                .anyMatch(each ->
                        each.equals("*") || !each.isEmpty() && (host.equals(each) || host.endsWith("." + each)));
    }

    private static @Nullable String either(Map<String, String> environment, String name) {
        String small = HubCache.set(environment, name);
        return small != null ? small : HubCache.set(environment, name.toUpperCase(Locale.ROOT));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new CancellationException("stopped while it waited for the Hub");
        }
    }
}
