package org.zolab.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The record of a run, one line per step: a JSON object, a tab, and the CRC-32C of the object in hexadecimal.
 *
 * <p>A line is written once its step is done, so a crash loses at most the step in progress; a truncated last line is recognised and
 * dropped. Doubles are written so that they read back bit for bit.
 *
 * <p>The ledger is the checkpoint: θ_T = θ_0 + replay(ledger), see {@link RecordedLosses}.
 */
public final class StepLedger implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final OutputStream out;
    private final Closeable lock;

    StepLedger(Path file, OutputStream out, Closeable lock) {
        this.file = file;
        this.out = out;
        this.lock = lock;
    }

    /**
     * Opens a ledger for appending; first cuts off what {@link #read} would drop.
     *
     * @throws IllegalStateException if it is already open, here or in another process: a second writer would mix two runs
     */
    public static StepLedger open(Path file) {
        try {
            Closeable lock = lock(file);
            try {
                if (Files.exists(file)) {
                    truncate(file, scan(file).validBytes());
                }
                OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                return new StepLedger(file, new BufferedOutputStream(out), lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /**
     * Locks a file beside the ledger rather than the ledger itself, since closing any reader of a file would release the process's lock on
     * it.
     */
    private static Closeable lock(Path file) throws IOException {
        FileChannel channel = FileChannel.open(
                file.resolveSibling(file.getFileName() + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!held(channel)) {
            channel.close();
            throw new IllegalStateException("the ledger is being written by another run: " + file
                    + "; wait for it, end it, or choose another folder");
        }
        return channel;
    }

    private static boolean held(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // by this process
        }
    }

    private static void truncate(Path file, long bytes) throws IOException {
        try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }

    /** Appends one step. */
    public void append(StepRecord step) {
        try {
            String json = JSON.writeValueAsString(step);
            out.write((json + "\t" + checksum(json) + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static IllegalStateException failed(Path file, IOException e) {
        return new IllegalStateException(
                "the ledger cannot be written: " + file + " (" + reason(e)
                        + "); free some space or choose another folder. Steps written so far are kept",
                e);
    }

    /** What the exception of a missing permission says is the file's name alone. */
    private static String reason(IOException e) {
        return (e instanceof AccessDeniedException ? "permission denied: " : "") + e.getMessage();
    }

    /**
     * The steps of a ledger, in order. A last line that is incomplete or has a wrong checksum is dropped; damage before it is an error
     * that names the line.
     */
    public static List<StepRecord> read(Path file) {
        try {
            return scan(file).steps();
        } catch (IOException e) {
            throw new IllegalStateException("the ledger cannot be read: " + file + " (" + reason(e) + ")", e);
        }
    }

    private record Scan(List<StepRecord> steps, long validBytes) {}

    private static Scan scan(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        List<StepRecord> steps = new ArrayList<>();
        int start = 0;
        while (start < bytes.length) {
            int end = start;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            String line = new String(bytes, start, end - start, StandardCharsets.UTF_8);
            int tab = line.lastIndexOf('\t');
            boolean whole =
                    end < bytes.length && tab >= 0 && line.substring(tab + 1).equals(checksum(line.substring(0, tab)));
            if (!whole) {
                if (end + 1 < bytes.length) {
                    throw new IllegalStateException("the ledger is damaged in line " + (steps.size() + 1) + ": " + file
                            + "; restore it from a copy, or cut it before that line to keep the steps up to there");
                }
                break;
            }
            try {
                StepRecord step = JSON.readValue(line.substring(0, tab), StepRecord.class);
                if (step.step() != steps.size()) {
                    throw new IllegalStateException("the ledger skips from step " + (steps.size() - 1) + " to "
                            + step.step() + ": " + file + "; it is not of one run");
                }
                steps.add(step);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(
                        "line " + (steps.size() + 1) + " of the ledger is no step record: " + file
                                + "; it was written by another version: read the run with that one, or move its folder elsewhere",
                        e);
            }
            start = end + 1;
        }
        return new Scan(List.copyOf(steps), start);
    }

    private static String checksum(String json) {
        CRC32C crc = new CRC32C();
        crc.update(json.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", crc.getValue());
    }

    @Override
    public void close() {
        try (lock) {
            out.close();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }
}
