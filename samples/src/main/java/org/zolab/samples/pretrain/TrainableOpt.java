package org.zolab.samples.pretrain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
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
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** An OPT decoder whose weights are leaves of autograd: one array per tensor, the forward one TorchScript method. */
final class TrainableOpt {
    final OptShape shape;
    final Map<String, NDArray> weights = new LinkedHashMap<>();
    private final NDManager manager;
    private final PtSymbolBlock program;

    TrainableOpt(NDManager manager, OptShape shape) {
        this.manager = manager;
        this.shape = shape;
        shape.tensors().forEach((name, dims) -> {
            NDArray w = manager.zeros(new Shape(dims));
            w.setName("p[]");
            weights.put(name, w);
        });
        try {
            program = JniUtils.loadModule(
                    (PtNDManager) manager, new ByteArrayInputStream(archive(script(shape))), true, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void initialise(long seed) {
        Random random = new Random(seed);
        weights.forEach((name, w) -> {
            float[] values = new float[Math.toIntExact(w.size())];
            if (w.getShape().dimension() == 2) {
                boolean intoResidual = name.contains("out_proj") || name.contains("fc2");
                double sd = 0.02 / (intoResidual ? Math.sqrt(2.0 * shape.layers()) : 1);
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (sd * random.nextGaussian());
                }
            } else if (name.endsWith("layer_norm.weight")) {
                java.util.Arrays.fill(values, 1);
            }
            set(w, values);
        });
    }

    static void set(NDArray w, float[] values) {
        w.toByteBuffer(true).order(java.nio.ByteOrder.nativeOrder()).asFloatBuffer().put(values);
    }

    /** The same weights as leaves of their own: a thread's gradients are its alone. */
    Replica replica() {
        return new Replica();
    }

    /** Aliases of the weights that collect the gradients of one thread. */
    final class Replica {
        private final List<NDArray> leaves = new ArrayList<>();

        private Replica() {
            for (NDArray w : weights.values()) {
                NDArray leaf = w.stopGradient();
                leaf.setName("p[]");
                leaf.setRequiresGradient(true);
                leaves.add(leaf);
            }
        }

        List<NDArray> gradients() {
            return leaves.stream().map(NDArray::getGradient).toList();
        }

        /** Adds the gradient of the mean loss of the next tokens to the leaves' and returns that loss. */
        double learn(NDArray ids, NDArray targets) {
            JniUtils.setGradMode(true);
            NDArray loss = forward(leaves, ids, targets);
            try (NDArray one = manager.ones(new Shape())) {
                JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
            }
            JniUtils.setGradMode(false);
            return loss.stopGradient().getFloat();
        }
    }

    /** The mean loss of the next tokens. */
    double loss(NDArray ids, NDArray targets) {
        JniUtils.setGradMode(false);
        return forward(weights.values(), ids, targets).getFloat();
    }

    private NDArray forward(Iterable<NDArray> tensors, NDArray ids, NDArray targets) {
        NDArray method = manager.create(0);
        method.setName("module_method:loss");
        ids.setName("ids");
        targets.setName("targets");
        NDList in = new NDList(method);
        tensors.forEach(in::add);
        in.add(ids);
        in.add(targets);
        return IValueUtils.forward(program, in, true).singletonOrThrow();
    }

    IValue run(String method, IValue... arguments) {
        return IValueUtils.runMethod(program, method, arguments);
    }

    static IValue list(Iterable<NDArray> arrays) {
        List<PtNDArray> all = new ArrayList<>();
        arrays.forEach(a -> all.add((PtNDArray) a));
        return IValue.listFrom(all.toArray(PtNDArray[]::new));
    }

    private static String script(OptShape s) {
        StringBuilder b = new StringBuilder();
        b.append("  def hidden(self: __torch__.M,\n    p: List[Tensor],\n    ids: Tensor) -> Tensor:\n");
        b.append("    bs = torch.size(ids, 0)\n    sl = torch.size(ids, 1)\n");
        b.append("    x = torch.add(torch.embedding(p[0], ids), torch.slice(p[1], 0, 2, torch.add(sl, 2), 1))\n");
        int heads = s.heads();
        int hd = s.width() / heads;
        for (int l = 0; l < s.layers(); l++) {
            int i = 2 + 16 * l;
            b.append("    h = torch.layer_norm(x, [" + s.width() + "], p[" + i + "], p[" + (i + 1) + "])\n");
            String[] names = {"q", "k", "v"};
            for (int j = 0; j < 3; j++) {
                b.append("    " + names[j] + " = torch.transpose(torch.view(torch.linear(h, p[" + (i + 2 + 2 * j) + "], p["
                        + (i + 3 + 2 * j) + "]), [bs, sl, " + heads + ", " + hd + "]), 1, 2)\n");
            }
            b.append("    a = torch.reshape(torch.transpose(torch.scaled_dot_product_attention(q, k, v, None, 0., True), 1, 2), [bs, sl, "
                    + s.width() + "])\n");
            b.append("    x = torch.add(x, torch.linear(a, p[" + (i + 8) + "], p[" + (i + 9) + "]))\n");
            b.append("    h = torch.layer_norm(x, [" + s.width() + "], p[" + (i + 10) + "], p[" + (i + 11) + "])\n");
            b.append("    f = torch.relu(torch.linear(h, p[" + (i + 12) + "], p[" + (i + 13) + "]))\n");
            b.append("    x = torch.add(x, torch.linear(f, p[" + (i + 14) + "], p[" + (i + 15) + "]))\n");
        }
        int i = 2 + 16 * s.layers();
        b.append("    return torch.layer_norm(x, [" + s.width() + "], p[" + i + "], p[" + (i + 1) + "])\n");
        b.append("  def loss(self: __torch__.M,\n    p: List[Tensor],\n    ids: Tensor,\n    targets: Tensor) -> Tensor:\n");
        b.append("    lg = torch.view(torch.linear(self.hidden(p, ids), p[0]), [-1, " + s.vocabulary() + "])\n");
        b.append("    return torch.cross_entropy_loss(lg, torch.view(targets, [-1]), None, 1, -100, 0.)\n");
        b.append("  def gather(self: __torch__.M,\n    g: List[Tensor],\n    h: List[Tensor]) -> Tensor:\n");
        b.append("    for i in range(torch.len(g)):\n      a = torch.add_(g[i], h[i])\n      z = torch.zero_(h[i])\n    return g[0]\n");
        b.append("  def step(self: __torch__.M,\n    p: List[Tensor],\n    g: List[Tensor],\n    m: List[Tensor],\n    v: List[Tensor],\n"
                + "    scale: float,\n    lr: float,\n    decay: float,\n    b1: float,\n    b2: float,\n    c1: float,\n    c2: float) -> Tensor:\n");
        b.append("    n = torch.zeros([], dtype=6)\n");
        b.append("    for i in range(torch.len(g)):\n      n = torch.add(n, torch.sum(torch.mul(g[i], g[i])))\n");
        b.append("    n = torch.mul(torch.sqrt(n), scale)\n    k = torch.mul(torch.clamp_max(torch.div(1., torch.add(n, 1.0e-06)), 1.), scale)\n");
        b.append("    for i in range(torch.len(p)):\n");
        b.append("      d = torch.mul_(g[i], k)\n");
        b.append("      w = p[i]\n");
        b.append("      a = torch.add_(torch.mul_(m[i], b1), d, alpha=torch.sub(1., b1))\n");
        b.append("      s = torch.addcmul_(torch.mul_(v[i], b2), d, d, value=torch.sub(1., b2))\n");
        b.append("      if torch.eq(torch.dim(w), 2):\n        z = torch.mul_(w, torch.sub(1., torch.mul(lr, decay)))\n      else:\n        z = w\n");
        b.append("      q = torch.add_(torch.sqrt(torch.div(s, c2)), 1.0e-08)\n");
        b.append("      z = torch.addcdiv_(w, a, q, value=torch.neg(torch.div(lr, c1)))\n");
        b.append("      y = torch.zero_(d)\n");
        b.append("    return n\n");
        return b.toString();
    }

    private static byte[] archive(String methods) throws IOException {
        String code = "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n" + methods;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            ByteArrayOutputStream pickle = new ByteArrayOutputStream();
            pickle.write(new byte[] {(byte) 0x80, 2});
            pickle.write("c__torch__\nM\n".getBytes(StandardCharsets.US_ASCII));
            pickle.write(new byte[] {'q', 0, ')', (byte) 0x81, '}', '('});
            pickle.write(new byte[] {'X', 8, 0, 0, 0});
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
