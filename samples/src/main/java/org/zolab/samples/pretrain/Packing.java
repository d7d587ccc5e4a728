package org.zolab.samples.pretrain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.zolab.model.text.Tokenizer;

/**
 * Pages as one long row of token ids, cut anew and shuffled anew in every epoch.
 *
 * <p>A page is cut into documents of one to eight comments, one comment a line. A document begins with the end token, as
 * OPT's texts do; one in four begins with its title, two in five end with it.
 */
final class Packing {
    private record Tokens(int[] title, List<int[]> comments) {}

    private static final int MOST_COMMENTS = 8;
    /** A comment ends here, however long it is. */
    private static final int MOST_TOKENS = 512;

    private final List<Tokens> pages = new ArrayList<>();
    private final int[] newLine;
    private final int[] opening;
    private final int[] closing;

    Packing(List<Corpus.Page> source, Tokenizer tokenizer) {
        newLine = tokenizer.encodePlain("\n");
        opening = tokenizer.encodePlain("Title:");
        closing = tokenizer.encodePlain("See also:");
        for (Corpus.Page page : source) {
            List<int[]> comments = page.comments().stream()
                    .map(comment -> cut(tokenizer.encodePlain(comment)))
                    .toList();
            pages.add(new Tokens(tokenizer.encodePlain(" " + page.title()), comments));
        }
    }

    private static int[] cut(int[] ids) {
        return Arrays.copyOf(ids, Math.min(ids.length, MOST_TOKENS));
    }

    /** How many tokens the comments have, titles not counted. */
    long tokens() {
        return pages.stream()
                .flatMap(page -> page.comments().stream())
                .mapToLong(ids -> ids.length)
                .sum();
    }

    /** All documents in a row, in the order and cut that the seed says. */
    int[] epoch(long seed) {
        Random random = new Random(seed);
        List<int[]> documents = new ArrayList<>();
        for (Tokens page : pages) {
            int from = 0;
            while (from < page.comments().size()) {
                int to = Math.min(page.comments().size(), from + 1 + random.nextInt(MOST_COMMENTS));
                documents.add(document(page, from, to, random.nextInt(20)));
                from = to;
            }
        }
        Collections.shuffle(documents, random);
        return documents.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private int[] document(Tokens page, int from, int to, int dice) {
        List<int[]> parts = new ArrayList<>();
        parts.add(new int[] {BytePairs.END});
        if (dice < 5) {
            parts.addAll(List.of(opening, page.title(), newLine));
        }
        for (int i = from; i < to; i++) {
            parts.add(page.comments().get(i));
            parts.add(newLine);
        }
        if (dice >= 12) {
            parts.addAll(List.of(closing, page.title()));
        } else {
            parts.remove(parts.size() - 1);
        }
        return parts.stream().flatMapToInt(IntStream::of).toArray();
    }
}
