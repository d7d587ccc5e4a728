package org.zolab.samples.pretrain;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A byte-level byte-pair vocabulary learned from text, written as the files Hugging Face's tokenizers read.
 *
 * <p>Words are cut as GPT-2 cuts them and spelled in its 256 printable byte characters. Then, until the vocabulary is
 * full, the pair of neighbouring pieces with the highest count becomes a piece; of equal counts the one that sorts
 * first. So equal text gives equal pieces. The first four ids are OPT's: {@code <s> <pad> </s> <unk>}.
 *
 * <p>Sennrich, Haddow, Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL 2016.
 *
 * @param vocabulary every piece; its index is its id
 * @param merges the merges in the order they were learned, each as two pieces with a blank between
 */
public record BytePairs(List<String> vocabulary, List<String> merges) {
    static final List<String> SPECIAL = List.of("<s>", "<pad>", "</s>", "<unk>");
    static final int END = 2;
    private static final Pattern WORDS =
            Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");
    private static final ObjectMapper JSON = new ObjectMapper();

    private record Pair(String left, String right) implements Comparable<Pair> {
        private static final Comparator<Pair> ORDER =
                Comparator.comparing(Pair::left).thenComparing(Pair::right);

        @Override
        public int compareTo(Pair other) {
            return ORDER.compare(this, other);
        }
    }

    private record Candidate(Pair pair, long count) {}

    /**
     * Learns a vocabulary.
     *
     * @param size how many pieces in all, with the special ones and the 256 bytes
     * @throws IllegalArgumentException if size leaves no room for the bytes, or the text is too small to fill it
     */
    public static BytePairs learn(Iterable<String> texts, int size) {
        if (!(size >= SPECIAL.size() + 256)) {
            throw new IllegalArgumentException("size is not at least 260 (special pieces and bytes): " + size);
        }
        List<List<String>> words = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        countWords(texts).forEach((word, count) -> {
            words.add(spell(word));
            counts.add(count);
        });
        Map<Pair, Long> pairs = new HashMap<>();
        Map<Pair, Set<Integer>> where = new HashMap<>();
        for (int w = 0; w < words.size(); w++) {
            tally(words.get(w), w, counts.get(w), pairs, where);
        }
        PriorityQueue<Candidate> queue = new PriorityQueue<>(
                Comparator.comparingLong(Candidate::count).reversed().thenComparing(Candidate::pair));
        pairs.forEach((pair, count) -> queue.add(new Candidate(pair, count)));

        List<String> vocabulary = new ArrayList<>(SPECIAL);
        for (int b = 0; b < 256; b++) {
            vocabulary.add(letter(b));
        }
        List<String> merges = new ArrayList<>();
        Set<String> known = new HashSet<>(vocabulary);
        while (vocabulary.size() < size) {
            Candidate best = queue.poll();
            if (best == null) {
                throw new IllegalArgumentException(
                        "the text is too small for " + size + " pieces: it gave " + vocabulary.size());
            }
            if (best.count() != pairs.getOrDefault(best.pair(), 0L)) {
                continue; // an older count of this pair
            }
            String piece = best.pair().left() + best.pair().right();
            merges.add(best.pair().left() + " " + best.pair().right());
            if (known.add(piece)) {
                vocabulary.add(piece);
            }
            Set<Pair> touched = new HashSet<>();
            for (int w : where.remove(best.pair())) {
                touched.addAll(pairsOf(words.get(w)));
                tally(words.get(w), w, -counts.get(w), pairs, where);
                words.set(w, merge(words.get(w), best.pair()));
                tally(words.get(w), w, counts.get(w), pairs, where);
                touched.addAll(pairsOf(words.get(w)));
            }
            pairs.remove(best.pair());
            touched.remove(best.pair());
            for (Pair pair : touched) {
                if (pairs.getOrDefault(pair, 0L) > 0) {
                    queue.add(new Candidate(pair, pairs.get(pair)));
                }
            }
        }
        return new BytePairs(List.copyOf(vocabulary), List.copyOf(merges));
    }

    private static Map<String, Long> countWords(Iterable<String> texts) {
        Map<String, Long> counts = new TreeMap<>();
        for (String text : texts) {
            Matcher matcher = WORDS.matcher(text);
            while (matcher.find()) {
                counts.merge(matcher.group(), 1L, Long::sum);
            }
        }
        return counts;
    }

