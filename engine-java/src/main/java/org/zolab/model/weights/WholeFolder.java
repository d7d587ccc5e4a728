package org.zolab.model.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Writes folders that exist either completely or not at all: they are written beside their place, then moved to it.
 *
 * <p>The output of an earlier call is replaced; a folder that holds anything else is refused and left as it is.
 */
public final class WholeFolder {

    private final Path folder;

    private WholeFolder(Path folder) {
        this.folder = folder;
    }

    /** The path to which a file of the folder is to be written. */
    public Path place(String name) {
        return folder.resolve(PlainName.of(name));
    }

    /** Writes a small file. */
    public void put(String name, byte[] bytes) {
        try {
            Files.write(place(name), bytes);
        } catch (IOException e) {
            throw new ModelFileException(place(name) + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Writes {@code value} as readable JSON. */
    public void json(String name, Object value) {
        try {
            put(name, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Writes a folder.
     *
     * @param own     names of files that it may already hold and that are replaced
     * @param weights the one among them that shows, by {@link SafetensorsWriter#signed}, that an earlier call wrote them
     * @param fill    writes the files
     * @throws ModelFileException if it holds other files, or files that no earlier call wrote, or cannot be written
     */
    public static void write(Path folder, Collection<String> own, String weights, Consumer<WholeFolder> fill) {
        Path target = folder.toAbsolutePath().normalize();
        Path parent = target.getParent();
        if (parent == null) {
            throw new ModelFileException("folder is not one that can be made: " + folder + "; name a new folder");
        }
        String id = "." + target.getFileName() + "." + UUID.randomUUID();
        Path fresh = parent.resolve(id + ".new");
        Path old = parent.resolve(id + ".old");
        try {
            refuseOthers(target, own, target.resolve(weights));
            Files.createDirectories(fresh);
            fill.accept(new WholeFolder(fresh));
            if (Files.exists(target)) {
                Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
            }
            try {
                Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                if (Files.exists(old)) {
                    Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
                }
                throw e;
            }
        } catch (IOException e) {
            throw new ModelFileException(
                    folder + " cannot be written: " + e.getMessage()
                            + "; check its permissions, or name another folder",
                    e);
        } finally {
            discard(fresh);
        }
        discard(old); // kept if nothing took its place
    }

    private static void refuseOthers(Path folder, Collection<String> own, Path weights) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new ModelFileException(folder + " is not a folder; name a new one");
        }
        List<String> found;
        try (Stream<Path> files = Files.list(folder)) {
            found = files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
        List<String> others =
                found.stream().filter(name -> !own.contains(name)).limit(5).toList();
        if (!others.isEmpty()) {
            throw new ModelFileException(folder + " holds other files, so nothing was written: "
                    + String.join(", ", others) + "; name a new folder");
        }
        if (!found.isEmpty() && !(Files.isRegularFile(weights) && SafetensorsWriter.wrote(weights))) {
            throw new ModelFileException(folder + " holds files that ZoLab has not written, so nothing was written: "
                    + String.join(", ", found) + "; name a new folder");
        }
    }

    private static void discard(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            folder.toFile().deleteOnExit(); // leftovers beside the folder have names that say what they are
        }
    }
}
