package org.zolab.model.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.HttpURLConnection;
import java.nio.channels.FileLockInterruptionException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The download of one file into the cache. Its bytes accumulate beside its blob, so that a later download can resume where this one
 * stopped, and become the blob once their hash matches the Hub's listing. One process writes at a time; others wait and then find the
 * blob.
 */
final class Download {

    private static final int BUFFER = 1 << 16;
    private static final int SHA_256_DIGITS = 64;
    /** Space left free on the disk. */
    private static final long RESERVE = 16L << 20;

    private final HubClient client;
    private final Progress progress;
    private final Repository repository;
    private final String path;
    private final Listing.File file;
    private final Path blob;
    private final Path part;
    private MessageDigest digest;
    private long position;
    private long furthest;

    Download(HubClient client, Progress progress, Repository repository, String commit, Listing.File file, Path blob) {
        this.client = client;
        this.progress = progress;
        this.repository = repository;
        this.path = repository.file(commit, file.path());
        this.file = file;
        this.blob = blob;
        this.part = blob.resolveSibling(file.hash() + ".zolab.incomplete");
        this.digest = start();
    }

    /** Fetches whatever is missing of the file. */
    void run() throws IOException {
        Files.createDirectories(blob.getParent());
        try (RandomAccessFile out = new RandomAccessFile(part.toFile(), "rw")) {
            out.getChannel().lock(); // until closed
            if (!Files.exists(blob)) {
                fetch(out);
                Files.move(part, blob, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (FileLockInterruptionException e) {
            throw new CancellationException("stopped while another process fetches " + name());
        } finally {
            if (Files.exists(blob)) {
                Files.deleteIfExists(part);
            }
        }
    }

    private void fetch(RandomAccessFile out) throws IOException {
        resume(out);
        space(out);
        progress.begin(position);
        for (int tries = 1; ; tries++) {
            while (position < file.size()) {
                client.again(HubClient.PASSES, () -> {
                    advance(out);
                    return position;
                });
            }
            String found = HexFormat.of().formatHex(digest.digest());
            if (found.equals(file.hash())) {
                out.getFD().sync();
                progress.end(name(), file.size());
                return;
            }
            restart(out);
            if (tries == 2) {
                throw new HubClient.Refused(
                        0, name() + " arrives damaged: its hash is not " + file.hash() + " but " + found);
            }
            progress.say(name() + " arrived damaged; fetching it again");
        }
    }

    /** Continues after the part that an earlier download left. */
    private void resume(RandomAccessFile out) throws IOException {
        if (out.length() > file.size()) {
            restart(out);
        }
        byte[] buffer = new byte[BUFFER];
        out.seek(0);
        for (int count; (count = out.read(buffer)) > 0; ) {
            digest.update(buffer, 0, count);
            position += count;
        }
        furthest = position;
    }

    private void restart(RandomAccessFile out) throws IOException {
        out.setLength(0);
        position = 0;
        furthest = 0;
        digest = start();
    }

    private void space(RandomAccessFile out) throws IOException {
        long free = Files.getFileStore(part).getUsableSpace();
        long needed = file.size() - out.length();
        if (free < needed + RESERVE) {
            throw new HubClient.Refused(
                    0,
                    "too little space for " + name() + " in " + part.getParent() + ": "
                            + Progress.bytes(needed) + " are needed, " + Progress.bytes(free)
                            + " are free; make room, or set HF_HOME to a larger disk");
        }
    }

    /** Receives as much as one connection delivers; a failure counts only if nothing new arrived. */
    private void advance(RandomAccessFile out) throws IOException {
        HttpURLConnection answer = client.open(repository, path, position);
        @Nullable IOException failure = null;
        try (InputStream body = answer.getInputStream()) {
            if (position > 0 && answer.getResponseCode() == HttpURLConnection.HTTP_OK) {
                position = 0; // the server cannot start in the middle
                digest = start();
            }
            out.seek(position);
            receive(body, out);
        } catch (HubClient.Refused e) {
            throw e;
        } catch (IOException e) {
            failure = e;
        } finally {
            answer.disconnect();
        }
        if (position == file.size()) {
            return;
        }
        boolean further = position > furthest;
        furthest = Math.max(position, furthest);
        if (!further) {
            throw new IOException(
                    name() + " stops after " + position + " of " + file.size() + " bytes"
                            + (failure == null ? "" : " (" + failure.getMessage() + ")"),
                    failure);
        }
    }

    private void receive(InputStream body, RandomAccessFile out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        while (position < file.size()) {
            if (Thread.interrupted()) {
                throw new CancellationException("stopped while " + name() + " was fetched; what is here is kept");
            }
            int count = body.read(buffer, 0, (int) Math.min(buffer.length, file.size() - position));
            if (count < 0) {
                return;
            }
            write(out, buffer, count);
            digest.update(buffer, 0, count);
            position += count;
            progress.at(name(), position, file.size());
        }
    }

    private void write(RandomAccessFile out, byte[] buffer, int count) throws IOException {
        try {
            out.write(buffer, 0, count);
        } catch (IOException e) {
            throw new HubClient.Refused(
                    0,
                    part + " cannot be written (" + e.getMessage() + "); make room, or set HF_HOME to a larger disk");
        }
    }

    private String name() {
        return repository.name() + " " + file.path();
    }

    private MessageDigest start() {
        try {
            if (file.hash().length() == SHA_256_DIGITS) {
                return MessageDigest.getInstance("SHA-256");
            }
            MessageDigest git = MessageDigest.getInstance("SHA-1");
            git.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.UTF_8));
            return git;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