    private static void tally(
            List<String> word, int index, long count, Map<Pair, Long> pairs, Map<Pair, Set<Integer>> where) {
        for (Pair pair : pairsOf(word)) {
            pairs.merge(pair, count, Long::sum);
            if (count > 0) {
                where.computeIfAbsent(pair, p -> new HashSet<>()).add(index);
            }
        }
    }

    private static List<Pair> pairsOf(List<String> word) {
        List<Pair> pairs = new ArrayList<>(word.size());
        for (int i = 0; i + 1 < word.size(); i++) {
            pairs.add(new Pair(word.get(i), word.get(i + 1)));
        }
        return pairs;
    }

    private static List<String> merge(List<String> word, Pair pair) {
        List<String> merged = new ArrayList<>(word.size());
        for (int i = 0; i < word.size(); i++) {
            boolean hit = i + 1 < word.size()
                    && word.get(i).equals(pair.left())
                    && word.get(i + 1).equals(pair.right());
            merged.add(hit ? pair.left() + pair.right() : word.get(i));
            i += hit ? 1 : 0;
        }
        return merged;
    }

    private static List<String> spell(String word) {
        List<String> letters = new ArrayList<>();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            letters.add(letter(b & 0xff));
        }
        return letters;
    }

    /** GPT-2's character for a byte: itself where that is printable, else the next one free above 255. */
    private static String letter(int b) {
        boolean printable = b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
        if (printable) {
            return Character.toString(b);
        }
        int rank = b <= ' ' ? b : b <= 0xa0 ? b - 0x7f + 33 : 67;
        return Character.toString(256 + rank);
    }

    /**
     * Writes vocab.json, merges.txt, tokenizer.json, tokenizer_config.json and special_tokens_map.json.
     *
     * @throws IOException if a file cannot be written
     */
    public void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Map<String, Integer> ids = new LinkedHashMap<>();
        vocabulary.forEach(piece -> ids.put(piece, ids.size()));
        Files.writeString(folder.resolve("vocab.json"), JSON.writeValueAsString(ids));
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", merges) + "\n");

        ObjectNode root = JSON.createObjectNode().put("version", "1.0");
        root.putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (String special : SPECIAL) {
            added.addObject()
                    .put("id", ids.get(special))
                    .put("content", special)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        root.putNull("normalizer");
        byteLevel(root.putObject("pre_tokenizer"));
        ObjectNode template = root.putObject("post_processor").put("type", "TemplateProcessing");
        template.set("single", JSON.createArrayNode().add(special()).add(sequence("A")));
        template.set(
                "pair",
                JSON.createArrayNode()
                        .add(special())
                        .add(sequence("A"))
                        .add(special())
                        .add(sequence("B")));
        ObjectNode end = template.putObject("special_tokens").putObject("</s>").put("id", "</s>");
        end.putArray("ids").add(END);
        end.putArray("tokens").add("</s>");
        byteLevel(root.putObject("decoder"));
        ObjectNode model = root.putObject("model").put("type", "BPE");
        model.putNull("dropout")
                .put("unk_token", "<unk>")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix")
                .put("fuse_unk", false)
                .put("byte_fallback", false);
        model.set("vocab", JSON.valueToTree(ids));
        model.set("merges", JSON.valueToTree(merges));
        Files.writeString(folder.resolve("tokenizer.json"), JSON.writeValueAsString(root));

        ObjectNode names = JSON.createObjectNode()
                .put("bos_token", "</s>")
                .put("eos_token", "</s>")
                .put("pad_token", "<pad>")
                .put("unk_token", "<unk>");
        Files.writeString(folder.resolve("special_tokens_map.json"), names.toPrettyString() + "\n");
        names.put("tokenizer_class", "GPT2Tokenizer")
                .put("add_bos_token", true)
                .put("add_prefix_space", false)
                .put("errors", "replace");
        Files.writeString(folder.resolve("tokenizer_config.json"), names.toPrettyString() + "\n");
    }

    private static void byteLevel(ObjectNode node) {
        node.put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private static ObjectNode special() {
        ObjectNode node = JSON.createObjectNode();
        node.putObject("SpecialToken").put("id", "</s>").put("type_id", 0);
        return node;
    }

    private static ObjectNode sequence(String id) {
        ObjectNode node = JSON.createObjectNode();
        node.putObject("Sequence").put("id", id).put("type_id", 0);
        return node;
    }
}
