package org.zolab.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.task.data.DataFiles;
import org.zolab.task.data.DataSets;
import org.zolab.task.data.DataWriter;

/** Tasks of people's own files, and every way in which those can be wrong. */
class OwnDataTest {

    private static final List<String> WORDS = List.of(" bad", " good");

    @TempDir
    Path folder;

    @Test
    void aFileIsDealtToThreeSplits() throws IOException {
        StringBuilder csv = new StringBuilder("id,body,stars\n");
        IntStream.range(0, 200)
                .forEach(i -> csv.append(i + ",\"text, " + i % 190 + "\"," + (i % 2 == 0 ? 10 : 9) + "\n"));
        Task task = classify(write("my reviews' [1].csv", csv), "{body} It was").task();
        assertThat(task.name()).isEqualTo("my reviews' [1].csv");
        assertThat(task.examples(Split.TEST).size()).isBetween(40, 42);
        assertThat(task.examples(Split.DEV).size()).isBetween(20, 22);
        Set<String> seen = new HashSet<>();
        int rows = 0;
        for (Split split : Split.values()) {
            List<Example> examples = task.examples(split);
            rows += examples.size();
            Set<String> texts =
                    new HashSet<>(examples.stream().map(Example::prompt).toList());
            assertThat(seen).as("no text is in two splits").doesNotContainAnyElementsOf(texts);
            seen.addAll(texts);
        }
        assertThat(rows).isEqualTo(200);
        // labels in the order of numbers: 9 is bad, 10 is good
        assertThat(all(task))
                .contains(new Example("text, 4 It was", WORDS, 1), new Example("text, 5 It was", WORDS, 0));
        assertThat(task.fingerprint()).matches("train 1\\d\\d, dev 2\\d, test 4\\d, crc32 [0-9a-f]{8}");
    }

    @Test
    void withoutWordsLabelsStandForThemselves() throws IOException {
        Path file = write("r.csv", "body,stars\na,10\nb,9\nc,10\n");
        assertThat(all(new OwnRows(file, "body", "stars", "{body} It was", List.of(), null).task()))
                .contains(
                        new Example("a It was", List.of(" 9", " 10"), 1),
                        new Example("b It was", List.of(" 9", " 10"), 0));
        assertThat(all(new OwnRows(file, "body", "stars", "{body}: ", List.of(), null).task()))
                .contains(new Example("c: ", List.of("9", "10"), 1));
        Path one = write("one.csv", "body,stars\na,1\nb,1\n");
        assertThatThrownBy(() -> new OwnRows(one, "body", "stars", "{body} It was", List.of(), null).task())
                .hasMessage(
                        "column stars does not have two labels at least: [1]; name the column of the labels, or add rows"
                                + " with another one");
        assertThatThrownBy(() -> classify(one, "{body} It was").task())
                .hasMessageStartingWith("column stars does not have two labels at least: [1]; name the column");
    }

    @Test
    void aChangedPromptIsAnotherTask() throws IOException {
        Path file = write("r.csv", "body,stars\na,0\nb,1\n");
        assertThat(classify(file, "{body} Is").task().fingerprint())
                .isNotEqualTo(classify(file, "{body} Was").task().fingerprint());
    }

    @Test
    void filesOfAFolderAreSplitsByTheirNames() throws IOException {
        write("train.jsonl", "{\"body\": \"a {b}\", \"stars\": 0}\n{\"body\": \"b\", \"stars\": 1}\n");
        write("validation.jsonl", "{\"body\": \"c\", \"stars\": 1}\n");
        DataWriter.parquet(folder.resolve("test-0.parquet"), "SELECT 'd' AS body, 0 AS stars");
        Task task = classify(folder, "{{x}} {body} It was").task();
        assertThat(task.examples(Split.TRAIN))
                .extracting(Example::prompt)
                .containsExactlyInAnyOrder("{x} a {b} It was", "{x} b It was");
        assertThat(task.examples(Split.DEV)).extracting(Example::prompt).containsExactly("{x} c It was");
        assertThat(task.examples(Split.TEST)).extracting(Example::prompt).containsExactly("{x} d It was");
    }

