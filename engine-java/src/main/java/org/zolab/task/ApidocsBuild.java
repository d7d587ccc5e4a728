package org.zolab.task;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/**
 * Creates the data of {@link Apidocs} while the engine is built, from the sources jars that Maven resolved.
 *
 * <p>A sentence is taken if it has 5 to 32 words, mostly letters, and occurs in only one place. In it, names of the library, of its
 * packages and of its classes become X. Classes rather than sentences are assigned to splits, in an order given by a hash of their name,
 * so that no neighbour of a test sentence was trained on. Nothing is random.
 */
public final class ApidocsBuild {
    private static final int LEAST_WORDS = 5;
    private static final int MOST_WORDS = 32;
    private static final int MOST_PER_CLASS = 8;
    private static final String MASK = "X";
    private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");
    private static final Pattern MASKS = Pattern.compile("X(?:[.\\-](?:X\\b))+|X(?: X)+\\b");
    /** A library's name inside a longer one; if a small letter follows, it is a different word. */
    private static final Pattern REVEALING = Pattern.compile(Apidocs.LIBRARIES.stream()
            .flatMap(library -> library.names().stream())
            .distinct()
            .collect(Collectors.joining("|", "(?:", ")(?![a-z])")));

    private static final ObjectMapper JSON = new ObjectMapper();

    private record Sentence(int label, String source, String text) {}

    private ApidocsBuild() {}

    /**
     * Writes the data.
     *
     * @param args the folder with one sources jar per library, and the file to write
     * @throws IOException if the file cannot be written
     */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]), Path.of(args[1]));
    }

    static void write(Path jars, Path out) throws IOException {
        List<List<Sentence>> libraries = new ArrayList<>();
        for (int label = 0; label < Apidocs.LIBRARIES.size(); label++) {
            libraries.add(read(jars.resolve(Apidocs.LIBRARIES.get(label).jar()), label));
        }
        Map<String, Integer> places = new HashMap<>();
        libraries.forEach(sentences -> sentences.forEach(s -> places.merge(letters(s.text()), 1, Integer::sum)));
        Map<Split, List<Sentence>> splits = new TreeMap<>();
        for (List<Sentence> sentences : libraries) {
            sentences.removeIf(s -> places.get(letters(s.text())) > 1);
            deal(sentences, splits);
        }
        Files.createDirectories(out.toAbsolutePath().getParent());
        Files.writeString(out, text(splits), StandardCharsets.UTF_8);
    }

    private static List<Sentence> read(Path jar, int label) {
        List<DocComments.Documented> files = DocComments.read(jar);
        Set<String> names =
                files.stream().map(DocComments.Documented::className).collect(Collectors.toSet());
        for (DocComments.Documented file : files) {
            names.addAll(List.of(file.packageName().split("\\.")).subList(0, 1));
        }
        List<Sentence> sentences = new ArrayList<>();
        for (DocComments.Documented file : files) {
            String source = file.packageName() + "." + file.className();
            file.comments().stream()
                    .flatMap(List::stream)
                    .flatMap(paragraph -> DocComments.sentences(paragraph).stream())
                    .filter(ApidocsBuild::prose)
                    .map(sentence -> mask(sentence, names))
                    .filter(ApidocsBuild::says)
                    .forEach(sentence -> sentences.add(new Sentence(label, source, sentence)));
        }
        return sentences;
    }

    private static boolean prose(String sentence) {
        int words = sentence.split(" ").length;
        long letters =
                sentence.chars().filter(c -> c < 128 && Character.isLetter(c)).count();
        return words >= LEAST_WORDS
                && words <= MOST_WORDS
                && letters >= 0.75 * sentence.length()
                && Character.isUpperCase(sentence.charAt(0))
                && sentence.endsWith(".")
                && !sentence.contains("_");
    }

    private static String mask(String sentence, Set<String> names) {
        Matcher word = WORD.matcher(sentence);
        String masked = word.replaceAll(match ->
                isName(match.group(), names) || REVEALING.matcher(match.group()).find() ? MASK : match.group());
        return MASKS.matcher(masked).replaceAll(MASK);
    }

    private static boolean isName(String word, Set<String> names) {
        return names.contains(word) || word.endsWith("s") && names.contains(word.substring(0, word.length() - 1));
    }

    private static boolean says(String sentence) {
        return WORD.matcher(sentence)
                        .results()
                        .filter(word -> !word.group().equals(MASK))
                        .count()
                >= LEAST_WORDS - 1;
    }

    /** Assigns whole classes, test first; a class that would overfill a split contributes what fits, and the rest of it is left out. */
    private static void deal(List<Sentence> sentences, Map<Split, List<Sentence>> splits) {
        Map<String, List<Sentence>> classes = sentences.stream()
                .collect(Collectors.groupingBy(Sentence::source, LinkedHashMap::new, Collectors.toList()));
        List<String> order = classes.keySet().stream()
                .sorted(Comparator.comparing(ApidocsBuild::hash).thenComparing(Comparator.naturalOrder()))
                .toList();
        int next = 0;
        for (Split split : List.of(Split.TEST, Split.DEV, Split.TRAIN)) {
            List<Sentence> dealt = new ArrayList<>();
            int wanted = Apidocs.size(split) / Apidocs.LIBRARIES.size();
            while (dealt.size() < wanted) {
                if (next == order.size()) {
                    throw new IllegalStateException("too few sentences for " + split + " in the library of "
                            + order.get(0) + ": " + dealt.size() + " of " + wanted);
                }
                List<Sentence> one = new ArrayList<>(classes.get(order.get(next++)));
                one.sort(Comparator.comparing(s -> hash(s.text())));
                dealt.addAll(one.subList(0, Math.min(one.size(), Math.min(MOST_PER_CLASS, wanted - dealt.size()))));
            }
            splits.computeIfAbsent(split, s -> new ArrayList<>()).addAll(dealt);
        }
    }

    private static String text(Map<Split, List<Sentence>> splits) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<Split, List<Sentence>> split : splits.entrySet()) {
            List<Sentence> mixed = new ArrayList<>(split.getValue());
            mixed.sort(Comparator.<Sentence, Long>comparing(s -> hash(s.text())).thenComparing(Sentence::text));
            for (Sentence sentence : mixed) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("split", split.getKey().name());
                row.put("label", sentence.label());
                row.put("source", sentence.source());
                row.put("text", sentence.text());
                lines.append(JSON.writeValueAsString(row)).append('\n');
            }
        }
        return lines.toString();
    }

    private static long hash(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }

    private static String letters(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
    }
}
