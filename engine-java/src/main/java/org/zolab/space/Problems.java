package org.zolab.space;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Collects everything that is wrong with an input, so that the user sees all of it at once. */
public final class Problems {

    private static final int QUOTED = 60;

    private final List<String> found = new ArrayList<>();

    /** Records {@code message: value} unless {@code ok}. Write conditions in the form {@code x > 0}, so that NaN fails them too. */
    public Problems require(boolean ok, String message, @Nullable Object value) {
        return ok ? this : add(message + ": " + (value instanceof Number ? Numbers.plain(value.toString()) : value));
    }

    /** Records a problem as a whole sentence. */
    public Problems add(String message) {
        found.add(message);
        return this;
    }

    /** Runs {@code part}; if it throws an {@link IllegalArgumentException}, records its message. */
    public Problems gather(Runnable part) {
        get(() -> {
            part.run();
            return true;
        });
        return this;
    }

    /** The value of {@code part}; null, with its message recorded, if it throws an {@link IllegalArgumentException}. */
    public <T> @Nullable T get(Supplier<T> part) {
        try {
            return part.get();
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            add(message == null ? e.toString() : message);
            return null;
        }
    }

    /** A text quoted for a message, on one line and truncated if long. */
    public static String quoted(String text) {
        String line = text.replaceAll("\\R", " ");
        return "\"" + (line.length() <= QUOTED ? line : line.substring(0, QUOTED) + "…") + "\"";
    }

    /** The problems recorded so far, in order. */
    public List<String> list() {
        return List.copyOf(found);
    }

    /** Throws a single {@link IllegalArgumentException} with one line per problem, if there are any. */
    public void orThrow() {
        if (!found.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", found));
        }
    }
}
