package org.zolab.model.hub;

import java.io.PrintStream;
import java.util.Locale;

/** The progress of downloads: a single line, overwritten once a second, and left standing when a file is complete. */
final class Progress {

    private static final long PACE = 1_000_000_000L;
    private static final double KILO = 1000;

    private final PrintStream out;
    private long begun;
    private long from;
    private long last;
    private int width;

    Progress(PrintStream out) {
        this.out = out;
    }

    /** A file is about to be fetched, of which {@code from} bytes are already here. */
    void begin(long from) {
        this.begun = System.nanoTime();
        this.last = begun;
        this.from = from;
        this.width = 0;
    }

    /** {@code done} of the file's bytes are here. */
    void at(String file, long done, long size) {
        long now = System.nanoTime();
        if (now - last >= PACE) {
            last = now;
            double rate = (done - from) / ((now - begun) / 1e9);
            String left = rate > 0 ? String.format(Locale.ROOT, ", %s left", time((size - done) / rate)) : "";
            write(String.format(
                    Locale.ROOT, "%s: %s of %s, %s/s%s", file, bytes(done), bytes(size), bytes((long) rate), left));
        }
    }

    /** The file is complete. */
    void end(String file, long size) {
        write(String.format(Locale.ROOT, "%s: %s", file, bytes(size)));
        out.println();
    }

    /** Tells the waiting user something. */
    void say(String sentence) {
        write(sentence);
        out.println();
        width = 0;
    }

    private void write(String line) {
        out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        out.flush();
        width = line.length();
    }

    private static String time(double seconds) {
        return seconds < 100
                ? String.format(Locale.ROOT, "%.0f s", seconds)
                : String.format(Locale.ROOT, "%.0f min", seconds / 60);
    }

    static String bytes(double bytes) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        int unit = 0;
        double value = bytes;
        while (value >= KILO && unit < units.length - 1) {
            value /= KILO;
            unit++;
        }
        return String.format(Locale.ROOT, unit > 0 && value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    }
}
