package org.zolab.task;

import java.util.List;
import java.util.stream.Collectors;
import org.zolab.space.Problems;

/**
 * A prompt with a gap, in pieces that a masked model's tokenizer encodes one by one, so that no word's tokens merge across a seam and a long sentence is cut
 * without the words around it.
 *
 * <pre>
 *   first special token, the first tokens of each piece, last special token, of which the first {@code most} are kept
 * </pre>
 *
 * <p>Reference: LM-BFF, arXiv 2012.15723, whose code MeZO's experiments with RoBERTa use.
 *
 * @param all  the pieces, with one gap
 * @param most how many tokens are kept of all, special ones included
 */
public record Pieces(List<Piece> all, int most) {

    /** As many tokens as there are. */
    public static final int ALL = Integer.MAX_VALUE;

    /** What stands for the gap where a prompt is shown. */
    static final String GAP = "<mask>";

    /** A piece. */
    public sealed interface Piece {}

    /**
     * Text as it is, with the blank before it.
     *
     * @param text what is encoded
     * @param most how many of its tokens are kept
     */
    public record Text(String text, int most) implements Piece {
        public Text {
            new Problems()
                    .require(most > 0, "tokens of a piece are not strictly positive", most)
                    .orThrow();
        }
    }

    /** Where an option stands. */
    public record Gap() implements Piece {}

    public Pieces {
        all = List.copyOf(all);
        long gaps = all.stream().filter(Gap.class::isInstance).count();
        new Problems()
                .require(gaps == 1, "gaps of a prompt are not one", gaps)
                .require(most > 0, "tokens of a prompt are not strictly positive", most)
                .orThrow();
    }

    /** All of it as one text. */
    String prompt() {
        return all.stream()
                .map(piece -> piece instanceof Text text ? text.text() : GAP)
                .collect(Collectors.joining());
    }
}