    /** As stanfordnlp/sst2 is in the cache: tables among other files, and a test split without labels. */
    @Test
    void aDataSetOfTheHubIsReadByItsName() throws IOException {
        Path data = snapshot("stanfordnlp", "sst2");
        Files.writeString(data.resolve("README.md"), "about it");
        Files.writeString(data.resolve("dataset_infos.json"), "{}");
        Path rows = Files.createDirectories(data.resolve("data"));
        DataWriter.parquet(
                rows.resolve("train-00000-of-00001.parquet"),
                "SELECT 'a ' || i AS body, i % 2 AS stars FROM range(20) t(i)");
        DataWriter.parquet(rows.resolve("validation-00000-of-00001.parquet"), "SELECT 'b c' AS body, 1 AS stars");
        DataWriter.parquet(rows.resolve("test-00000-of-00001.parquet"), "SELECT 'c' AS body, -1 AS stars");
        Path place = DataFiles.named("stanfordnlp/sst2", null, hub());
        Task task = classify(place, "{body} It was").task();
        assertThat(task.name()).isEqualTo("stanfordnlp/sst2");
        assertThat(task.examples(Split.TRAIN)).hasSize(20);
        assertThat(task.examples(Split.DEV)).containsExactly(new Example("b c It was", WORDS, 1));
        assertThat(task.examples(Split.TEST)).isEmpty();
        Task text = new OwnText(place, 4, "body").task();
        assertThat(text.name()).isEqualTo("stanfordnlp/sst2");
        assertThat(text.examples(Split.TRAIN)).hasSize(10).contains(Example.answered("", List.of("a 0\n\na 1")));
        assertThat(text.examples(Split.DEV)).containsExactly(Example.answered("", List.of("b c")));
        assertThat(text.examples(Split.TEST)).isEmpty(); // one word
        assertThatThrownBy(() -> new OwnText(place, 4).task())
                .hasMessageContaining("has no column text; its columns are body, stars");
    }

    @Test
    void oneOfSeveralSubsetsOfADataSetIsNamed() throws IOException {
        Path data = snapshot("nyu-mll", "glue");
        for (String subset : List.of("rte", "sst2")) {
            Path rows = Files.createDirectories(data.resolve(subset));
            DataWriter.parquet(
                    rows.resolve("train-0.parquet"),
                    "SELECT '" + subset + "' || i AS body, i % 2 AS stars FROM range(10) t(i)");
        }
        assertThatThrownBy(() -> DataFiles.named("nyu-mll/glue", null, hub()))
                .hasMessage("nyu-mll/glue has several subsets; name one; there are [rte, sst2]");
        for (String none : List.of("sst", "..", "")) {
            assertThatThrownBy(() -> DataFiles.named("nyu-mll/glue", none, hub()))
                    .hasMessage("nyu-mll/glue has no such subset: " + none + "; there are [rte, sst2]");
        }
        Task task = classify(DataFiles.named("nyu-mll/glue", "sst2", hub()), "{body}")
                .task();
        assertThat(task.name()).isEqualTo("nyu-mll/glue/sst2");
        assertThat(all(task)).hasSize(10).allMatch(example -> example.prompt().startsWith("sst2"));
    }

    /** What is on this machine is never looked for elsewhere, nor what can only be a path. */
    @Test
    void aPathIsNoNameOfTheHub() throws IOException {
        DataSets none = (repository, revision) -> {
            throw new IllegalArgumentException("data set " + repository + " is not there");
        };
        for (String path :
                List.of("reviews.csv", "data/reviews.csv", "data/novel.TXT", "a/b/c", "./a", "a/*", "reviews")) {
            assertThat(DataFiles.named(path, null, none)).isEqualTo(Path.of(path));
        }
        assertThat(DataFiles.named("src/test", null, none)).isEqualTo(Path.of("src/test"));
        assertThatThrownBy(() -> DataFiles.named("data/reviews", null, none))
                .hasMessage(
                        "no file or folder is called data/reviews here, and of the Hub data set data/reviews is not there");
        assertThatThrownBy(() -> DataFiles.named("https://example.org/a.csv", null, none))
                .hasMessageStartingWith("path is an address: https://example.org/a.csv; nothing is fetched silently");
        assertThatThrownBy(() -> DataFiles.named("pom.xml", "small", none))
                .hasMessage("pom.xml has no such subset: small; there are none, so leave it out");
    }

