package org.zolab.samples.pretrain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.zolab.task.DocComments;

/**
 * English prose about software: the documentation comments of a folder of sources jars, without what repeats.
 *
 * <p>A paragraph stays if it reads like a sentence (at least four words, mostly letters) and was not seen before; of the
 * files, one in fifty is held out, chosen by a hash of its name, so that no sentence's neighbours are trained on.
 *
 * @param train the files to learn from
 * @param heldOut the files whose loss is reported
 */
public record Corpus(List<Page> train, List<Page> heldOut) {
    private static final int HELD_OUT_ONE_IN = 50;
    private static final int STEM = 16;

    /**
     * The text of one source file.
     *
     * @param title its class in plain words, with the last two names of its package
     * @param comments one text per documentation comment
     */
    public record Page(String title, List<String> comments) {
        long characters() {
            return comments.stream().mapToLong(String::length).sum();
        }
    }

    /**
     * Reads every jar of a folder, in the order of their names.
     *
     * @param excluded texts that must not be learned from: a paragraph that contains one, letter by letter, is dropped
     * @throws UncheckedIOException if the folder or a jar cannot be read
     * @throws IllegalArgumentException if the folder holds no jar
     */
    public static Corpus read(Path folder, Set<String> excluded) {
        Map<String, List<String>> unwanted = index(excluded);
        Set<String> seen = new HashSet<>();
        List<Page> train = new ArrayList<>();
        List<Page> heldOut = new ArrayList<>();
        for (Path jar : jars(folder)) {
            for (DocComments.Documented file : DocComments.read(jar)) {
                List<String> comments = new ArrayList<>();
                for (List<String> paragraphs : file.comments()) {
                    String text = String.join(
                            " ",
                            paragraphs.stream()
                                    .filter(Corpus::prose)
                                    .filter(p -> !containsAny(letters(p), unwanted))
                                    .filter(p -> seen.add(letters(p)))
                                    .toList());
                    if (!text.isEmpty()) {
                        comments.add(text);
                    }
                }
                if (!comments.isEmpty()) {
                    String name = file.packageName() + "." + file.className();
                    boolean held = Math.floorMod(name.hashCode() * 0x9e3779b9, HELD_OUT_ONE_IN) == 0;
                    (held ? heldOut : train).add(new Page(title(file), List.copyOf(comments)));
                }
            }
        }
        return new Corpus(List.copyOf(train), List.copyOf(heldOut));
    }

    /**
     * Every sentence of a folder of sources jars.
     *
     * @throws UncheckedIOException if the folder or a jar cannot be read
     * @throws IllegalArgumentException if the folder holds no jar
     */
    public static Set<String> sentences(Path folder) {
        return jars(folder).stream()
                .flatMap(jar -> DocComments.read(jar).stream())
                .flatMap(file -> file.comments().stream())
                .flatMap(List::stream)
                .flatMap(paragraph -> DocComments.sentences(paragraph).stream())
                .collect(Collectors.toSet());
    }

    private static List<Path> jars(Path folder) {
        List<Path> jars;
        try (Stream<Path> files = Files.list(folder)) {
            jars = files.filter(f -> f.toString().endsWith(".jar")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the folder of sources jars " + folder, e);
        }
        if (jars.isEmpty()) {
            throw new IllegalArgumentException("folder is not a folder of sources jars: " + folder);
        }
        return jars;
    }

    /** Every comment of the training pages. */
    public Iterable<String> texts() {
        return () -> train.stream()
                .flatMap(page -> Stream.concat(Stream.of(page.title()), page.comments().stream()))
                .iterator();
    }

    private static boolean prose(String paragraph) {
        long letters = paragraph
                .chars()
                .filter(c -> c < 128 && Character.isLetter(c) || c == ' ')
                .count();
        return paragraph.split(" ").length >= 4
                && letters >= 0.85 * paragraph.length()
                && !paragraph.toLowerCase(Locale.ROOT).contains("licen");
    }

    /** The excluded texts by their first letters, so that a paragraph is searched in one pass. */
    private static Map<String, List<String>> index(Set<String> excluded) {
        Map<String, List<String>> index = new HashMap<>();
        for (String text : excluded) {
            String letters = letters(text);
            if (letters.length() >= STEM) {
                index.computeIfAbsent(letters.substring(0, STEM), stem -> new ArrayList<>())
                        .add(letters);
            }
        }
        return index;
    }

    private static boolean containsAny(String paragraph, Map<String, List<String>> excluded) {
        for (int i = 0; i + STEM <= paragraph.length() && !excluded.isEmpty(); i++) {
            for (String letters : excluded.getOrDefault(paragraph.substring(i, i + STEM), List.of())) {
                if (paragraph.startsWith(letters, i)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String letters(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
    }

    private static String title(DocComments.Documented file) {
        String[] names = file.packageName().split("\\.");
        List<String> words = new ArrayList<>(List.of(names).subList(Math.max(0, names.length - 2), names.length));
        if (!file.className().equals("package-info")) {
            words.add(file.className().replaceAll("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " "));
        }
        return String.join(" ", words).toLowerCase(Locale.ROOT);
    }
}
