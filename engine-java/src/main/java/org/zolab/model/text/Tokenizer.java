package org.zolab.model.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.tensor.Natives;

/**
 * A model's tokenizer: converts text to token ids and back, with the same results as the Python tools.
 *
 * <p>It is read from {@code tokenizer.json}; where a folder has only {@code vocab.json} and {@code merges.txt}, as OPT's does, the same
 * tokenizer is composed from these. Ids that do not spell complete text, such as half of a character, decode to U+FFFD; unpaired
 * surrogates of a Java string count as U+FFFD too.
 *
 * <p>Thread-safe.
 */
public final class Tokenizer implements AutoCloseable {

    private static final String BOS = "bos_token";
    private static final Map<String, String> NEITHER_CUT_NOR_PADDED = Map.of("truncation", "false", "padding", "false");

    private final String location;
    private final HuggingFaceTokenizer tokenizer;
    private final Map<String, OptionalInt> special;
    private final OptionalInt own; // the token that begins a text according to the files
    private final int vocabularySize;
    private final int largestId;

    private Tokenizer(
            String location,
            HuggingFaceTokenizer tokenizer,
            Map<String, OptionalInt> special,
            OptionalInt own,
            int vocabularySize,
            int largestId) {
        this.location = location;
        this.tokenizer = tokenizer;
        this.special = special;
        this.own = own;
        this.vocabularySize = vocabularySize;
        this.largestId = largestId;
    }

