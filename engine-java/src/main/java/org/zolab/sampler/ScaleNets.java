package org.zolab.sampler;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.TorchFile;
import org.zolab.model.weights.Weights;
import org.zolab.space.ParameterSpace;

/**
 * A {@link ScaleNet} for each tensor of a model, by the tensor's name. Immutable.
 *
 * <pre>
 *   our files        safetensors, {@code NAME|W1} [64, 5], {@code NAME|b1} [64], {@code NAME|W2} [1, 64], {@code NAME|b2} [1]
 *   published files  torch.save of a dict from NAME to Sequential(Linear(5, 64), Tanh(), Linear(64, 1)), fp32 or fp16
 * </pre>
 */
public final class ScaleNets {

    private static final List<long[]> SHAPES = List.of(
            new long[] {ScaleNet.HIDDEN, ScaleNet.INPUTS},
            new long[] {ScaleNet.HIDDEN},
            new long[] {1, ScaleNet.HIDDEN},
            new long[] {1});
    /** What is appended to a tensor's name in a file of ours, in the order of a net's weights. */
    public static final List<String> PARTS = List.of("|W1", "|b1", "|W2", "|b2");

    private static final List<String> PUBLISHED = List.of(".0.weight", ".0.bias", ".2.weight", ".2.bias");

    private final Map<String, ScaleNet> nets;

    /** These nets, by the names of their tensors. */
    public ScaleNets(Map<String, ScaleNet> nets) {
        this.nets = Collections.unmodifiableMap(new LinkedHashMap<>(nets));
    }

    /** Untrained nets for every tensor of a space; tensors of the same name have the same net in every space. */
    public static ScaleNets random(ParameterSpace space, long seed) {
        Map<String, ScaleNet> nets = new LinkedHashMap<>();
        space.tensors().forEach(tensor -> nets.put(tensor.name(), ScaleNet.random(tensor, seed)));
        return new ScaleNets(nets);
    }

    /**
     * The nets in a file of ours.
     *
     * @throws ModelFileException if it is damaged, or holds something else
     */
    public static ScaleNets read(Path file) {
        return read(Safetensors.file(file));
    }

    /** The nets in a file of ours that is already open. */
    public static ScaleNets read(Weights file) {
        return read(file, PARTS);
    }

    /**
     * The nets in a published file; nothing that its pickle names is run.
     *
     * @throws ModelFileException if it is damaged, or holds something else
     */
    public static ScaleNets readPublished(Path file) {
        return read(TorchFile.file(file), PUBLISHED);
    }

    private static ScaleNets read(Weights file, List<String> parts) {
        String first = parts.get(0);
        List<String> names = file.names().stream()
                .filter(name -> name.endsWith(first))
                .map(name -> name.substring(0, name.length() - first.length()))
                .toList();
        if (names.isEmpty()) {
            throw new ModelFileException(file.location() + " holds no scale nets: no tensor is called NAME" + first
                    + "; give a file of nets");
        }
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (String name : names) {
            for (int p = 0; p < parts.size(); p++) {
                shapes.put(name + parts.get(p), SHAPES.get(p));
            }
        }
        file.require(shapes);
        Map<String, ScaleNet> nets = new LinkedHashMap<>();
        for (String name : names) {
            FloatBuffer weights = FloatBuffer.allocate(ScaleNet.WEIGHTS);
            parts.forEach(part -> file.read(name + part, weights));
            nets.put(name, new ScaleNet(weights.array()));
        }
        return new ScaleNets(nets);
    }

    /** Writes a file of ours, or replaces it. */
    public void write(Path file, Map<String, String> metadata) {
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        nets.forEach((name, net) -> {
            FloatBuffer weights = FloatBuffer.wrap(net.weights());
            for (int p = 0; p < SHAPES.size(); p++) {
                long[] shape = SHAPES.get(p);
                FloatBuffer part =
                        weights.slice().limit((int) Arrays.stream(shape).reduce(1, (x, y) -> x * y));
                weights.position(weights.position() + part.remaining());
                tensors.add(new SafetensorsWriter.Tensor(name + PARTS.get(p), Dtype.F32, shape, part));
            }
        });
        SafetensorsWriter.write(file, tensors, metadata);
    }

    /** The names of the tensors that have a net, as they are spelled in the file. */
    public Set<String> names() {
        return nets.keySet();
    }

    /**
     * The net of the tensor that its family calls {@code name}; older files leave out the leading {@code model.}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public ScaleNet of(String name) {
        ScaleNet net = nets.get(Weights.called(nets.keySet(), name));
        if (net == null) {
            throw new IllegalArgumentException("tensor has no scale net: " + name + "; there are " + nets.size());
        }
        return net;
    }

    /**
     * The nets of all tensors of a model, in the order of its space; nets of other tensors are left out.
     *
     * @throws IllegalArgumentException naming every tensor that has none
     */
    public List<ScaleNet> of(ParameterSpace space) {
        List<String> missing = space.tensors().stream()
                .map(ParameterSpace.Tensor::name)
                .filter(name -> !nets.containsKey(Weights.called(nets.keySet(), name)))
                .toList();
        if (!missing.isEmpty()) {
            int shown = Math.min(missing.size(), 12);
            throw new IllegalArgumentException("the nets are not this model's: " + missing.size() + " of its "
                    + space.tensors().size() + " tensors have none: " + String.join(", ", missing.subList(0, shown))
                    + (missing.size() > shown ? ", ..." : "") + "; take nets that were trained on this model");
        }
        return space.tensors().stream().map(tensor -> of(tensor.name())).toList();
    }

    /** A number that identifies these nets. */
    public long fingerprint() {
        long hash = 1;
        for (Map.Entry<String, ScaleNet> entry : nets.entrySet()) {
            hash = hash * 0x9E3779B97F4A7C15L ^ entry.getKey().hashCode();
            hash = hash * 0x9E3779B97F4A7C15L ^ Arrays.hashCode(entry.getValue().weights());
        }
        return hash;
    }
}
