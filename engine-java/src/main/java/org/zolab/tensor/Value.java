package org.zolab.tensor;

import ai.djl.pytorch.jni.IValue;

/** What a program takes and gives: a tensor, a list of tensors or a number, owned by native memory until closed. */
public final class Value implements AutoCloseable {

    final IValue handle;

    Value(IValue handle) {
        this.handle = handle;
    }

    /** A whole number. */
    public static Value of(long number) {
        Torch.load();
        return new Value(IValue.from(number));
    }

    /** A truth value. */
    public static Value of(boolean truth) {
        Torch.load();
        return new Value(IValue.from(truth));
    }

    @Override
    public void close() {
        handle.close();
    }
}
