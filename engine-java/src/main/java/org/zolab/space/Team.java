package org.zolab.space;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A fixed set of threads that run numbered tasks together.
 *
 * <p>Tasks are handed out one at a time, so which thread runs which varies from run to run. Results must not depend on it, and here they
 * do not: every task writes to its own place. One job runs at a time; a second caller waits. Interrupting the caller does not stop a job,
 * so nothing is left half written. A thread whose start-up action failed fails every job it reaches.
 */
public final class Team {

    /** How long, in nanoseconds, a thread polls for the next job before it sleeps: slightly longer than the pause between two stages. */
    private static final long SPIN = 30_000;

    private static final class Job {
        final IntConsumer task;
        final int tasks;
        final AtomicInteger next = new AtomicInteger();
        final AtomicInteger done = new AtomicInteger();
        final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        final Thread caller = Thread.currentThread();

        Job(int tasks, IntConsumer task) {
            this.tasks = tasks;
            this.task = task;
        }

        /** Takes tasks until none are left. The job is over when its tasks are done, whichever threads joined in. */
        void work() {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                if (failure.get() == null) { // after a failure the rest is only counted
                    try {
                        task.accept(i);
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                }
                if (done.incrementAndGet() == tasks) {
                    LockSupport.unpark(caller);
                }
            }
        }
    }

    private static final Team SINGLE = new Team();

    private final Thread[] threads;
    private volatile @Nullable Job job;
    private volatile boolean closed;

    private Team() {
        this.threads = new Thread[0];
    }

    /**
     * A team of {@code size} daemon threads.
     *
     * @param onStart run first in each thread
     */
    public Team(int size, Runnable onStart) {
        if (!(size >= 1)) {
            throw new IllegalArgumentException("threads is less than 1: " + size);
        }
        this.threads = new Thread[size];
        for (int i = 0; i < size; i++) {
            threads[i] = new Thread(() -> serve(onStart), "zolab-" + i);
            threads[i].setDaemon(true);
            threads[i].start();
        }
    }

    /** A team without threads: the caller runs all tasks itself. */
    public static Team single() {
        return SINGLE;
    }

    /** How many tasks run at once. */
    public int size() {
        return Math.max(1, threads.length);
    }

    /**
     * Runs tasks 0 to {@code tasks} − 1 and returns when all are done. The first failure is rethrown here, once no task is running any
     * more.
     *
     * @throws IllegalStateException if the team is closed, or the caller is one of its own tasks, which would wait for itself
     */
    public void run(int tasks, IntConsumer task) {
        if (threads.length == 0) {
            for (int i = 0; i < tasks; i++) {
                task.accept(i);
            }
            return;
        }
        if (Arrays.asList(threads).contains(Thread.currentThread())) {
            throw new IllegalStateException("a task asks its own team for more, and would wait for itself; do it in"
                    + " the task, or by Team.single()");
        }
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the model is closed");
            }
            Job current = new Job(tasks, task);
            job = current;
            for (Thread thread : threads) {
                LockSupport.unpark(thread);
            }
            boolean interrupted = false;
            long start = System.nanoTime();
            while (current.done.get() < tasks) {
                if (System.nanoTime() - start < SPIN) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted();
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            Throwable failure = current.failure.get();
            if (failure instanceof RuntimeException e) {
                throw e;
            }
            if (failure instanceof Error e) {
                throw e;
            }
        }
    }

    /** Ends the threads. */
    public synchronized void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }

    private void serve(Runnable onStart) {
        Throwable broken = null;
        try {
            onStart.run();
        } catch (Throwable e) {
            broken = e;
        }
        Job done = null;
        long idle = System.nanoTime();
        while (!closed) {
            Job current = job;
            if (current != null && current != done) {
                if (broken != null) {
                    current.failure.compareAndSet(null, broken);
                }
                current.work();
                done = current;
                idle = System.nanoTime();
            } else if (System.nanoTime() - idle < SPIN) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
                idle = System.nanoTime();
            }
        }
    }
}
