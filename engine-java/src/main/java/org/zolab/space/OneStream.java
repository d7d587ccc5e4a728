package org.zolab.space;

/**
 * The numbers that LDSD's published mean update draws in place of the noise it had probed: for every tensor and candidate it reads on in
 * the one stream of the best candidate.
 *
 * <pre>
 *   element e of tensor T of candidate k of K = number K·offset(T) + k·size(T) + e of the stream of a key:
 *   the vector of that key, and then vectors that no step draws; of recorded rows the next ones, as they were recorded
 * </pre>
 *
 * <p>None of it was measured, so a mean learns nothing from it: a control arm. Source: the code of LDSD, arXiv 2602.13659; why it is a law,
 * docs/decisions/0008-the-published-mean-update.md.
 *
 * @param law        of the stream's numbers
 * @param space      the tensors, in the order in which the stream is read
 * @param candidate  k
 * @param candidates K
 */
public record OneStream(Law law, ParameterSpace space, int candidate, int candidates) implements Law {

    /** Where the stream goes on: behind all draws of a step, some of which are candidates that were measured. */
    private static final int BEHIND = 1 << 22;

    /** The stream read in the order of {@code space}, or of the recorded rows. */
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
