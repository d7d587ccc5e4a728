package org.zolab.space;

/** A thread's buffers for tiles, allocated once, so that evaluating a formula allocates nothing that grows with the model. */
final class Workspace {

    private static final ThreadLocal<Workspace> OF_THREAD = ThreadLocal.withInitial(Workspace::new);

    /** Philox words, valid between two kernel calls. */
    final int[] words = new int[Kernel.TILE];

    /** Normals of which only some are needed. */
    final float[] normals = new float[Kernel.TILE];

    /** The origin's elements, to which terms are added. */
    final float[] origin = new float[Kernel.TILE];

    /** Stream elements from which pieces are copied. */
    final float[] stream = new float[Kernel.TILE];

    /** Numbers being converted to or from bf16. */
    final short[] halves = new short[Kernel.TILE];

    /** The factors of a scaled term. */
    final float[] scale = new float[Kernel.TILE];

    /** The partial sums of one tile. */
    final double[] sums = new double[16];

    float[][] terms = new float[0][];
    float[][] out = new float[0][];

    private Workspace() {}

    /** The calling thread's workspace. The next kernel call overwrites its contents. */
    static Workspace here() {
        return OF_THREAD.get();
    }

    /** The calling thread's workspace, with at least this many tiles for terms and for results. */
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