    @Test
    void textsOfAFolderAreSplitByTheirNames() throws IOException {
        write("train.txt", "one two three\n\nfour five\n");
        write("test.txt", "six seven\n");
        Task task = new OwnText(folder, 3).task();
        assertThat(task.examples(Split.TEST)).containsExactly(Example.answered("", List.of("six seven")));
        assertThat(task.examples(Split.TRAIN)).hasSize(2);
    }

    private Path snapshot(String owner, String name) throws IOException {
        return Files.createDirectories(folder.resolve("datasets--" + owner + "--" + name)
                .resolve("snapshots")
                .resolve("0123abcd"));
    }

    private DataSets hub() {
        return (repository, revision) -> folder.resolve("datasets--" + repository.replace("/", "--"))
                .resolve("snapshots")
                .resolve("0123abcd");
    }

    @Test
    void aColumnMaySayTheSplit() throws IOException {
        Path file = write("r.tsv", "body\tstars\tpart\na\t0\ttrain\nb\t1\ttrain\nc\t1\tVal\n");
        Task task = new OwnRows(file, "body", "stars", "{body} It was", WORDS, "part").task();
        assertThat(task.examples(Split.TRAIN)).hasSize(2);
        assertThat(task.examples(Split.DEV)).hasSize(1);
        assertThat(task.examples(Split.TEST)).isEmpty();
        Path wrong = write("w.csv", "body,stars,part\na,0,train\nb,1,later\n");
        assertThatThrownBy(() -> new OwnRows(wrong, "body", "stars", "{body} It was", WORDS, "part").task())
                .hasMessage("w.csv, row 2: column part is none of train, dev, validation and test: later");
    }

    @Test
    void patternsMatchFiles() throws IOException {
        write("a.csv", "body,stars\na,0\n");
        write("b.csv", "body,stars\nb,1\n");
        write("c.txt", "nothing");
        assertThat(all(classify(folder.resolve("*.csv"), "{body} It was").task()))
                .hasSize(2);
    }

    @Test
    void everythingWrongWithTheSettingsIsToldAtOnce() throws IOException {
        Path file = write("r.csv", "body,stars\na,0\nb,1\n");
        assertThatThrownBy(() -> new OwnRows(file, "body", "stars", "It was", List.of("bad", "bad"), null).task())
                .hasMessage("words is not distinct: [bad, bad]\n"
                        + "prompt names no column, such as {body}: It was\n"
                        + "word runs into the prompt; begin it with a blank: \"bad\"\n"
                        + "word runs into the prompt; begin it with a blank: \"bad\"");
        assertThatThrownBy(() -> classify(file, "{body} It was ").task())
                .hasMessageContaining("the prompt ends with one or a line break; take one away: \" bad\"");
    }

    @Test
    void wordsNeedNoBlankWhereTheirScriptHasNoneOrAQuoteOrBracketStandsBefore() throws IOException {
        Path file = write("r.csv", "body,stars\n" + "a,0\nb,1\n".repeat(20));
        for (Map.Entry<String, List<String>> each : Map.of(
                        "{body} 这是", List.of("坏", "好"),
                        "{body} It was \"", List.of("bad", "good"),
                        "{body} (", List.of("bad", "good"),
                        "{body}\t", List.of("bad", "good"))
                .entrySet()) {
            assertThat(all(new OwnRows(file, "body", "stars", each.getKey(), each.getValue(), null).task()))
                    .extracting(Example::options)
                    .containsOnly(each.getValue());
        }
        Path labels = write("labels.csv", "body,stars\n" + "a,坏\nb,good\n".repeat(20));
        assertThat(all(new OwnRows(labels, "body", "stars", "{body}:", List.of(), null).task()))
                .extracting(Example::options)
                .containsOnly(List.of(" good", "坏"));
        assertThatThrownBy(() -> new OwnRows(file, "body", "stars", "{body}:", List.of("bad", " "), null).task())
                .hasMessage("word runs into the prompt; begin it with a blank: \"bad\"\n"
                        + "word is blank; give a continuation for each label: \" \"");
    }

