package org.zolab.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.zolab.model.weights.ModelFiles;

/**
 * The special tokens declared in {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json}.
 *
 * @param roles  the token of each role, such as {@code bos_token}
 * @param empty  the roles that are declared to have no token
 * @param added  tokens beyond the vocabulary's, with their ids
 * @param config the settings of {@code tokenizer_config.json}
 */
record SpecialTokens(
        Map<String, ObjectNode> roles, Set<String> empty, Map<Integer, ObjectNode> added, JsonNode config) {

    static final List<String> ROLES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private static final String CONFIG = "tokenizer_config.json";
    private static final String MAP = "special_tokens_map.json";
    private static final String ADDED = "added_tokens.json";

    static SpecialTokens read(ModelFiles files) {
        JsonNode config = object(files, CONFIG);
        JsonNode map = object(files, MAP);
        Map<String, ObjectNode> roles = new LinkedHashMap<>();
        Set<String> empty = new HashSet<>();
        for (String role : ROLES) {
            JsonNode token = config.hasNonNull(role) ? config.get(role) : map.get(role);
            if (token != null && !token.isNull()) {
                roles.put(role, token(token, true));
            } else if (config.has(role) || map.has(role)) {
                empty.add(role);
            }
        }
        int extra = 0;
        for (JsonNode token : config.has("additional_special_tokens")
                ? config.get("additional_special_tokens")
                : map.path("additional_special_tokens")) {
            roles.put("additional " + extra++, token(token, true));
        }
        Map<Integer, ObjectNode> added = new LinkedHashMap<>();
        object(files, ADDED)
                .properties()
                .forEach(item -> added.put(
                        Tokenizer.whole(item.getValue(), item.getKey(), files.where(ADDED)),
                        token(JsonNodeFactory.instance.textNode(item.getKey()), false)));
        config.path("added_tokens_decoder").properties().forEach(item -> {
            JsonNode id = JsonNodeFactory.instance.textNode(item.getKey());
            if (item.getKey().matches("\\d{1,9}")) {
                id = JsonNodeFactory.instance.numberNode(Integer.parseInt(item.getKey()));
            }
            added.put(
                    Tokenizer.whole(id, item.getValue().path("content").asText(), files.where(CONFIG)),
                    token(item.getValue(), false));
        });
        return new SpecialTokens(roles, empty, added, config);
    }

    /** The text of a role's token; null if the role has none. */
    @Nullable
    String content(String role) {
        ObjectNode token = roles.get(role);
        return token == null ? null : token.path("content").asText();
    }

    private static JsonNode object(ModelFiles files, String name) {
        return files.has(name) ? files.json(name) : JsonNodeFactory.instance.objectNode();
    }

    /** A token in the form of a tokenizer.json, given as a string or as an object with some of the fields. */
    private static ObjectNode token(JsonNode given, boolean special) {
        ObjectNode token = JsonNodeFactory.instance.objectNode();
        token.put("content", given.isObject() ? given.path("content").asText() : given.asText());
        token.put("single_word", given.path("single_word").asBoolean(false));
        token.put("lstrip", given.path("lstrip").asBoolean(false));
        token.put("rstrip", given.path("rstrip").asBoolean(false));
        token.put("normalized", given.path("normalized").asBoolean(!special));
        token.put("special", given.path("special").asBoolean(special));
        return token;
    }
}
