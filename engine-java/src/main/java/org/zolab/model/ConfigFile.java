package org.zolab.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/** A model's {@code config.json}, read setting by setting; all that is wrong is told at once. */
public final class ConfigFile {

    private static final String FILE = "config.json";

    private final JsonNode json;
    private final String where;
    private final String within;
    private final Problems problems;

    private ConfigFile(JsonNode json, String where, String within, Problems problems) {
        this.json = json;
        this.where = where;
        this.within = within;
        this.problems = problems;
    }

    /**
     * The configuration of a model of one of these types.
     *
     * @param types what {@code model_type} may be
     * @throws ModelFileException if it is missing or of another type
     */
    public static ConfigFile read(ModelFiles files, List<String> types) {
        JsonNode json = files.json(FILE);
        String where = files.where(FILE);
        if (!types.contains(json.path("model_type").asText())) {
            throw new ModelFileException(
                    where + " is of a family that is not supported: " + family(json, types) + "; choose such a model");
        }
        return new ConfigFile(json, where, "", new Problems());
    }

    /**
     * Refuses a model of another family than {@code function} is called after.
     *
     * @param type  its {@code model_type}
     * @param model its name or folder, as it was given
     */
    public static void requireFamily(ModelFiles files, String function, String type, String model) {
        JsonNode json = files.json(FILE);
        if (json.has("model_type") && !json.get("model_type").asText().equals(type)) {
            throw new ModelFileException(files.where(FILE) + " is of another family than " + function + "(…) is for: "
                    + family(json, List.of(type)) + "; write model(\"" + model + "\"), which takes every family");
        }
    }

    /** Of which family a configuration is, and of which it should be. */
    private static String family(JsonNode json, List<String> types) {
        return "model_type is " + said(json.path("model_type"))
                + (json.has("architectures") ? " and architectures " + json.get("architectures") : "")
                + ", supported is "
                + types.stream().map(name -> '"' + name + '"').collect(Collectors.joining(", "));
    }

    /** Its {@code model_type}. */
    public String type() {
        return json.path("model_type").asText();
    }

    /** Whether it says anything of {@code name}; null says nothing. */
    public boolean has(String name) {
        return json.hasNonNull(name);
    }

    /** Whether it mentions {@code name}, be it with null. */
    public boolean mentions(String name) {
        return json.has(name);
    }

    /** The settings in the object {@code name}; none if there is no such object. */
    public ConfigFile within(String name) {
        problems.require(
                json.path(name).isObject() || !has(name), within + name + " is not an object", json.path(name));
        return new ConfigFile(json.path(name), where, within + name + ".", problems);
    }

    /** A setting that has one value only, which is also what its absence means. */
    public void fixed(String name, String wanted) {
        JsonNode value = json.path(name);
        problems.require(!has(name) || value.asText().equals(wanted), within + name + " is not " + wanted, value);
    }

    /** A setting that is true or false. */
    public boolean flag(String name, boolean absent) {
        JsonNode value = json.path(name);
        problems.require(value.isBoolean() || !has(name), within + name + " is not true or false", value);
        return value.asBoolean(absent);
    }

    /** A setting that is one of some words; {@code absent}, or null if it has to be there. */
    public String word(String name, @Nullable String absent, String... words) {
        JsonNode value = json.path(name);
        String word = absent != null && !has(name) ? absent : value.asText();
        problems.require(
                Arrays.asList(words).contains(word),
                within + name + " is not one of " + String.join(", ", words),
                said(value));
        return word;
    }

    /** A setting that is a whole number; {@code absent}, or null if it has to be there. */
    public int size(String name, @Nullable Integer absent) {
        JsonNode value = json.path(name);
        if (absent != null && !has(name)) {
            return absent;
        }
        boolean whole = value.isIntegralNumber() && value.canConvertToInt();
        problems.require(whole, within + name + " is not a whole number", said(value));
        return whole ? value.intValue() : 0;
    }

    /** A setting that is a number above zero; {@code absent}, or null if it has to be there. */
    public double positive(String name, @Nullable Double absent) {
        JsonNode value = json.path(name);
        if (absent != null && !has(name)) {
            return absent;
        }
        boolean positive = value.isNumber() && value.doubleValue() > 0;
        problems.require(positive, within + name + " is not strictly positive", said(value));
        return positive ? value.doubleValue() : 1;
    }

    /** A setting that is a list of texts; none if it is not there. */
    public List<String> texts(String name) {
        JsonNode value = json.path(name);
        boolean texts = value.isArray()
                && StreamSupport.stream(value.spliterator(), false).allMatch(JsonNode::isTextual);
        problems.require(texts || !has(name), within + name + " is not a list of texts", value);
        return texts
                ? StreamSupport.stream(value.spliterator(), false)
                        .map(JsonNode::textValue)
                        .toList()
                : List.of();
    }

    /** A setting that has a text for each number from 0 on, such as {@code {"0": "no", "1": "yes"}}. */
    public List<String> numbered(String name) {
        JsonNode value = json.path(name);
        List<JsonNode> all = IntStream.range(0, value.size())
                .mapToObj(i -> value.path(String.valueOf(i)))
                .toList();
        boolean texts = value.isObject() && !value.isEmpty() && all.stream().allMatch(JsonNode::isTextual);
        problems.require(texts, within + name + " is not a text for each number from 0 on", said(value));
        return texts ? all.stream().map(JsonNode::textValue).toList() : List.of();
    }

    /** A value for a message. */
    public static Object said(JsonNode value) {
        return value.isMissingNode() ? "missing" : value;
    }

    /**
     * What {@code make} makes of the settings that were read.
     *
     * @throws ModelFileException with everything that is wrong
     */
    public <C> C make(Supplier<C> make) {
        C config = problems.list().isEmpty() ? problems.get(make) : null;
        if (config == null) {
            throw new ModelFileException(where + " describes no model of type " + type() + " that can be run:\n  "
                    + String.join("\n", problems.list()).replace("\n", "\n  ")
                    + "\n  take the config.json that belongs to the weights, or another model");
        }
        return config;
    }
}