    @Test
    void textsThatParquetHoldsAsBytesAreTexts() {
        Path file = folder.resolve("bytes.parquet");
        DataWriter.parquet(
                file,
                "SELECT encode('sch\u00f6n ' || i) AS body, i % 2 AS stars, '\\xFF\\x00'::BLOB AS image FROM range(20) t(i)");
        assertThat(all(classify(file, "{body} {image} It was").task()))
                .contains(new Example("sch\u00f6n 7 2 bytes It was", WORDS, 1));
    }

    @Test
    void whatAPromptAndLabelsHaveThatIsHardToSeeIsTold() throws IOException {
        Path file = write("r.csv", "body,stars\na,0\nb,1\n");
        assertThatThrownBy(() -> classify(file, "{body} {label: 1} { body } {{x}} It was")
                        .task())
                .hasMessage("r.csv has no column \"label: 1\"; its columns are body, stars;"
                        + " in a prompt, write {{ and }} for braces\n"
                        + "r.csv has no column \" body \"; its columns are body, stars;"
                        + " in a prompt, write {{ and }} for braces");
        Path nested = write("r.jsonl", "{\"meta\": {\"body\": \"a\", \"id\": 1}, \"stars\": 1}\n");
        assertThatThrownBy(() -> new OwnRows(nested, "meta.text", "stars", "{meta.body}", WORDS, null).task())
                .hasMessage("r.jsonl has no column meta.text; columns in meta are body, id");
        Path blanks = write("blanks.csv", "body,stars\na,0\nb,1\nc,1 \n");
        assertThatThrownBy(() -> classify(blanks, "{body} It was").task())
                .hasMessageStartingWith("column stars has 3 labels, 0, 1, \"1 \", and words has 2");
    }

    @Test
    void namesFileRowAndColumn() throws IOException {
        Path file = write("r.csv", "body,stars\na,0\n,1\nc,\n");
        assertThatThrownBy(() -> classify(file, "{body} It was").task())
                .hasMessage("r.csv, row 2: column body is empty; fill it in or take the row out\n"
                        + "r.csv, row 3: column stars is empty; fill it in or take the row out");
        assertThatThrownBy(() -> classify(file, "{title} It was").task())
                .hasMessageContaining("r.csv has no column title; its columns are body, stars");
        assertThatThrownBy(() -> new OwnRows(file, "text", "stars", "{body} It was", WORDS, null).task())
                .hasMessage("r.csv has no column text; its columns are body, stars");
    }

    @Test
    void settingsColumnsAndLabelsAreToldTogether() throws IOException {
        Path file = write("r.csv", "body,stars\na,0\nb,1\n");
        assertThatThrownBy(() ->
                        new OwnRows(file, "bodi", "star", "{titel} It was", List.of("bad", " good"), "part").task())
                .hasMessage("""
                        word runs into the prompt; begin it with a blank: "bad"
                        r.csv has no column bodi; its columns are body, stars
                        r.csv has no column star; its columns are body, stars
                        r.csv has no column part; its columns are body, stars
                        r.csv has no column titel; its columns are body, stars""");
        assertThatThrownBy(() ->
                        new OwnRows(file, "body", "stars", "{body}", List.of("bad", " good", " fine"), null).task())
                .hasMessage("""
                        word runs into the prompt; begin it with a blank: "bad"
                        column stars has 2 labels, 0, 1, and words has 3: "bad", " good", " fine"; give one for each label, in that order""");
    }

    @Test
    void aRowWithOtherColumnsIsNamed() throws IOException {
        String good = "a b,1\nc d,0\n".repeat(60);
        for (String rows : List.of(good + "good, really good,1\n" + good, "good, really good,1\n" + good)) {
            Path file = write("more.csv", "body,stars\n" + rows);
            assertThatThrownBy(() -> classify(file, "{body} It was").task())
                    .hasMessage(file + ", line " + (rows.startsWith(good) ? 122 : 2)
                            + ": columns are not the 2 of the first line: 3 in \"good, really good,1\"; put a text that holds"
                            + " what stands between columns in quotes, and leave no column out");
        }
        Path less = write("less.csv", "body;stars\n" + good.replace(',', ';') + "good\n");
        assertThatThrownBy(() -> classify(less, "{body} It was").task())
                .hasMessageContaining("less.csv, line 122: columns are not the 2 of the first line: 1 in \"good\";");
        Path open = write("open.csv", "body,stars\n" + good + "\"good,1\n" + good);
        assertThatThrownBy(() -> classify(open, "{body} It was").task())
                .hasMessageContaining("open.csv cannot be read: a quote that begins a text is not closed");
    }

