package org.zolab.tensor;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.WithAutograd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript program: the methods of a readable text, compiled when it is loaded (about 60 ms).
 *
 * <p>The text holds methods of a module without parameters, in the dialect that PyTorch itself writes into its archives. Calls run on the
 * calling thread, with an overhead of about two microseconds each, and without autograd unless the program is
 * {@linkplain #differentiable differentiable}.
 */
public final class Program implements AutoCloseable {

    private final PtNDManager manager = Torch.manager(Device.CPU);
    private final String methods;
    private final boolean autograd;
    private final PtSymbolBlock module;

    private Program(String operators, String methods, boolean autograd) {
        this.methods = methods;
        this.autograd = autograd;
        try {
            module = JniUtils.loadModule(manager, new ByteArrayInputStream(archive(operators + methods)), true, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Compiles class-path texts found beside {@code owner}, concatenated, with linear layers computed by {@code linear}. */
    public static Program load(LinearKernel linear, Class<?> owner, String... resources) {
        Torch.load();
        StringBuilder methods = new StringBuilder();
        for (String resource : resources) {
            methods.append(text(owner, resource));
        }
        return new Program(linear.methods() + own("attention-fused.py"), methods.toString(), false);
    }

    /**
     * The same methods built from operators that have derivatives, together with {@code leaf}, {@code pullback} and {@code second} of
     * derivatives.py. A result computed from a leaf keeps its history, and the activations involved, until it is closed. The thread's grad
     * mode is on during a call and restored after it.
     *
     * @param twice whether derivatives are themselves differentiated, which the fused attention does not support
     */
    public Program differentiable(boolean twice) {
        String attention = own(twice ? "attention-plain.py" : "attention-fused.py");
        return new Program(LinearKernel.ATEN.methods() + attention + own("derivatives.py"), methods, true);
    }

    private static String own(String resource) {
        return text(Program.class, resource);
    }

    static String text(Class<?> owner, String resource) {
        try (InputStream in = owner.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the program " + resource + " is missing beside " + owner.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls a method. The caller closes the result. */
    public Value call(String method, Value... arguments) {
        IValue[] handles = new IValue[arguments.length];
        for (int i = 0; i < handles.length; i++) {
            handles[i] = arguments[i].handle;
        }
        try {
            return new Value(run(method, handles));
        } catch (EngineException e) {
            throw new IllegalStateException("PyTorch failed in " + method + ": " + e.getMessage(), e);
        }
    }

    private IValue run(String method, IValue[] arguments) {
        if (!autograd) {
            return IValueUtils.runMethod(module, method, arguments);
        }
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try {
            return WithAutograd.runMethod(module, method, arguments);
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    @Override
    public void close() {
        module.close();
        manager.close();
    }

    /** The archive of a module with these methods and nothing else, laid out as by torch.jit.save. */
    private static byte[] archive(String methods) throws IOException {
        String code = "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n" + methods;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "m/data.pkl", pickledModule());
            store(zip, "m/code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
            store(zip, "m/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            store(zip, "m/version", "10\n".getBytes(StandardCharsets.US_ASCII));
        }
        return bytes.toByteArray();
    }

    /** A pickle of {@code __torch__.M} whose state is {@code training = False}. */
    private static byte[] pickledModule() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x80, 2});
        out.write("c__torch__\nM\n".getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[] {'q', 0, ')', (byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
        out.write("training".getBytes(StandardCharsets.US_ASCII));
        out.write(new byte[] {(byte) 0x89, 'u', 'b', '.'});
        return out.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
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
