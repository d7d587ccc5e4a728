package org.zolab.train;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Carries out an ablation. Each run has a folder named after its settings: a finished run there is read instead of run again, and one that was
 * cut off continues from its ledger. The numbers are those of an undisturbed ablation, however many runs go on at once.
 *
 * <p>After each run its checkpoint is removed, since replaying the ledger gives the same parameters, and the file of results is written anew. What
 * is finished is read before anything is written, so a resumed ablation that is cut off again has lost none of its results.
 */
public final class Ablator {

    /** The name of the results in an ablation's folder: a JSON object a line, one for each evaluation. */
    public static final String RESULTS = "results.jsonl";

    /** The name of the folder of its runs in an ablation's folder. */
    public static final String RUNS = "runs";

    /** The name of the settings in an ablation's folder. */
    public static final String SETTINGS = "ablation.txt";

    /** The name of the file in an ablation's folder that is locked while the ablation goes on. */
    private static final String LOCK = "ablation.lock";

    private final Ablation ablation;
    private final Set<FineTuner> going = ConcurrentHashMap.newKeySet();
    private final List<Trial> trials = new ArrayList<>();
    private final Map<String, Tuning.Tuned> tuned = new ConcurrentHashMap<>();
    private volatile boolean stopped;
    private volatile boolean reading; // only what is finished

    /** An ablation, not yet started. */
    public Ablator(Ablation ablation) {
        this.ablation = ablation;
    }

    /**
     * An event in one of the runs.
     *
     * @param arm   whose run it is
     * @param seed  its seed
     * @param event what happened in it
     */
    public record Moment(String arm, long seed, Event event) {}

    /** Asks it to stop, which takes at most one forward pass of each run in progress. May be called from any thread. */
    public void stop() {
        stopped = true;
        going.forEach(FineTuner::stop);
    }

    /** The result so far. May be called from any thread. */
    public AblationResult soFar() {
        synchronized (trials) {
            return new AblationResult(ablation, trials, tuned);
        }
    }

    /**
     * Runs to the end, or until it is stopped. {@code listener} is called on the threads of the runs.
     *
     * @throws IllegalStateException if an ablation in this folder goes on, here or in another process, or if the disk is full
     */
    @SuppressWarnings("try") // the lock is held, not used
    public AblationResult run(Consumer<Moment> listener) {
        try (FileChannel held = locked()) {
            readFinished(listener);
            write(SETTINGS, ablation.toString());
            return race(listener);
        } catch (IOException e) {
            throw unwritable(ablation.folder(), e);
        }
    }

    /** A lock on the folder; the system drops it when the process ends, however it does. */
    private FileChannel locked() throws IOException {
        Files.createDirectories(ablation.folder());
        FileChannel channel =
                FileChannel.open(ablation.folder().resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // by this process
        }
        channel.close();
        throw new IllegalStateException("an ablation in this folder is going on: " + ablation.folder()
                + "; wait for it, end it, or choose another name or folder");
    }

    /** Reads the runs that an earlier ablation finished, and with them what its tuning found. */
    private void readFinished(Consumer<Moment> listener) {
        reading = true;
        for (Ablation.Arm arm : ablation.arms()) {
            if (ablation.tuning() == null || finished(() -> tune(arm, listener))) {
                ablation.seeds()
                        .forEach(seed -> finished(() -> trial(arm, Trial.Phase.RACE, seed, rate(arm), listener)));
            }
        }
        reading = false;
        if (!soFar().trials().isEmpty()) {
            write(RESULTS, soFar().lines());
        }
    }

    private static boolean finished(Runnable part) {
        try {
            part.run();
            return true;
        } catch (CancellationException e) {
            return false;
        }
    }