    @Test
    void columnsAreApartByWhatTheFirstLineHas() throws IOException {
        for (String between : List.of(",", ";", "\t", "|")) {
            String rows = IntStream.range(0, 60)
                    .mapToObj(i -> "\"a, b; \"\"c\"\"\n" + i + "\"" + between + i % 2 + "\r\n")
                    .collect(Collectors.joining());
            Path file = write("r.csv", "\ufeffbody" + between + "stars\r\n" + rows);
            assertThat(all(classify(file, "{body} It was").task()))
                    .hasSize(60)
                    .contains(new Example("a, b; \"c\"\n7 It was", WORDS, 1));
        }
        String late = "a,1\nb,0\n".repeat(15_000) + "\"c, d\",1\n"; // a quote behind what is looked at first
        assertThat(all(classify(write("late.csv", "body,stars\n" + late), "{body} It was")
                        .task()))
                .contains(new Example("c, d It was", WORDS, 1));
    }

    @Test
    void equalTextsAreDealtWithoutAnEnd() throws IOException {
        Path file = write("r.csv", "body,stars\n" + "a,1\na,0\n".repeat(60));
        Task task = classify(file, "{body} It was").task();
        assertThat(task.examples(Split.TEST)).as("one text is in one split").hasSize(120);
        assertThat(task.examples(Split.TRAIN)).isEmpty();
        Task text = new OwnText(write("novel.txt", "the same sentence again\n\n".repeat(110)), 4).task();
        assertThat(text.examples(Split.TEST)).hasSize(110);
    }

    @Test
    void examplesAreCalledAsTheirRows() throws IOException {
        Task task = classify(write("r.csv", "body,stars\na,0\nb,1\n"), "{body} It was")
                .task();
        assertThat(IntStream.range(0, 2).mapToObj(i -> task.place(Split.TRAIN, i)))
                .containsExactlyInAnyOrder("r.csv, row 1", "r.csv, row 2");
        Task plain = new OwnText(write("novel.txt", "one two"), 4).task();
        assertThat(plain.place(Split.TRAIN, 0)).isEqualTo("novel.txt");
        assertThat(Apidocs.task().place(Split.DEV, 0)).isEqualTo("example 1 of dev");
    }

    @Test
    void wordsMayBeGivenByLabel() throws IOException {
        Path file = write("r.csv", "body,stars\n" + "a,10\nb,9\n".repeat(40));
        Map<String, String> words = Map.of("10", " good", "9", " bad");
        assertThat(all(new OwnRows(file, "body", "stars", "{body} It was", words, null).task()))
                .contains(new Example("a It was", List.of(" bad", " good"), 1));
        assertThatThrownBy(() -> new OwnRows(
                                file, "body", "stars", "{body} It was", Map.of("neg", " bad", "pos", " good"), null)
                        .task())
                .hasMessage("column stars has the labels 9, 10, and words has one for each of neg, pos;"
                        + " give one for each label, and no other");
    }

    @Test
    void namesLabelsWithoutAWord() throws IOException {
        Path file = write("r.csv", "body,stars\na,1\nb,10\nc,2\n");
        assertThatThrownBy(() -> classify(file, "{body} It was").task())
                .hasMessage(
                        "column stars has 3 labels, 1, 2, 10, and words has 2: \" bad\", \" good\"; give one for each label, in that order");
    }

