package org.zolab;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;

/**
 * Valid files with a few bytes changed: they are read, or refused by the one exception that is told to people; nothing hangs, and nothing
 * is allocated that the size of the file does not explain. {@code -Dfuzz.mutations=10000} tries so many of each kind.
 */
public final class Mutations {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long ROOM = 64L << 20;
    private static final Duration LONG = Duration.ofSeconds(60);

    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        7,
        127,
        255,
        256,
        65535,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 32,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };
    private static final String[] VALUES = {
        "0",
        "1",
        "-1",
        "0.5",
        "1e9",
        "1e308",
        "2147483647",
        "2147483648",
        "99999999999999999999",
        "null",
        "true",
        "\"x\"",
        "[]",
        "{}",
        "[[0]]",
        "\"\\ud800\""
    };
    private static final Pattern VALUE =
            Pattern.compile("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?|\"[^\"]{0,40}\"|true|false|null");

    private final String name;
    private final byte[] file;
    private final int head;
    private final int count;

    /**
     * Mutations of a file.
     *
     * @param head where most changes go: the first so many bytes, or 0 for anywhere
     * @param count how many, unless {@code fuzz.mutations} says
     */
    public Mutations(String name, byte[] file, int head, int count) {
        this.name = name;
        this.file = file;
        this.head = head;
        this.count = Integer.getInteger("fuzz.mutations", count);
    }

    /** Every mutation is read, or refused by an exception of this type with words; a tenth at least is refused. */
    public void areReadOrRefused(Class<? extends RuntimeException> refusal, Consumer<byte[]> reader) {
        AtomicInteger seed = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        while (seed.get() < count) {
            Assertions.assertTimeoutPreemptively(
                    LONG,
                    () -> {
                        for (int i = 0; i < 50; i++) {
                            byte[] mutated = mutated(file, head, new SplittableRandom(seed.incrementAndGet()));
                            if (!read(mutated, refusal, reader, seed.get())) {
                                refused.incrementAndGet();
                            }
                        }
                    },
                    () -> name + " hangs at mutation " + seed);
        }
        assertThat(refused.get()).as("mutations of %s that were refused", name).isGreaterThan(count / 10);
    }

    private static boolean read(
            byte[] mutated, Class<? extends RuntimeException> refusal, Consumer<byte[]> reader, int seed) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        boolean accepted = true;
        try {
            reader.accept(mutated);
        } catch (RuntimeException | Error e) {
            if (!refusal.isInstance(e)) {
                throw new AssertionError("mutation " + seed + " ends in " + e, e);
            }
            assertThat(e.getMessage()).isNotBlank();
            accepted = false;
        }
        assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
                .as("bytes allocated for mutation " + seed)
                .isLessThan(ROOM);
        return accepted;
    }

    private static byte[] mutated(byte[] file, int head, SplittableRandom random) {
        byte[] bytes = file.clone();
        for (int change = random.nextInt(1, 4); change > 0 && bytes.length > 8; change--) {
            int range = head > 0 && random.nextInt(10) > 0 ? Math.min(head, bytes.length) : bytes.length;
            int at = random.nextInt(range);
            int length = random.nextInt(1, 1 + Math.min(bytes.length - at, 1 << random.nextInt(1, 9)));
            bytes = switch (random.nextInt(10)) {
                case 0 -> flipped(bytes, at, random.nextInt(8));
                case 1 -> overwritten(bytes, at, random);
                case 2 -> Arrays.copyOf(bytes, at + 1);
                case 3 -> spliced(bytes, at, length, new byte[0]);
                case 4 -> spliced(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + length));
                case 5 -> spliced(bytes, at, 0, random(length, random));
                case 6 -> spliced(bytes, at, length, random(length, random));
                default -> anotherValue(bytes, at, range, random);
            };
        }
        return bytes;
    }

    private static byte[] flipped(byte[] bytes, int at, int bit) {
        bytes[at] ^= (byte) (1 << bit);
        return bytes;
    }

    private static byte[] overwritten(byte[] bytes, int at, SplittableRandom random) {
        long number =
                random.nextInt(4) == 0 ? bytes.length - random.nextInt(9) : NUMBERS[random.nextInt(NUMBERS.length)];
        byte[] eight = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .array();
        int width = Math.min(1 << random.nextInt(4), bytes.length - at);
        System.arraycopy(eight, 0, bytes, at, width);
        return bytes;
    }

    private static byte[] random(int length, SplittableRandom random) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] spliced(byte[] bytes, int at, int removed, byte[] added) {
        ByteBuffer all = ByteBuffer.allocate(bytes.length - removed + added.length);
        all.put(bytes, 0, at).put(added).put(bytes, at + removed, bytes.length - at - removed);
        return all.array();
    }

    /** The next value of a JSON text becomes another one. */
    private static byte[] anotherValue(byte[] bytes, int at, int range, SplittableRandom random) {
        String text = new String(bytes, at, range - at, StandardCharsets.ISO_8859_1);
        Matcher value = VALUE.matcher(text);
        return value.find()
                ? spliced(
                        bytes,
                        at + value.start(),
                        value.end() - value.start(),
                        VALUES[random.nextInt(VALUES.length)].getBytes(StandardCharsets.ISO_8859_1))
                : bytes;
    }
}
