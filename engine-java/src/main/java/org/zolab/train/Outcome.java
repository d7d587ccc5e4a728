package org.zolab.train;

import java.util.Locale;

/** How a run ended. Outcomes are values, since an expected end is not an exception. */
public sealed interface Outcome {

    /** All steps were taken. */
    record Completed() implements Outcome {

        static final String WORD = "completed";

        @Override
        public String sentence() {
            return WORD;
        }

        @Override
        public String word() {
            return WORD;
        }

        @Override
        public String toString() {
            return sentence();
        }
    }

    /**
     * Somebody asked it to stop.
     *
     * @param steps how many steps were taken
     */
    record Stopped(int steps) implements Outcome {
        @Override
        public String sentence() {
            return word() + " after " + counted(steps, "step");
        }

        @Override
        public String word() {
            return "stopped";
        }

        @Override
        public String toString() {
            return sentence();
        }
    }

    /**
     * The loss grew without bound.
     *
     * @param steps  how many steps were taken
     * @param advice what to change
     */
    record Diverged(int steps, String advice) implements Outcome {

        static final String WORD = "diverged";

        @Override
        public String sentence() {
            return word()
                    + (steps == 0 ? " before the first step: " : " after " + counted(steps, "step") + ": ")
                    + advice;
        }

        @Override
        public String word() {
            return WORD;
        }

        @Override
        public String toString() {
            return sentence();
        }
    }

    /** In words, with what to do next. */
    String sentence();

    /** In one word. */
    String word();

    /** What to change; empty where nothing went wrong. */
    default String advice() {
        return "";
    }

    /** A number of things, such as {@code 1 step} and {@code 1,000 steps}. */
    static String counted(long number, String thing) {
        return number(number) + " " + thing + (number == 1 ? "" : "s");
    }

    /** A whole number with separators, such as {@code 1,000}. */
    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
