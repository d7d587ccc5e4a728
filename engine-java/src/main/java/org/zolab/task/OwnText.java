package org.zolab.task;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.zolab.space.Problems;
import org.zolab.task.data.DataFiles;
import org.zolab.task.data.Table;

/**
 * A task from the user's own plain text: the likelihood of all its tokens is learned.
 *
 * <p>A file is cut into pieces made of whole paragraphs (separated by empty lines) with at most {@code words} words together; a longer
 * paragraph is cut after that many, and pieces of a single word are left out. A folder's files are splits if their names say so, as for
 * {@link OwnRows}; other pieces are assigned by a checksum: a fifth to test, at most 1,000; a tenth to dev, at most 500.
 *
 * @param path   a file, a folder, or a pattern such as {@code books/*.txt}, of UTF-8 text or of tables; {@link DataFiles#named} finds data
 *               sets of the Hub
 * @param words  the most words of a piece; an English word is about one and a third tokens
 * @param column for tables, the column of the text; each row is a paragraph
 */
public record OwnText(Path path, int words, String column) {

    private static final Pattern WORD = Pattern.compile("\\S+");

    /** Plain text, or the column {@code text} of tables. */
    public OwnText(Path path, int words) {
        this(path, words, "text");
    }

    /**
     * @throws IllegalArgumentException if words is less than two
     */
    public OwnText {
        new Problems().require(words >= 2, "words is not at least two", words).orThrow();
    }

    /**
     * The task, named after its file or folder.
     *
     * @throws IllegalArgumentException if a file is missing, empty or not UTF-8
     */
    public Task task() {
        Map<Split, List<Deal.Card>> cards = new EnumMap<>(Split.class);
        List<Part> parts = Part.of(path);
        for (Part part : parts) {
            List<Deal.Card> made = part.files().stream().flatMap(this::cards).toList();
            if (!made.isEmpty()) {
                cards.put(part.split() == null ? Split.TRAIN : part.split(), made);
            }
        }
        if (!cards.containsKey(Split.TRAIN)) {
            throw new IllegalArgumentException("text is empty: " + path + " has no two words");
        }
        return new OwnTask(
                DataFiles.called(path), Kind.TEXT, Deal.rest(cards, parts.get(0).split() == null));
    }

    private Stream<Deal.Card> cards(Path file) {
        Pieces made = new Pieces(words);
        (DataFiles.isTable(file) ? rows(file) : paragraphs(file)).forEach(made::add);
        made.end();
        return made.done.stream()
                .filter(piece -> piece.contains(" ") || piece.contains("\n"))
                .map(piece ->
                        new Deal.Card(String.valueOf(file.getFileName()), piece, Example.answered("", List.of(piece))));
    }

    /** The texts of a table's rows, each a paragraph; empty ones, of which some data sets have many, are dropped. */
    private List<String> rows(Path file) {
        return Table.of(List.of(file))
                .rows(row -> {
                    row.require(List.of(column));
                    return Objects.toString(row.values().get(column), "").strip();
                })
                .stream()
                .filter(text -> !text.isEmpty())
                .toList();
    }

    private static List<String> paragraphs(Path file) {
        List<String> paragraphs = new ArrayList<>();
        StringBuilder lines = new StringBuilder();
        int number = 0;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (line.isBlank() && lines.length() > 0) {
                    paragraphs.add(lines.toString().strip());
                    lines.setLength(0);
                }
                lines.append(line).append('\n');
            }
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    file + " is not UTF-8 text, after line " + number + "; save it as UTF-8", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e.getMessage(), e);
        }
        paragraphs.add(lines.toString().strip());
        paragraphs.removeIf(String::isEmpty);
        return paragraphs;
    }

    /** Fills pieces with paragraphs. */
    private static final class Pieces {
        private final List<String> done = new ArrayList<>();
        private final int most;
        private final StringBuilder open = new StringBuilder();
        private int words;

        Pieces(int most) {
            this.most = most;
        }

        void add(String paragraph) {
            int length = (int) WORD.matcher(paragraph).results().count();
            if (words + length > most) {
                end();
            }
            int from = 0;
            int seen = 0;
            Matcher word = WORD.matcher(paragraph);
            while (word.find()) {
                if (seen > 0 && seen % most == 0) {
                    done.add(paragraph.substring(from, word.start()).strip());
                    from = word.start();
                }
                seen++;
            }
            open.append(open.length() == 0 ? "" : "\n\n").append(paragraph.substring(from));
            words += seen % most == 0 ? most : seen % most;
        }

        void end() {
            if (words > 0) {
                done.add(open.toString());
            }
            open.setLength(0);
            words = 0;
        }
    }
}
