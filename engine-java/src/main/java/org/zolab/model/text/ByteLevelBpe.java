package org.zolab.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;

/**
 * The definition of a byte-level BPE tokenizer (GPT-2's, OPT's), composed from {@code vocab.json} and {@code merges.txt}.
 *
 * <p>The result equals what {@code tokenizer.json} would contain: bytes as printable characters, GPT-2's splitting, the merges in order,
 * the special tokens, and a leading beginning-of-text token where {@code add_bos_token} is set.
 *
 * <p>Reference: transformers' GPT2Converter.
 */
final class ByteLevelBpe {

    static final String VOCABULARY = "vocab.json";
    static final String MERGES = "merges.txt";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ByteLevelBpe() {}

    static JsonNode compose(ModelFiles files, SpecialTokens names) {
        if (!files.has(VOCABULARY) || !files.has(MERGES)) {
            throw new ModelFileException("tokenizer is not there: neither tokenizer.json nor both " + VOCABULARY
                    + " and " + MERGES + " in " + files.location() + "; copy or download the whole model folder");
        }
        ObjectNode vocabulary = (ObjectNode) files.json(VOCABULARY);
        ObjectNode definition = NODES.objectNode();
        definition.put("version", "1.0");
        definition.putNull("truncation");
        definition.putNull("padding");
        ArrayNode added = definition.putArray("added_tokens");
        Map<Integer, ObjectNode> tokens = added(files, vocabulary, names);
        tokens.forEach((id, token) -> {
            ObjectNode entry = NODES.objectNode().put("id", id);
            entry.setAll(token);
            added.add(entry);
        });
        definition.putNull("normalizer");
        boolean blank = names.config().path("add_prefix_space").asBoolean(false);
        definition.set("pre_tokenizer", byteLevel(blank, true));
        String bos = names.content("bos_token");
        if (names.config().path("add_bos_token").asBoolean(false) && bos != null) {
            definition.set("post_processor", leading(bos, idOf(bos, tokens, vocabulary)));
        } else {
            definition.set("post_processor", byteLevel(true, false));
        }
        definition.set("decoder", byteLevel(true, true));
        ObjectNode model = definition.putObject("model");
        model.put("type", "BPE");
        model.putNull("dropout");
        model.putNull("unk_token");
        model.put("continuing_subword_prefix", "");
        model.put("end_of_word_suffix", "");
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.put("ignore_merges", false);
        model.set("vocab", vocabulary);
        model.set("merges", merges(files, vocabulary));
        return definition;
    }

    /** The special and added tokens by id, as a tokenizer.json lists them. */
    private static Map<Integer, ObjectNode> added(ModelFiles files, ObjectNode vocabulary, SpecialTokens names) {
        Map<Integer, ObjectNode> tokens = new TreeMap<>(names.added());
        Map<String, Integer> known = new TreeMap<>();
        tokens.forEach((id, token) -> known.put(token.path("content").asText(), id));
        for (ObjectNode token : names.roles().values()) {
            String content = token.path("content").asText();
            if (known.containsKey(content)) {
                tokens.get(known.get(content)).put("special", true);
            } else if (vocabulary.has(content)) {
                int id = Tokenizer.whole(vocabulary.get(content), content, files.where(VOCABULARY));
                known.put(content, id);
                tokens.put(id, token);
            } else {
                throw new ModelFileException(
                        files.where(VOCABULARY) + " has no token " + content
                                + ", which the model's special tokens name; the files are not of one model, download them again");
            }
        }
        return tokens;
    }

    private static int idOf(String content, Map<Integer, ObjectNode> tokens, ObjectNode vocabulary) {
        return tokens.entrySet().stream()
                .filter(item -> item.getValue().path("content").asText().equals(content))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(() -> vocabulary.path(content).asInt());
    }

    private static ArrayNode merges(ModelFiles files, ObjectNode vocabulary) {
        ArrayNode merges = NODES.arrayNode();
        Set<String> seen = new HashSet<>();
        int number = 0;
        for (String line : utf8(files).split("\n")) {
            number++;
            String merge = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
            if (merge.isEmpty() || number == 1 && merge.startsWith("#version")) {
                continue;
            }
            String[] parts = merge.split(" ", -1);
            if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
                throw bad(files, number, "is not two pieces with a blank between", merge);
            }
            if (!vocabulary.has(parts[0]) || !vocabulary.has(parts[1]) || !vocabulary.has(parts[0] + parts[1])) {
                throw bad(files, number, "has a piece that is not in " + VOCABULARY, merge);
            }
            if (!seen.add(merge)) {
                throw bad(files, number, "stands there twice", merge);
            }
            merges.addArray().add(parts[0]).add(parts[1]);
        }
        return merges;
    }

    private static String utf8(ModelFiles files) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(files.bytes(MERGES)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFileException(
                    files.where(MERGES) + " is not UTF-8 text: " + e.getMessage() + "; copy or download it again", e);
        }
    }

    private static ModelFileException bad(ModelFiles files, int line, String what, String merge) {
        return new ModelFileException(files.where(MERGES) + " line " + line + " " + what + ": \"" + merge
                + "\"; copy or download the tokenizer's files again");
    }

    private static ObjectNode byteLevel(boolean prefixBlank, boolean trimOffsets) {
        return NODES.objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", prefixBlank)
                .put("trim_offsets", trimOffsets)
                .put("use_regex", true);
    }

    /** Puts one token before every text. */
    private static ObjectNode leading(String token, int id) {
        ObjectNode template = NODES.objectNode().put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        piece(single, "SpecialToken", token, 0);
        piece(single, "Sequence", "A", 0);
        ArrayNode pair = template.putArray("pair");
        piece(pair, "SpecialToken", token, 0);
        piece(pair, "Sequence", "A", 0);
        piece(pair, "Sequence", "B", 1);
        ObjectNode special = template.putObject("special_tokens").putObject(token);
        special.put("id", token);
        special.putArray("ids").add(id);
        special.putArray("tokens").add(token);
        return template;
    }

    private static void piece(ArrayNode template, String kind, String id, int type) {
        template.addObject().putObject(kind).put("id", id).put("type_id", type);
    }
}
