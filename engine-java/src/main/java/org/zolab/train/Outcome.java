package org.zolab.train;

/** How a run ended. Each is a value: an expected end is no exception. */
public sealed interface Outcome {

    /** All steps were taken. */
    record Completed() implements Outcome {
        @Override
        public String sentence() {
            return "completed";
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
            return "stopped after " + steps + (steps == 1 ? " step" : " steps");
        }
    }

    /**
     * The loss ran away.
     *
     * @param steps  how many steps were taken
     * @param advice what to change
     */
    record Diverged(int steps, String advice) implements Outcome {
        @Override
        public String sentence() {
            return "diverged after " + steps + " steps: " + advice;
        }
    }

    /** In words. */
    String sentence();
}
