package org.zolab.task;

import java.util.List;
import java.util.stream.Collectors;
import org.zolab.space.Problems;

/**
 * A prompt with a gap, in pieces that a masked model's tokenizer encodes separately, so that no tokens merge across a seam, and a long
 * sentence can be cut without losing the words around it.
 *
 * <pre>
 *   first special token, the first tokens of each piece, last special token, of which the first {@code most} are kept
 * </pre>
 *
 * <p>Reference: LM-BFF, arXiv 2012.15723, whose code MeZO's experiments with RoBERTa use.
 *
 * @param all  the pieces, exactly one of which is a gap
 * @param most how many tokens are kept in total, special ones included
 */
public record Pieces(List<Piece> all, int most) {

    /** Keeps all tokens. */
    public static final int ALL = Integer.MAX_VALUE;

    /** Represents the gap where a prompt is displayed. */
    static final String GAP = "<mask>";

    /** A piece. */
    public sealed interface Piece {}

    /**
     * Text as it is, including the blank before it.
     *
     * @param text the text to encode
     * @param most how many of its tokens are kept
     */
    public record Text(String text, int most) implements Piece {
        public Text {
            new Problems()
                    .require(most > 0, "tokens of a piece are not strictly positive", most)
                    .orThrow();
        }
    }

    /** The place of an option. */
    public record Gap() implements Piece {}

    public Pieces {
        all = List.copyOf(all);
        long gaps = all.stream().filter(Gap.class::isInstance).count();
        new Problems()
                .require(gaps == 1, "gaps of a prompt are not one", gaps)
                .require(most > 0, "tokens of a prompt are not strictly positive", most)
                .orThrow();
    }

    /** The whole prompt as one text. */
    String prompt() {
        return all.stream()
                .map(piece -> piece instanceof Text text ? text.text() : GAP)
                .collect(Collectors.joining());
    }
}
