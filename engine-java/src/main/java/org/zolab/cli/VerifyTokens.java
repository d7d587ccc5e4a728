package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.BiPredicate;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;

/** Compares a tokenizer with {@code tokens.json}: everything exactly. */
final class VerifyTokens {

    private final VerifyReport report;
    private final String folder;

    VerifyTokens(VerifyReport report, String folder) {
        this.report = report;
        this.folder = folder;
    }

    void run(ModelFiles model, ModelFiles goldens) {
        JsonNode json = goldens.json("tokens.json");
        try (Tokenizer tokenizer = Tokenizer.load(model)) {
            vocabulary(tokenizer, json);
            JsonNode strings = json.path("strings");
            each(
                    strings,
                    "ids",
                    (string, key) -> Arrays.equals(tokenizer.encode(text(string)), Golden.ints(string.get(key))));
            each(
                    strings,
                    "ids_without_special_tokens",
                    (string, key) -> Arrays.equals(tokenizer.encodePlain(text(string)), Golden.ints(string.get(key))));
            each(strings, "decoded", (string, key) -> tokenizer
                    .decode(Golden.ints(string.get("ids")), false)
                    .equals(string.get(key).asText()));
            each(strings, "decoded_skip_special", (string, key) -> tokenizer
                    .decode(Golden.ints(string.get("ids")), true)
                    .equals(string.get(key).asText()));
            each(json.path("decode_prefixes"), "prefixes", (part, key) -> prefixes(tokenizer, part, part.get(key)));
        }
    }

    private void vocabulary(Tokenizer tokenizer, JsonNode json) {
        int different = tokenizer.vocabularySize() == json.path("vocab_size").asInt() ? 0 : 1;
        different += differs(tokenizer.bos(), json.path("bos"));
        different += differs(tokenizer.eos(), json.path("eos"));
        different += differs(tokenizer.pad(), json.path("pad"));
        different += differs(tokenizer.unk(), json.path("unk"));
        different += differs(tokenizer.mask(), json.path("mask"));
        report.equal(folder + "/tokens.vocabulary", different, "size or special ids");
    }

    private static int differs(OptionalInt found, JsonNode expected) {
        return expected.isInt() ? (found.equals(OptionalInt.of(expected.asInt())) ? 0 : 1) : found.isPresent() ? 1 : 0;
    }

    private void each(JsonNode list, String key, BiPredicate<JsonNode, String> equal) {
        int different = 0;
        String first = "";
        for (int i = 0; i < list.size(); i++) {
            if (!equal.test(list.get(i), key)) {
                first = different++ == 0 ? "first at string " + i : first;
            }
        }
        if (list.isEmpty()) {
            report.fail(folder + "/tokens." + key, "the file holds no strings");
        } else {
            report.equal(folder + "/tokens." + key, different, first);
        }
    }

    private static boolean prefixes(Tokenizer tokenizer, JsonNode part, JsonNode prefixes) {
        int[] ids = tokenizer.encodePlain(text(part));
        boolean equal = ids.length == prefixes.size();
        for (int n = 1; n <= ids.length && equal; n++) {
            equal = tokenizer
                    .decode(Arrays.copyOf(ids, n), false)
                    .equals(prefixes.get(n - 1).asText());
        }
        return equal;
    }

    private static String text(JsonNode string) {
        return string.path("text").asText();
    }
}
