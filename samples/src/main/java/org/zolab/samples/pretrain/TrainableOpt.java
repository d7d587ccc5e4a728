package org.zolab.samples.pretrain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.zolab.model.opt.Opt;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;

/**
 * An OPT decoder that learns by backpropagation: its weights are leaves of PyTorch's autograd, one array a tensor.
 *
 * <p>The forward is the engine's TorchScript, run with gradients. Each {@link Replica} holds aliases of the weights with
 * gradients of their own, so that threads learn from parts of a batch at once; with one torch thread each, the sums of a
 * step do not depend on the machine's cores.
 */
final class TrainableOpt implements AutoCloseable {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.95;

    private final NDManager manager;
    private final OptShape shape;
    private final Map<String, NDArray> weights = new LinkedHashMap<>();
    private final List<NDArray> firstMoments = new ArrayList<>();
    private final List<NDArray> secondMoments = new ArrayList<>();
    private final List<Replica> replicas = new ArrayList<>();
    private final PtSymbolBlock program;
    private int updates;

    private TrainableOpt(NDManager manager, OptShape shape, int replicas) {
        this.manager = manager;
        this.shape = shape;
        shape.tensors().forEach((name, extents) -> {
            weights.put(name, manager.zeros(new Shape(extents)));
            firstMoments.add(manager.zeros(new Shape(extents)));
            secondMoments.add(manager.zeros(new Shape(extents)));
        });
        for (int i = 0; i < replicas; i++) {
            this.replicas.add(new Replica());
        }
        try {
            String methods = text(TrainableOpt.class, "train.py") + text(Opt.class, "opt.py");
            program =
                    JniUtils.loadModule((PtNDManager) manager, new ByteArrayInputStream(archive(methods)), true, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A model at random: normal with deviation 0.02, what is added to the residual stream less by 1/√(2 layers). */
    static TrainableOpt random(NDManager manager, OptShape shape, int replicas, long seed) {
        TrainableOpt model = new TrainableOpt(manager, shape, replicas);
        Random random = new Random(seed);
        model.weights.forEach((name, weight) -> {
            float[] values = new float[Math.toIntExact(weight.size())];
            if (name.endsWith("layer_norm.weight")) {
                Arrays.fill(values, 1);
            } else if (weight.getShape().dimension() == 2) {
                boolean added = name.contains("out_proj") || name.contains("fc2");
                double deviation = added ? 0.02 / Math.sqrt(2.0 * shape.layers()) : 0.02;
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (deviation * random.nextGaussian());
                }
            }
            floats(weight).put(values);
        });
        return model;
    }

    /** A model from its file. */
    static TrainableOpt of(NDManager manager, OptShape shape, int replicas, Weights source) {
        TrainableOpt model = new TrainableOpt(manager, shape, replicas);
        source.require(shape.tensors());
        model.weights.forEach((name, weight) -> source.read(name, floats(weight)));
        return model;
    }

    /** The tensors in fp16, to be written. */
    List<SafetensorsWriter.Tensor> tensors() {
        return shape.tensors().entrySet().stream()
                .map(t -> new SafetensorsWriter.Tensor(
                        t.getKey(), Dtype.F16, t.getValue(), floats(weights.get(t.getKey()))))
                .toList();
    }

    List<Replica> replicas() {
        return replicas;
    }

    /** Aliases of the weights that collect the gradients of one thread. */
    final class Replica {
        private final List<NDArray> leaves = new ArrayList<>();

        private Replica() {
            for (NDArray weight : weights.values()) {
                NDArray leaf = weight.stopGradient();
                leaf.setRequiresGradient(true);
                leaves.add(leaf);
            }
        }

        /** Adds the gradient of a loss to the leaves' and returns the loss. */
        double learn(String loss, NDArray... arguments) {
            JniUtils.setGradMode(true);
            try {
                NDArray value = call(leaves, loss, arguments);
                JniUtils.backward((PtNDArray) value, (PtNDArray) value.onesLike(), false, false);
                return value.stopGradient().getFloat();
            } finally {
                JniUtils.setGradMode(false);
            }
        }
    }

    /** A method's value at the weights, without gradients. */
    NDArray evaluate(String method, NDArray... arguments) {
        JniUtils.setGradMode(false);
        return call(weights.values(), method, arguments);
    }

    private NDArray call(Iterable<NDArray> tensors, String name, NDArray... arguments) {
        NDArray method = manager.create(0);
        method.setName("module_method:" + name);
        NDList in = new NDList(method);
        for (NDArray tensor : tensors) {
            tensor.setName("p[]");
            in.add(tensor);
        }
        for (int i = 0; i < arguments.length; i++) {
            arguments[i].setName("a" + i);
            in.add(arguments[i]);
        }
        NDArray heads = manager.create((long) shape.heads());
        heads.setName("heads");
        in.add(heads);
        return IValueUtils.forward(program, in, true).singletonOrThrow();
    }

    /** One AdamW step with the mean of the replicas' gradients, which are zero afterwards. */
    void update(double rate, double decay) {
        updates++;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            IValue gradient = gradients(replicas.get(0));
            for (Replica other : replicas.subList(1, replicas.size())) {
                try (IValue more = gradients(other)) {
                    IValueUtils.runMethod(program, "add_gradients", gradient, more)
                            .close();
                }
            }
            IValue[] in = {
                list(weights.values()),
                gradient,
                list(firstMoments),
                list(secondMoments),
                IValue.from(1.0 / replicas.size()),
                IValue.from(rate),
                IValue.from(decay),
                IValue.from(BETA1),
                IValue.from(BETA2),
                IValue.from(1 - Math.pow(BETA1, updates)),
                IValue.from(1 - Math.pow(BETA2, updates))
            };
            IValueUtils.runMethod(program, "adamw", in).close();
            for (IValue value : in) {
                value.close();
            }
        }
    }

    @Override
    public void close() {
        program.close();
    }

    private static IValue gradients(Replica replica) {
        return list(replica.leaves.stream().map(NDArray::getGradient).toList());
    }

    private static IValue list(Iterable<NDArray> arrays) {
        List<PtNDArray> all = new ArrayList<>();
        arrays.forEach(array -> all.add((PtNDArray) array));
        return IValue.listFrom(all.toArray(PtNDArray[]::new));
    }

    private static FloatBuffer floats(NDArray weight) {
        return weight.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    private static String text(Class<?> owner, String name) throws IOException {
        try (InputStream in = owner.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the program " + name + " is missing beside " + owner.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** What torch.jit.save would write of a module with these methods and no parameters. */
    private static byte[] archive(String methods) throws IOException {
        String code = "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n" + methods;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            ByteArrayOutputStream pickle = new ByteArrayOutputStream();
            pickle.write(new byte[] {(byte) 0x80, 2});
            pickle.write("c__torch__\nM\n".getBytes(StandardCharsets.US_ASCII));
            pickle.write(new byte[] {'q', 0, ')', (byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
            pickle.write("training".getBytes(StandardCharsets.US_ASCII));
            pickle.write(new byte[] {(byte) 0x89, 'u', 'b', '.'});
            entry(zip, "m/data.pkl", pickle.toByteArray());
            entry(zip, "m/code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
            entry(zip, "m/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            entry(zip, "m/version", "10\n".getBytes(StandardCharsets.US_ASCII));
        }
        return out.toByteArray();
    }

    private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
