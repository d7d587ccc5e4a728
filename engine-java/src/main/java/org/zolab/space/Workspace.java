package org.zolab.space;

/** One thread's room for tiles: made once, so that evaluating a formula allocates nothing that grows with the model. */
final class Workspace {

    private static final ThreadLocal<Workspace> OF_THREAD = ThreadLocal.withInitial(Workspace::new);

    /** Words of Philox, between two calls of the kernel. */
    final int[] words = new int[Kernel.TILE];

    /** Normals of which a part is wanted. */
    final float[] normals = new float[Kernel.TILE];

    /** What terms are added to. */
    final float[] origin = new float[Kernel.TILE];

    /** A stream from which pieces are taken. */
    final float[] stream = new float[Kernel.TILE];

    /** Numbers on their way to bf16, or from it. */
    final short[] halves = new short[Kernel.TILE];

    /** What a term is multiplied by. */
    final float[] scale = new float[Kernel.TILE];

    /** Sums of one tile. */
    final double[] sums = new double[16];

    float[][] terms = new float[0][];
    float[][] out = new float[0][];

    private Workspace() {}

    /** The calling thread's. What is in it is lost at the next call of a kernel. */
    static Workspace here() {
        return OF_THREAD.get();
    }

    /** The calling thread's, with so many tiles for terms and for results. */
    static Workspace of(int termTiles, int outTiles) {
        Workspace room = here();
        if (room.terms.length < termTiles) {
            room.terms = new float[termTiles][Kernel.TILE];
        }
        if (room.out.length < outTiles) {
            room.out = new float[outTiles][Kernel.TILE];
        }
        return room;
    }
}
