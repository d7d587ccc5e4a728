package ai.djl.pytorch.jni;

import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import org.jspecify.annotations.NullMarked;

/**
 * Another door of DJL that is closed from outside: where a tensor's numbers lie. What DJL offers copies those of a GPU to the processor first. The
 * class lies in DJL's package to reach what that calls; it is ZoLab's, and used by {@code org.zolab.tensor} only.
 */
@NullMarked
public final class TensorMemory {

    private TensorMemory() {}

    /** The numbers of a contiguous tensor; of one on a GPU an address and a size that must not be read. */
    public static ByteBuffer of(PtNDArray array) {
        return PyTorchLibrary.LIB.torchDirectByteBuffer(array.getHandle());
    }
}
