package org.zolab.tensor;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/** An argument or result of a program: a tensor, a list or a number. It occupies native memory until closed. */
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

    /** A number. */
    public static Value of(double number) {
        Torch.load();
        return new Value(IValue.from(number));
    }

    /** A list of whole numbers. */
    public static Value of(long[] numbers) {
        Torch.load();
        return new Value(IValue.listFrom(numbers));
    }

    /** A list of numbers. */
    public static Value of(double[] numbers) {
        Torch.load();
        return new Value(IValue.listFrom(numbers));
    }

    /** A truth value. */
    public static Value of(boolean truth) {
        Torch.load();
        return new Value(IValue.from(truth));
    }

    /** An empty list of tensors. */
    public static Value tensors() {
        Torch.load();
        return new Value(IValue.listFrom(new PtNDArray[0]));
    }

    /** A list of tensors; closing it closes none of them. */
    public static Value of(List<Value> tensors) {
        Torch.load();
        return new Value(
                IValue.listFrom(tensors.stream().map(tensor -> tensor.handle).toArray(IValue[]::new)));
    }

    @Override
    public void close() {
        handle.close();
    }
}
