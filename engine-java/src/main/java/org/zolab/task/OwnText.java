package org.zolab.task;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.zolab.space.Problems;
import org.zolab.task.data.DataFiles;

/**
 * A task of plain text of one's own: the likelihood of all its tokens is learned.
 *
 * <p>A file is cut into pieces of whole paragraphs (between empty lines) of together at most so many words; a longer paragraph is cut after as many, and pieces
 * of one word are left out.
 * Pieces are dealt by a checksum: a fifth to test, at most 1,000, a tenth to dev, at most 500.
 *
 * @param path  a file, a folder, or a pattern such as {@code books/*.txt}; UTF-8
 * @param words the most words of a piece; a word of English is about one and a third tokens
 */
public record OwnText(Path path, int words) {

    private static final Pattern WORD = Pattern.compile("\\S+");

    /** @throws IllegalArgumentException if words is not at least two */
    public OwnText {
        new Problems().require(words >= 2, "words is not at least two", words).orThrow();
    }

    /**
     * The task, called as its file or folder is.
     *
     * @throws IllegalArgumentException if a file is missing, empty or not UTF-8
     */
    public Task task() {
        List<Deal.Card> cards = new ArrayList<>();
        for (Path file : DataFiles.at(path)) {
            Pieces made = new Pieces(words);
            paragraphs(file).forEach(made::add);
            made.end();
            made.done.stream()
                    .filter(piece -> piece.contains(" ") || piece.contains("\n"))
                    .map(piece -> new Deal.Card(
                            String.valueOf(file.getFileName()), piece, Example.answered("", List.of(piece))))
                    .forEach(cards::add);
        }
        if (cards.isEmpty()) {
            throw new IllegalArgumentException("text is empty: " + path + " has no two words");
        }
        return new OwnTask(
                String.valueOf(path.getFileName()), Kind.TEXT, Deal.of(cards, List.of(Split.TEST, Split.DEV)));
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
