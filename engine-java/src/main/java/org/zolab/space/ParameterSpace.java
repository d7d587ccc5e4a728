package org.zolab.space;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors of a model in storage order: the name and position of every coordinate.
 *
 * <p>Noise is addressed by a tensor's name and the element within it, so reordering the tensors, or taking a subset of them, changes no
 * noise.
 */
public final class ParameterSpace {

    /**
     * One tensor.
     *
     * @param name   the model family's name for it, whatever the file calls it
     * @param shape  its dimensions
     * @param offset the position of its first element in the whole vector
     * @param size   its number of elements
     * @param hash   FNV-1a of the name's UTF-8 bytes, its address in the noise contract
     */
    public record Tensor(String name, List<Integer> shape, long offset, int size, int hash) {

        private static final Pattern LAYER = Pattern.compile("^(?:.*?\\.)?(\\d{1,6})\\.");

        /**
         * The index of the layer it belongs to: the first number between dots in its name, such as 3 in
         * {@code transformer.h.3.ln_1.weight}; −1 if there is none.
         */
        public int layer() {
            Matcher number = LAYER.matcher(name);
            return number.find() ? Integer.parseInt(number.group(1)) : -1;
        }
    }

    private final List<Tensor> tensors;
    private final Map<String, Integer> index = new HashMap<>();
    private final long dimension;

    private ParameterSpace(List<Tensor> tensors, long dimension) {
        this.tensors = List.copyOf(tensors);
        this.dimension = dimension;
        Map<Integer, String> hashes = new HashMap<>();
        for (int i = 0; i < tensors.size(); i++) {
            Tensor tensor = tensors.get(i);
            if (index.put(tensor.name(), i) != null) {
                throw new IllegalArgumentException("tensor is named twice: " + tensor.name());
            }
            String other = hashes.put(tensor.hash(), tensor.name());
            if (other != null) {
                throw new IllegalArgumentException("tensor names share a hash, so they would share their noise: "
                        + other + " and " + tensor.name() + "; rename one of them");
            }
        }
    }

    /** A space of one tensor, for objectives that are functions of a plain array. */
    public static ParameterSpace flat(int dimension) {
        return builder().add("x", List.of(dimension)).build();
    }

    /** Starts an empty space, to which tensors are added one by one. */
    public static Builder builder() {
        return new Builder();
    }

    /** Lays out tensors one after the other. */
    public static final class Builder {
        private final List<Tensor> tensors = new ArrayList<>();
        private long offset;

        private Builder() {}

        /** Adds the next tensor. */
        public Builder add(String name, List<Integer> shape) {
            long size = 1;
            for (int extent : shape) {
                if (!(extent > 0)) {
                    throw new IllegalArgumentException("extent of " + name + " is not strictly positive: " + shape);
                }
                size = Math.multiplyExact(size, (long) extent);
            }
            if (size > Integer.MAX_VALUE / Float.BYTES) {
                throw new IllegalArgumentException("tensor " + name + " has more than 2^29 elements: " + size);
            }
            tensors.add(new Tensor(name, List.copyOf(shape), offset, (int) size, hash(name)));
            offset += size;
            return this;
        }

        /** The space of the tensors added so far. */
        public ParameterSpace build() {
            return new ParameterSpace(tensors, offset);
        }
    }

    /** All tensors, in storage order. */
    public List<Tensor> tensors() {
        return tensors;
    }

    /** The tensor at index {@code i}. */
    public Tensor tensor(int i) {
        return tensors.get(i);
    }

    /** The index of the tensor called {@code name}. */
    public int indexOf(String name) {
        Integer i = index.get(name);
        if (i == null) {
            throw new IllegalArgumentException("no tensor is called " + name);
        }
        return i;
    }

    /** The tensor that contains position {@code place} of the whole vector. */
    Tensor holding(long place) {
        int low = 0;
        for (int high = tensors.size() - 1; low < high; ) {
            int middle = (low + high + 1) >>> 1;
            if (tensors.get(middle).offset() <= place) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return tensors.get(low);
    }

    /** The dimension d: how many numbers a vector of this space has. */
    public long dimension() {
        return dimension;
    }

    private static int hash(String name) {
        int hash = 0x811C9DC5;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xFF)) * 0x01000193;
        }
        return hash;
    }
}