    @Test
    void filesThatCannotBeReadSayWhy() throws IOException {
        assertThatThrownBy(
                        () -> classify(write("empty.csv", ""), "{body} It was").task())
                .hasMessage("empty.csv has no rows; give a file with a row for each example");
        assertThatThrownBy(() -> classify(write("head.csv", "body,stars\n"), "{body} It was")
                        .task())
                .hasMessage("head.csv has no rows; give a file with a row for each example");
        Path latin = folder.resolve("latin.csv");
        Files.write(latin, "body,stars\nsch\u00f6n,1\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> classify(latin, "{body} It was").task())
                .hasMessageContaining("latin.csv cannot be read")
                .hasMessageContaining("not utf-8")
                .hasMessageContaining("it has to be UTF-8 text");
        Path wide = folder.resolve("wide.csv");
        Files.write(wide, "\ufeffbody,stars\na,1\nb,0\n".getBytes(StandardCharsets.UTF_16LE));
        assertThatThrownBy(() -> classify(wide, "{body} It was").task())
                .hasMessage(wide + " is UTF-16 text; save it as UTF-8");
        Path hostile = folder.resolve("hostile.parquet");
        Files.write(
                hostile, "PAR1 and then nothing of the kind \u00ff\u0000 PAR1".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> classify(hostile, "{body} It was").task())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hostile.parquet cannot be read");
        assertThatThrownBy(() -> classify(
                                write("bad.jsonl", "{\"body\": \"a\", \"stars\": 1}\n{\"body\": "), "{body} It was")
                        .task())
                .hasMessageContaining("bad.jsonl cannot be read: ")
                .hasMessageEndingWith("; it has to be UTF-8 text, an object in each line or a list of them")
                .hasMessageNotContaining(". ;");
        assertThatThrownBy(() -> classify(write("r.xlsx", "x"), "{body} It was").task())
                .hasMessageContaining("rows are read from .parquet, .jsonl, .json, .csv and .tsv");
        assertThatThrownBy(() ->
                        classify(folder.resolve("none.csv"), "{body} It was").task())
                .hasMessageContaining("no file is there");
        assertThatThrownBy(() -> classify(Path.of("https://example.org/a.csv"), "{body} It was")
                        .task())
                .hasMessageContaining("nothing is fetched silently");
    }

    @Test
    void aQuerySeesItsOwnFileOnly() throws IOException {
        write("secret.csv", "body,stars\nsecret,1\n");
        Path file = write("a') UNION ALL FROM read_csv('" + "secret.csv", "body,stars\na,0\nb,1\n");
        assertThat(all(classify(file, "{body} It was").task())).hasSize(2);
    }

    @Test
    void textIsCutBetweenParagraphs() throws IOException {
        Path file =
                write("book.txt", "one two three\nfour\n\n\nfive six\n\nseven eight nine ten eleven twelve\n\nend\n");
        Task task = new OwnText(file, 5).task();
        assertThat(task.kind()).isEqualTo(Kind.TEXT);
        assertThat(all(task))
                .extracting(Example::answer)
                .containsExactlyInAnyOrder(
                        "one two three\nfour", "five six", "seven eight nine ten eleven", "twelve\n\nend");
        assertThat(all(new OwnText(file, 6).task()))
                .extracting(Example::answer)
                .containsExactlyInAnyOrder("one two three\nfour\n\nfive six", "seven eight nine ten eleven twelve");
        Path latin = folder.resolve("latin.txt");
        Files.write(latin, "a b\nsch\u00f6n\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> new OwnText(latin, 5).task()).hasMessageContaining("is not UTF-8 text");
        assertThatThrownBy(() -> new OwnText(write("none.txt", "\n \n"), 5).task())
                .hasMessageContaining("text is empty");
    }

    @Test
    void demonstrationsStandBeforeEachPrompt() throws IOException {
        Task task = classify(write("r.csv", "body,stars\na,0\nb,1\nc,1\nd,0\ne,1\n"), "{body} It was")
                .task();
        List<Example> train = task.examples(Split.TRAIN);
        String solved = train.get(0).prompt() + train.get(0).answer() + "\n\n"
                + train.get(1).prompt() + train.get(1).answer() + "\n\n";
        Task shown = Demonstrations.before(task, 2);
        assertThat(shown.examples(Split.TEST).get(0).prompt())
                .isEqualTo(solved + task.examples(Split.TEST).get(0).prompt());
        assertThat(shown.examples(Split.TRAIN)).hasSize(train.size() - 2);
        assertThatThrownBy(() -> Demonstrations.before(task, train.size()))
                .hasMessageContaining("demonstrations is not in 1 to");
    }

    private Path write(String name, CharSequence text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static OwnRows classify(Path path, String prompt) {
        return new OwnRows(path, "body", "stars", prompt, WORDS, null);
    }

    private static List<Example> all(Task task) {
        List<Example> all = new ArrayList<>();
        for (Split split : Split.values()) {
            all.addAll(task.examples(split));
        }
        return all;
    }
}
