package org.zolab.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which of four Java libraries a sentence of documentation describes: numbers, time, text or the web.
 *
 * <p>1,000 sentences to train on, 500 to choose with and 1,000 to report on, a quarter of each kind, so that guessing is right in 25 of
 * 100. The sentences come from the documentation comments of Commons Math, Joda-Time, Commons Lang and HttpClient (Apache License 2.0, see
 * NOTICE); names of libraries, packages and classes are masked in them, and no class's sentences are in two splits. They are read from the
 * jars when the engine is built and are not in its repository.
 *
 * <pre>
 * {sentence} This is about   | numbers | time | text | web
 * </pre>
 */
public final class Apidocs implements Task {
    private static final String RESOURCE = "apidocs.jsonl";
    private static final String QUESTION = " This is about";

    /** A library: its jar, the word that is the answer, and parts of names that would reveal it unless a small letter follows. */
    record Library(String jar, String word, List<String> names) {}

    static final List<Library> LIBRARIES = List.of(
            new Library("commons-math3.jar", " numbers", List.of("Commons", "Apache", "Math", "CM")),
            new Library("joda-time.jar", " time", List.of("Joda", "joda")),
            new Library("commons-lang3.jar", " text", List.of("Commons", "Apache", "Lang", "lang3")),
            new Library(
                    "httpclient.jar",
                    " web",
                    List.of("Apache", "HttpComponents", "HttpClient", "HttpCore", "Jakarta", "Commons")));

    private final Map<Split, List<Example>> splits;

    private Apidocs(Map<Split, List<Example>> splits) {
        this.splits = splits;
    }

    /**
     * The task, read from the engine's own resources.
     *
     * @throws IllegalStateException if the engine was built without its data
     */
    public static Apidocs task() {
        try (InputStream in = Apidocs.class.getResourceAsStream(RESOURCE)) {
            return read(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the data of apidocs: " + e.getMessage(), e);
        }
    }

    static Apidocs read(@Nullable InputStream in) throws IOException {
        if (in == null) {
            throw new IllegalStateException("the data of apidocs is not in this build of the engine; build it with"
                    + " 'mvn -pl engine-java process-classes', which reads it from four sources jars");
        }
        ObjectMapper json = new ObjectMapper();
        List<String> words = LIBRARIES.stream().map(Library::word).toList();
        Map<Split, List<Example>> splits = new EnumMap<>(Split.class);
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode row = json.readTree(line);
            splits.computeIfAbsent(Split.valueOf(row.get("split").asText()), split -> new ArrayList<>())
                    .add(new Example(
                            row.get("text").asText() + QUESTION,
                            words,
                            row.get("label").asInt()));
        }
        splits.replaceAll((split, examples) -> List.copyOf(examples));
        return new Apidocs(splits);
    }

    /** The number of examples in a split. */
    static int size(Split split) {
        return split == Split.DEV ? 500 : 1000;
    }

    @Override
    public String name() {
        return "apidocs";
    }

    @Override
    public List<Example> examples(Split split) {
        return splits.getOrDefault(split, List.of());
    }
}