    private AblationResult race(Consumer<Moment> listener) {
        ExecutorService threads = Executors.newFixedThreadPool(ablation.atOnce(), task -> {
            Thread thread = new Thread(task, "zolab-ablation");
            thread.setDaemon(true);
            thread.setContextClassLoader(Ablator.class.getClassLoader());
            return thread;
        });
        try {
            Stream<Future<?>> rates = ablation.arms().stream()
                    .filter(arm -> ablation.tuning() != null)
                    .map(arm -> threads.submit(() -> tune(arm, listener)));
            await(rates.toList());
            await(ablation.arms().stream()
                    .flatMap(arm -> ablation.seeds().stream()
                            .<Future<?>>map(seed ->
                                    threads.submit(() -> trial(arm, Trial.Phase.RACE, seed, rate(arm), listener))))
                    .toList());
        } catch (CancellationException e) {
            return soFar(); // it was stopped
        } finally {
            stop();
            threads.shutdown();
            await(threads);
        }
        return soFar();
    }

    private double rate(Ablation.Arm arm) {
        Tuning.Tuned found = tuned.get(arm.name());
        return found != null ? found.learningRate() : arm.plan().learningRate();
    }

    private void tune(Ablation.Arm arm, Consumer<Moment> listener) {
        Tuning how = Objects.requireNonNull(ablation.tuning());
        tuned.put(arm.name(), how.search(arm.plan().learningRate(), ablation.rates(), rate -> how.seeds().stream()
                .mapToDouble(seed ->
                        trial(arm, Trial.Phase.TUNING, seed, rate, listener).loss())
                .average()
                .orElseThrow()));
    }

    /** One run, which is read if it is finished already. */
    private Trial trial(Ablation.Arm arm, Trial.Phase phase, long seed, double rate, Consumer<Moment> listener) {
        Plan nowhere = ablation.plan(arm, phase, seed, rate, ablation.folder());
        Path folder = ablation.folder().resolve(RUNS).resolve(slug(arm.name()) + "-" + hash(nowhere.toString()));
        for (Trial known : soFar().trials()) {
            if (known.folder().equals(folder) && known.arm().equals(arm.name())) {
                return known;
            }
        }
        boolean earlier = new RunFolder(folder).has(RunFolder.OUTCOME);
        if (!earlier) {
            if (reading) {
                throw new CancellationException("not finished");
            }
            FineTuner run = new FineTuner(ablation.plan(arm, phase, seed, rate, folder));
            going.add(run);
            try {
                if (stopped) {
                    throw new CancellationException("stopped between two runs");
                }
                run.run(event -> listener.accept(new Moment(arm.name(), seed, event)));
            } finally {
                going.remove(run);
            }
        }
        SavedRun saved = SavedRun.read(folder);
        if (saved.outcome() instanceof Outcome.Stopped) {
            throw new CancellationException("stopped in a run");
        }
        removeCheckpoints(folder);
        Trial trial = new Trial(
                arm.name(), phase, seed, rate, nowhere.steps(), saved.outcome(), earlier, saved.evaluations(), folder);
        synchronized (trials) {
            trials.add(trial);
            if (!reading) {
                write(RESULTS, soFar().lines());
            }
        }
        return trial;
    }

    /** Waits for the runs that were told to stop: another ablation may begin in this folder after them. */
    private static void await(ExecutorService threads) {
        boolean interrupted = false;
        while (!threads.isTerminated()) {
            try {
                threads.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void await(List<Future<?>> futures) {
        try {
            for (Future<?> future : futures) {
                future.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static void removeCheckpoints(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException("a checkpoint cannot be removed: " + e.getMessage(), e);
        }
    }

    private void write(String name, String text) {
        Path file = ablation.folder().resolve(name);
        try {
            WholeFile.write(file, text);
        } catch (IOException e) {
            throw unwritable(file, e);
        }
    }

    private static IllegalStateException unwritable(Path file, IOException e) {
        return new IllegalStateException(
                file + " cannot be written (" + WholeFile.reason(e)
                        + "); free some space or choose another folder. Runs that are finished are kept",
                e);
    }

    private static String slug(String name) {
        return name.replaceAll("[^A-Za-z0-9._-]+", "-");
    }

    /** Twelve hexadecimal digits of a text. */
    static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