    /**
     * The tokenizer of a model.
     *
     * @throws ModelFileException if its files are missing or damaged
     */
    public static Tokenizer load(ModelFiles files) {
        SpecialTokens names = SpecialTokens.read(files);
        JsonNode definition =
                files.has("tokenizer.json") ? files.json("tokenizer.json") : ByteLevelBpe.compose(files, names);
        String location = files.where(files.has("tokenizer.json") ? "tokenizer.json" : ByteLevelBpe.VOCABULARY);
        Map<String, Integer> ids = ids(definition, location);
        Map<String, OptionalInt> special = new HashMap<>();
        for (String role : SpecialTokens.ROLES) {
            special.put(role, id(files, names, role, ids, location));
        }
        return new Tokenizer(
                location,
                create(definition, location),
                special,
                special.get(BOS),
                ids.size(),
                ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1));
    }

    /**
     * This tokenizer with another token in front of texts, given by its id.
     *
     * @throws IllegalArgumentException if texts do not begin with a token of their own, or there is no such id
     */
    public Tokenizer beginningWith(int id) {
        if (bos().isEmpty()) {
            throw new IllegalArgumentException(
                    "bos is set, and " + location + " names no token that begins a text: " + id + "; leave it out");
        }
        if (!(id >= 0 && id <= largestId)) {
            throw new IllegalArgumentException(
                    "bos is not in 0 to " + largestId + ", the ids of " + location + ": " + id);
        }
        Map<String, OptionalInt> roles = new HashMap<>(special);
        roles.put(BOS, OptionalInt.of(id));
        return new Tokenizer(location, tokenizer, roles, own, vocabularySize, largestId);
    }

    /** The ids of a text with the special tokens that the model expects around it, such as OPT's leading {@code </s>}. */
    public int[] encode(String text) {
        int[] ids = ids(text, true);
        if (ids.length > 0 && ids[0] == own.orElse(-1)) {
            ids[0] = bos().getAsInt();
        }
        return ids;
    }

    /** The ids of a text alone, without special tokens around it. */
    public int[] encodePlain(String text) {
        return ids(text, false);
    }

    /**
     * The text that ids spell.
     *
     * @param skipSpecial whether to leave out special tokens
     */
    public String decode(int[] ids, boolean skipSpecial) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    /** The token that begins a text, if the model has one. */
    public OptionalInt bos() {
        return role(BOS);
    }

    /** The token that ends a text, if the model has one. */
    public OptionalInt eos() {
        return role("eos_token");
    }

    /** The token that pads short rows, if the model has one. */
    public OptionalInt pad() {
        return role("pad_token");
    }

    /** The token for unknown text, if the model has one. */
    public OptionalInt unk() {
        return role("unk_token");
    }

    /** The token for a gap, if the model has one. */
    public OptionalInt mask() {
        return role("mask_token");
    }

    /** The token between texts and after the last, if the model has one. */
    public OptionalInt separator() {
        return role("sep_token");
    }

    /** The number of tokens, special ones included. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /**
     * Checks that every id is a row of the model's embedding.
     *
     * @param rows the model's {@code vocab_size}
     * @throws ModelFileException if the tokenizer can produce ids that the model does not have
     */
    public void requireIdsBelow(int rows) {
        if (largestId >= rows) {
            throw new ModelFileException("tokenizer does not fit the model: " + location + " has ids up to " + largestId
                    + ", the model's vocab_size is " + rows
                    + "; put the tokenizer files that belong to the model beside its weights");
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private int[] ids(String text, boolean addSpecialTokens) {
        long[] ids = tokenizer.encode(wellFormed(text), addSpecialTokens, false).getIds();
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }

    private OptionalInt role(String name) {
        return special.getOrDefault(name, OptionalInt.empty());
    }

    private static String wellFormed(String text) {
        boolean paired = true;
        for (int i = 0; i < text.length() && paired; i++) {
            if (Character.isHighSurrogate(text.charAt(i))) {
                i++;
                paired = i < text.length() && Character.isLowSurrogate(text.charAt(i));
            } else {
                paired = !Character.isLowSurrogate(text.charAt(i));
            }
        }
        return paired
                ? text
                : text.codePoints()
                        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static HuggingFaceTokenizer create(JsonNode definition, String location) {
        try {
            byte[] json = definition.toString().getBytes(StandardCharsets.UTF_8);
            return Natives.with(() -> {
                try {
                    return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), NEITHER_CUT_NOR_PADDED);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (RuntimeException e) {
            throw new ModelFileException(
                    location + " is not a tokenizer that can be used: " + e.getMessage()
                            + "; copy or download it again",
                    e);
        }
    }

    private static OptionalInt id(
            ModelFiles files, SpecialTokens names, String role, Map<String, Integer> ids, String location) {
        String token = names.content(role);
        if (token != null) {
            Integer id = ids.get(token);
            if (id == null) {
                throw new ModelFileException(location + " has no token " + token + ", which is the model's " + role
                        + "; the tokenizer's files are not of one model, download them again");
            }
            return OptionalInt.of(id);
        }
        if (names.empty().contains(role)) {
            return OptionalInt.empty();
        }
        JsonNode id = files.has("config.json") ? files.json("config.json").get(role + "_id") : null;
        return id != null && id.canConvertToInt() && ids.containsValue(id.intValue())
                ? OptionalInt.of(id.intValue())
                : OptionalInt.empty();
    }

    /** Every token with its id. */
    private static Map<String, Integer> ids(JsonNode definition, String location) {
        Map<String, Integer> ids = new HashMap<>();
        JsonNode vocabulary = definition.path("model").path("vocab");
        if (vocabulary.isArray()) {
            for (int i = 0; i < vocabulary.size(); i++) {
                ids.put(vocabulary.get(i).path(0).asText(), i); // [piece, score] of a unigram model
            }
        } else {
            vocabulary
                    .properties()
                    .forEach(item -> ids.put(item.getKey(), whole(item.getValue(), item.getKey(), location)));
        }
        for (JsonNode added : definition.path("added_tokens")) {
            ids.put(
                    added.path("content").asText(),
                    whole(added.get("id"), added.path("content").asText(), location));
        }
        if (ids.isEmpty()) {
            throw new ModelFileException(location + " has no vocabulary; copy or download it again");
        }
        return ids;
    }

    static int whole(@Nullable JsonNode id, String token, String location) {
        if (id == null || !id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
            throw new ModelFileException(location + " has an id that is not a whole number for token " + token + ": "
                    + id + "; copy or download it again");
        }
        return id.intValue();
    }
}
