package org.zolab.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/** A model's {@code config.json}, read one setting at a time; all problems are reported together. */
public final class ConfigFile {

    private static final Pattern HEAD =
            Pattern.compile("For(SequenceClassification|TokenClassification|QuestionAnswering|MultipleChoice)$");

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
     * The configuration of a model of one of the given types.
     *
     * @param types the accepted values of {@code model_type}
     * @throws ModelFileException if the file is missing or of another type
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
     * Refuses a model whose family is not the one {@code function} is named after.
     *
     * @param type  that family's {@code model_type}
     * @param model the model's name or folder, as the user gave it
     */
    public static void requireFamily(ModelFiles files, String function, String type, String model) {
        JsonNode json = files.json(FILE);
        if (json.has("model_type") && !json.get("model_type").asText().equals(type)) {
            throw new ModelFileException(files.where(FILE) + " is of another family than " + function + "(…) is for: "
                    + family(json, List.of(type)) + "; write model(\"" + model + "\"), which takes every family");
        }
    }

    /** States which family a configuration is of, and which ones are supported. */
    private static String family(JsonNode json, List<String> types) {
        return "model_type is " + said(json.path("model_type"))
                + (json.has("architectures") ? " and architectures " + json.get("architectures") : "")
                + ", supported is "
                + types.stream().map(name -> '"' + name + '"').collect(Collectors.joining(", "));
    }

    /** This configuration, of a family that writes texts; notes a head for anything else, which only encoders may have. */
    public ConfigFile writing() {
        texts("architectures").stream()
                .filter(name -> HEAD.matcher(name).find())
                .forEach(
                        name -> problems.add(within + "architectures names a head that only bert and roberta may have: "
                                + name + "; take a model that writes, such as one for causal language modelling"));
        return this;
    }

    /** Its {@code model_type}. */
    public String type() {
        return json.path("model_type").asText();
    }

    /** Whether the setting {@code name} is present and not null. */
    public boolean has(String name) {
        return json.hasNonNull(name);
    }

    /** Whether the setting {@code name} is present, even if null. */
    public boolean mentions(String name) {
        return json.has(name);
    }

    /** The settings in the object {@code name}; no settings if there is no such object. */
    public ConfigFile within(String name) {
        problems.require(
                json.path(name).isObject() || !has(name), within + name + " is not an object", json.path(name));
        return new ConfigFile(json.path(name), where, within + name + ".", problems);
    }

    /** Requires a setting to have this value, if it is present at all. */
    public void fixed(String name, String wanted) {
        JsonNode value = json.path(name);
        problems.require(!has(name) || value.asText().equals(wanted), within + name + " is not " + wanted, value);
    }

    /** A boolean setting; {@code absent} is its default. */
    public boolean flag(String name, boolean absent) {
        JsonNode value = json.path(name);
        problems.require(value.isBoolean() || !has(name), within + name + " is not true or false", value);
        return value.asBoolean(absent);
    }

    /** A setting that is one of some words. {@code absent} is its default; null makes the setting mandatory. */
    public String word(String name, @Nullable String absent, String... words) {
        JsonNode value = json.path(name);
        String word = absent != null && !has(name) ? absent : value.asText();
        problems.require(
                Arrays.asList(words).contains(word),
                within + name + " is not one of " + String.join(", ", words),
                said(value));
        return word;
    }

    /** An integer setting. {@code absent} is its default; null makes the setting mandatory. */
    public int size(String name, @Nullable Integer absent) {
        JsonNode value = json.path(name);
        if (absent != null && !has(name)) {
            return absent;
        }
        boolean whole = value.isIntegralNumber() && value.canConvertToInt();
        problems.require(whole, within + name + " is not a whole number", said(value));
        return whole ? value.intValue() : 0;
    }

    /** A setting that is a number above zero. {@code absent} is its default; null makes the setting mandatory. */
    public double positive(String name, @Nullable Double absent) {
        JsonNode value = json.path(name);
        if (absent != null && !has(name)) {
            return absent;
        }
        boolean positive = value.isNumber() && value.doubleValue() > 0;
        problems.require(positive, within + name + " is not strictly positive", said(value));
        return positive ? value.doubleValue() : 1;
    }

    /** A setting that is a list of strings; empty if it is absent. */
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

    /** A setting that maps the numbers from 0 on to strings, such as {@code {"0": "no", "1": "yes"}}. */
    public List<String> numbered(String name) {
        JsonNode value = json.path(name);
        List<JsonNode> all = IntStream.range(0, value.size())
                .mapToObj(i -> value.path(String.valueOf(i)))
                .toList();
        boolean texts = value.isObject() && !value.isEmpty() && all.stream().allMatch(JsonNode::isTextual);
        problems.require(texts, within + name + " is not a text for each number from 0 on", said(value));
        return texts ? all.stream().map(JsonNode::textValue).toList() : List.of();
    }

    /** A value, as shown in a message. */
    public static Object said(JsonNode value) {
        return value.isMissingNode() ? "missing" : value;
    }

    /**
     * Returns what {@code make} builds from the settings read.
     *
     * @throws ModelFileException that lists everything that is wrong
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
