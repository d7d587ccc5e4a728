package org.zolab.model.adapter;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern that PEFT's files match against layers' names, whole or behind a dot. These files may be anybody's, and a regular expression may
 * take exponentially long, so matching ends with an error after many more steps than a useful one takes.
 */
final class LayerPattern {

    /** How many characters a match may read; those of useful patterns read a few thousand. */
    private static final int MOST = 1_000_000;

    private final String regex;
    private final Pattern pattern;

    /** @throws IllegalArgumentException if {@code regex} is not a regular expression */
    LayerPattern(String regex) {
        this.regex = regex;
        try {
            this.pattern = Pattern.compile("(.*\\.)?(" + regex + ")");
        } catch (PatternSyntaxException | StackOverflowError e) {
            throw new IllegalArgumentException("a pattern of layers is not a regular expression: " + regex, e);
        }
    }

    /** @throws IllegalArgumentException if that takes too long to tell */
    boolean matches(String layer) {
        try {
            return pattern.matcher(new Read(layer)).matches();
        } catch (StackOverflowError e) {
            throw tooLong(layer);
        }
    }

    private IllegalArgumentException tooLong(String layer) {
        return new IllegalArgumentException(
                "a pattern of layers takes too long to match " + layer + ": " + regex + "; write a simpler one");
    }

    /** A layer's name whose characters are counted as they are read. */
    private final class Read implements CharSequence {
        private final String layer;
        private int count;

        Read(String layer) {
            this.layer = layer;
        }

        @Override
        public char charAt(int index) {
            if (++count > MOST) {
                throw tooLong(layer);
            }
            return layer.charAt(index);
        }

        @Override
        public int length() {
            return layer.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return layer.subSequence(start, end);
        }
    }
}
