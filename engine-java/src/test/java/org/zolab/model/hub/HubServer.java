package org.zolab.model.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** A Hub in this process that behaves, or misbehaves, as it is told: the true protocol, one repository. */
final class HubServer implements AutoCloseable {

    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    static final String NAME = "nobody/tiny";

    /** What it does instead of answering. */
    interface Trouble {
        /** True if it has answered. */
        boolean happens(HttpExchange exchange, byte[] content) throws IOException;
    }

    private final HttpServer server;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, Queue<Trouble>> troubles = new LinkedHashMap<>();
    private final Queue<Trouble> listing = new ConcurrentLinkedQueue<>();
    final List<String> requests = new CopyOnWriteArrayList<>();
    boolean redirecting;

    HubServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", this::answer);
        server.start();
    }

    String address() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    /** Holds a file; those of at least a kilobyte are large ones, with their SHA-256. */
    void put(String path, byte[] content) {
        files.put(path, content);
    }

    /** Holds a file no more. */
    void remove(String path) {
        files.remove(path);
    }

    /** The next requests for a file meet these, one each. */
    void meet(String path, Trouble... trouble) {
        troubles.computeIfAbsent(path, key -> new ArrayDeque<>()).addAll(List.of(trouble));
    }

    /** The next requests for the listing meet these, one each. */
    void meetListing(Trouble... trouble) {
        listing.addAll(List.of(trouble));
    }

    /** Breaks off after so many bytes of what was asked for. */
    static Trouble breakingOff(int after) {
        return (exchange, content) -> {
            int from = from(exchange);
            exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
            exchange.getResponseBody().write(content, from, Math.min(after, content.length - from));
            exchange.getResponseBody().flush();
            exchange.close();
            return true;
        };
    }

    /** Answers with a status and headers {@code NAME, VALUE, …}. */
    static Trouble status(int status, String... headers) {
        return (exchange, content) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
            return true;
        };
    }

    /** Sends other bytes, as many. */
    static Trouble damaging() {
        return (exchange, content) -> {
            byte[] other = content.clone();
            other[other.length / 2] ^= 1;
            send(exchange, 200, other);
            return true;
        };
    }

    /** Sends everything, whatever range was asked for. */
    static Trouble ignoringTheRange() {
        return (exchange, content) -> {
            send(exchange, 200, content);
            return true;
        };
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String token = exchange.getRequestHeaders().getFirst("Authorization");
        String range = exchange.getRequestHeaders().getFirst("Range");
        String host = exchange.getRequestHeaders().getFirst("Host");
        requests.add(path
                + (range == null ? "" : " " + range)
                + (token == null ? "" : " " + token)
                + (host.startsWith("localhost") ? "" : " at " + host));
        String resolve = "/" + NAME + "/resolve/" + COMMIT + "/";
        if (path.startsWith("/api/") && path.contains(NAME + "/revision/")) {
            Trouble trouble = listing.poll();
            if (trouble == null || !trouble.happens(exchange, new byte[0])) {
                send(exchange, 200, describe().getBytes(StandardCharsets.UTF_8));
            }
        } else if (path.contains(resolve)) {
            String file = path.substring(path.indexOf(resolve) + resolve.length());
            if (redirecting && host.startsWith("localhost")) { // to another host, as the Hub's large files
                String other = "http://127.0.0.1:" + server.getAddress().getPort() + path;
                status(302, "Location", other).happens(exchange, new byte[0]);
                return;
            }
            file(exchange, file);
        } else {
            status(404, "X-Error-Code", "RepoNotFound").happens(exchange, new byte[0]);
        }
    }

    private void file(HttpExchange exchange, String file) throws IOException {
        byte[] content = files.get(file);
        Queue<Trouble> waiting = troubles.getOrDefault(file, new ArrayDeque<>());
        Trouble trouble;
        synchronized (waiting) {
            trouble = waiting.poll();
        }
        if (trouble == null || !trouble.happens(exchange, content)) {
            int from = from(exchange);
            send(exchange, from > 0 ? 206 : 200, Arrays.copyOfRange(content, from, content.length));
        }
    }

    private static int from(HttpExchange exchange) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    }

    private static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(content);
        }
    }

    private String describe() {
        return "{\"sha\": \"" + COMMIT + "\", \"siblings\": ["
                + files.entrySet().stream()
                        .map(file -> describe(file.getKey(), file.getValue()))
                        .collect(Collectors.joining(", "))
                + "]}";
    }

    private static String describe(String path, byte[] content) {
        String blob = digest("SHA-1", ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8), content);
        String large = content.length < 1024
                ? ""
                : ", \"lfs\": {\"sha256\": \"" + digest("SHA-256", content) + "\", \"size\": " + content.length + "}";
        return "{\"rfilename\": \"" + path + "\", \"size\": " + content.length + ", \"blobId\": \"" + blob + "\""
                + large + "}";
    }

    static String digest(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            Arrays.stream(parts).forEach(digest::update);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
