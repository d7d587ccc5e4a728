package ai.djl.pytorch.jni;

import ai.djl.pytorch.engine.PtSymbolBlock;
import java.util.Arrays;
import org.jspecify.annotations.NullMarked;

/**
 * The one door of DJL that is closed from outside: its {@code runMethod} always runs in inference mode, in which nothing can be
 * differentiated. The class lies in DJL's package to reach what that calls; it is ZoLab's, and used by {@code org.zolab.tensor} only.
 */
@NullMarked
public final class WithAutograd {

    private WithAutograd() {}

    /** {@link IValueUtils#runMethod} with autograd, as far as the thread's grad mode allows it. */
    public static IValue runMethod(PtSymbolBlock module, String method, IValue... arguments) {
        long[] handles = Arrays.stream(arguments).mapToLong(IValue::getHandle).toArray();
        return new IValue(PyTorchLibrary.LIB.moduleRunMethod(module.getHandle(), method, handles, true, false));
    }
}
