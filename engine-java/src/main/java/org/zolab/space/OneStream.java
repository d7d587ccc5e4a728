package org.zolab.space;

/**
 * The numbers that LDSD's published mean update uses in place of the noise it probed: for each tensor and candidate it keeps reading from
 * the single stream of the best candidate.
 *
 * <pre>
 *   element e of tensor T of candidate k of K = number K·offset(T) + k·size(T) + e of the stream of a key:
 *   the vector of that key, and then vectors that no step draws; of recorded rows the next ones, as they were recorded
 * </pre>
 *
 * <p>No loss was measured along these numbers, so a mean learns nothing from them: this is a control arm. Source: the code of LDSD, arXiv
 * 2602.13659. For why it is a law, see docs/decisions/0008-the-published-mean-update.md.
 *
 * @param law        the law of the stream's numbers
 * @param space      the tensors, in the order in which the stream is read
 * @param candidate  k
 * @param candidates K
 */
public record OneStream(Law law, ParameterSpace space, int candidate, int candidates) implements Law {

    /** The draw offset at which the stream continues: beyond every draw of a step, since some of those are candidates that were measured. */
    private static final int BEHIND = 1 << 22;

    /** A stream read in the order of {@code space}, or for recorded rows in the order of their layout. */
    public OneStream {
        if (law instanceof Recorded recorded) {
            space = recorded.layout();
        }
    }

    void fill(NoiseKey key, ParameterSpace.Tensor tensor, int element, int[] words, float[] tile, int at, int n) {
        ParameterSpace.Tensor own = space.tensor(space.indexOf(tensor.name()));
        long first = candidates * own.offset() + (long) candidate * own.size() + element;
        float[] source = Workspace.here().stream;
        for (int done = 0; done < n; ) {
            long number = first + done;
            int turn = (int) (number / space.dimension());
            NoiseKey vector = turn == 0 || law instanceof Recorded ? key.draw(turn) : key.draw(BEHIND + turn);
            ParameterSpace.Tensor read = space.holding(number % space.dimension());
            int e = (int) (number % space.dimension() - read.offset());
            int from = e % Kernel.TILE;
            int run = Math.min(Math.min(n - done, read.size() - e), Kernel.TILE - from);
            Noise.fill(vector, law, read, e, words, source, from, run);
            System.arraycopy(source, from, tile, at + done, run);
            done += run;
        }
    }

    @Override
    public String toString() {
        return "one stream, " + law;
    }
}
