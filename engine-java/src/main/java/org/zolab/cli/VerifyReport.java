package org.zolab.cli;

import java.io.PrintStream;
import java.util.Locale;

/** The lines of a verification, one for each compared quantity, and how many of each kind. */
final class VerifyReport {

    private final PrintStream out;
    private int passed;
    private int failed;
    private int skipped;

    VerifyReport(PrintStream out) {
        this.out = out;
    }

    /** A quantity that may differ by rounding; a NaN fails. */
    void within(String item, double error, double tolerance) {
        boolean ok = error <= tolerance;
        count(ok);
        out.printf(Locale.ROOT, "%s %s error=%.2e tolerance=%.0e%n", ok ? "pass" : "fail", item, error, tolerance);
    }

    /** A quantity that has to be as near to {@code exact} numbers as the reference's are, or within the tolerance, in {@code units}. */
    void asNear(String item, double[] computed, double[] reference, double[] exact, double[] units, double tolerance) {
        double own = Golden.distance(reference, exact, units);
        within(item, Golden.distance(computed, exact, units), Math.max(tolerance, own));
    }

    /** A quantity that has to be equal; {@code different} says in how many places it is not. */
    void equal(String item, long different, String where) {
        count(different == 0);
        String tail = different == 0 ? "" : " (" + where + ")";
        out.printf(
                Locale.ROOT, "%s %s error=%d tolerance=0%s%n", different == 0 ? "pass" : "fail", item, different, tail);
    }

    /** A quantity that is not compared. */
    void skip(String item, String reason) {
        skipped++;
        out.println("skip " + item + " error=- tolerance=- (" + line(reason) + ")");
    }

    /** A quantity that could not be compared although it should. */
    void fail(String item, String reason) {
        failed++;
        out.println("fail " + item + " error=NaN tolerance=0 (" + line(reason) + ")");
    }

    /** Runs a part; if it cannot go on, that is a failure of {@code item}. */
    void part(String item, Runnable part) {
        try {
            part.run();
        } catch (RuntimeException e) { // whatever a damaged file leads to is a line, and the other items still run
            fail(item, e instanceof IllegalArgumentException ? String.valueOf(e.getMessage()) : e.toString());
        }
    }

    /** Whether nothing was compared, skipped or failed yet. */
    boolean isEmpty() {
        return passed + failed + skipped == 0;
    }

    /** Prints the totals; 0 only without a failure. */
    int end() {
        out.println(passed + " passed, " + failed + " failed, " + skipped + " skipped");
        return failed == 0 ? 0 : 1;
    }

    private void count(boolean ok) {
        if (ok) {
            passed++;
        } else {
            failed++;
        }
    }

    private static String line(String text) {
        return text.replaceAll("\\s*\\R\\s*", "; ");
    }
}
