package org.zolab.train;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Small files that are written whole or not at all, whenever the process ends. */
final class WholeFile {

    private WholeFile() {}

    /** Replaces the content of {@code file} by {@code text}. */
    static void write(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.writeString(part, text);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Why a file cannot be written or read: what the exception of a missing permission says is the file's name alone. */
    static String reason(IOException e) {
        return (e instanceof AccessDeniedException ? "permission denied: " : "") + e.getMessage();
    }
}
