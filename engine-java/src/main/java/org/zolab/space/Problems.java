package org.zolab.space;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gathers everything that is wrong with a piece of input, so that a user reads all of it at once. */
public final class Problems {

    private static final int QUOTED = 60;

    private final List<String> found = new ArrayList<>();

    /** Notes {@code message: value} unless {@code ok}. Write conditions as {@code x > 0}, which NaN fails too. */
    public Problems require(boolean ok, String message, @Nullable Object value) {
        return ok ? this : add(message + ": " + value);
    }

    /** Notes a whole sentence. */
    public Problems add(String message) {
        found.add(message);
        return this;
    }

    /** Runs {@code part} and notes the message of an {@link IllegalArgumentException}. */
    public Problems gather(Runnable part) {
        get(() -> {
            part.run();
            return true;
        });
        return this;
    }

    /** The value of {@code part}, or null and its message noted if it throws an {@link IllegalArgumentException}. */
    public <T> @Nullable T get(Supplier<T> part) {
        try {
            return part.get();
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            add(message == null ? e.toString() : message);
            return null;
        }
    }

    /** A text in quotes for a message: in one line, of a long one its beginning. */
    public static String quoted(String text) {
        String line = text.replaceAll("\\R", " ");
        return "\"" + (line.length() <= QUOTED ? line : line.substring(0, QUOTED) + "…") + "\"";
    }

    /** What was noted so far, in order. */
    public List<String> list() {
        return List.copyOf(found);
    }

    /** Throws one {@link IllegalArgumentException} with a line for each problem, if there is any. */
    public void orThrow() {
        if (!found.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", found));
        }
    }
}
