package org.zolab.space;

import java.util.regex.Pattern;

/** Numbers as people write them: 1e-4, where Java prints 1.0E-4 or 1.0e-04. Plans keep Java's, since runs are known by their words. */
public final class Numbers {

    private static final Pattern POWER =
            Pattern.compile("(?<![\\w.])(\\d+)(?:\\.(\\d*?)0*)?[eE]([+-]?)0*(\\d+)(?![\\w.])");

    private Numbers() {}

    /** A text with its powers of ten written that way. */
    public static String plain(String text) {
        return POWER.matcher(text)
                .replaceAll(found -> found.group(1)
                        + (found.group(2) == null || found.group(2).isEmpty() ? "" : "." + found.group(2))
                        + "e" + (found.group(3).equals("-") ? "-" : "") + found.group(4));
    }
}
