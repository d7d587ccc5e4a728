package org.zolab.model.weights;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the pickles of torch.save as data: dicts, lists, tuples, strings, numbers, locations of tensors, and contents of modules. It can
 * build nothing else.
 *
 * <p>A pickle is a program that may call whatever it names. Here a name is a string and is never looked up: the few calls in torch's own
 * files are recognised by name, any other is refused. All opcodes of protocol 2 that torch.save writes are supported.
 *
 * <p>Every opcode takes constant time and memory beyond the bytes it reads, there is no recursion, and only numbers and strings are keys.
 * Whatever a file holds, reading it therefore costs a multiple of its size, and at most some 60 MB. The result may contain itself, so code
 * that walks it must bound the walk.
 *
 * <p>Values are {@code Map} (a dict), {@code List} (a list, tuple or set), {@code String}, {@code Long}, {@code BigInteger},
 * {@code Double}, {@code Boolean}, {@link None}, {@link Name}, {@link Stored}, {@link Tensor} and {@link Module}.
 *
 * <p>Reference: Python's pickletools for the opcodes, the documentation of torch.load for the idea.
 */
final class Unpickler {

    /** Python's None. */
    enum None {
        NONE
    }

    /** A module and a name in it, which the pickle asks to look up; here it remains text. */
    record Name(String text) {}

    /** Numbers stored outside the pickle, under a key. */
    record Stored(String key, Dtype dtype, long elements) {}

    /** A view of stored numbers, not yet checked. */
    record Tensor(Stored stored, long offset, long[] shape, long[] strides) {}

    /** A layer pickled as a whole; its attributes follow later. */
    static final class Module {
        Map<?, ?> attributes = Map.of();
    }

    private static final int LARGEST_RANK = 64; // torch's own
    private static final int MOST_OPCODES = 1 << 20; // a published file of 772 nets has 0.4 million
    private static final List<String> MODULES = List.of(
            "torch.nn.modules.container Sequential",
            "torch.nn.modules.linear Linear",
            "torch.nn.modules.activation Tanh");

    private final String where;
    private final ByteBuffer in;
    private final Map<String, Stored> stored = new HashMap<>();

    private List<Object> stack = new ArrayList<>();
    private List<Integer> marks = new ArrayList<>();
    private Map<Integer, Object> memo = new HashMap<>();

    /** Reads from {@code bytes}, from its position on. */
    Unpickler(String where, ByteBuffer bytes) {
        this.where = where;
        this.in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The number of bytes read so far. */
    int position() {
        return in.position();
    }

    /** The numbers outside that the pickles so far refer to, by key. */
    Map<String, Stored> stored() {
        return stored;
    }

    /** The value of the next pickle; several may follow one another. */
    Object load() {
        stack = new ArrayList<>();
        marks = new ArrayList<>();
        memo = new HashMap<>();
        try {
            for (int opcodes = 0; opcodes < MOST_OPCODES; opcodes++) {
                int opcode = in.get();
                if (opcode == '.') {
                    Object value = pop();
                    if (!stack.isEmpty()) {
                        throw malformed("ends with more than one value");
                    }
                    return value;
                }
                step(opcode);
            }
            throw malformed("has more than " + MOST_OPCODES + " opcodes");
        } catch (BufferUnderflowException e) {
            throw malformed("ends too early");
        }
    }

    private void step(int opcode) {
        switch (opcode) {
            case 0x80 - 256 -> {
                int protocol = in.get();
                if (protocol != 2) {
                    throw malformed("has protocol " + protocol + ", not 2 as torch.save writes");
                }
            }
            case '(' -> marks.add(stack.size());
            case 'c' -> stack.add(new Name(line() + " " + line()));
            case 'N' -> stack.add(None.NONE);
            case 0x88 - 256 -> stack.add(true);
            case 0x89 - 256 -> stack.add(false);
            case 'K' -> stack.add((long) (in.get() & 0xFF));
            case 'M' -> stack.add((long) (in.getShort() & 0xFFFF));
            case 'J' -> stack.add((long) in.getInt());
            case 0x8A - 256 -> {
                BigInteger value = integer(bytes(in.get() & 0xFF));
                stack.add(value.bitLength() < Long.SIZE ? (Object) value.longValue() : value);
            }
            case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
            case 'X' -> stack.add(text(bytes(in.getInt())));
            case '}' -> stack.add(new LinkedHashMap<>());
            case ']', ')' -> stack.add(new ArrayList<>(0));
            case 't' -> stack.add(marked());
            case 0x85 - 256 -> stack.add(top(1));
            case 0x86 - 256 -> stack.add(top(2));
            case 0x87 - 256 -> stack.add(top(3));
            case 'a' -> append(top(1));
            case 'e' -> append(marked());
            case 's' -> put(top(2));
            case 'u' -> put(marked());
            case 'q' -> memo.put(in.get() & 0xFF, peek());
            case 'r' -> memo.put(in.getInt(), peek());
            case 'h' -> stack.add(remembered(in.get() & 0xFF));
            case 'j' -> stack.add(remembered(in.getInt()));
            case 'Q' -> stack.add(persistent(pop()));
            case 'R' -> {
                List<Object> arguments = list(pop(), "the arguments of a call");
                stack.add(call(name(pop()), arguments));
            }
            case 0x81 - 256 -> {
                List<Object> arguments = list(pop(), "the arguments of a call");
                stack.add(make(name(pop()), arguments));
            }
            case 'b' -> build(pop());
            default ->
                throw malformed(String.format("has an opcode that torch.save does not write: 0x%02x", opcode & 0xFF));
        }
    }

    private Object call(String name, List<Object> arguments) {
        return switch (name) {
            case "torch._utils _rebuild_tensor_v2" -> tensor(arguments);
            case "torch._utils _rebuild_parameter" -> argument(arguments, 0);
            case "collections OrderedDict" -> {
                if (!arguments.isEmpty()) {
                    throw malformed("has an OrderedDict made of a list, as Python 2 wrote it");
                }
                yield new LinkedHashMap<>();
            }
            case "__builtin__ set", "builtins set" ->
                arguments.isEmpty() ? arguments : list(argument(arguments, 0), "what a set is made of");
            default -> throw refused(name);
        };
    }

    private Module make(String name, List<Object> arguments) {
        if (!MODULES.contains(name) || !arguments.isEmpty()) {
            throw refused(name);
        }
        return new Module();
    }

    /**
     * Sets attributes of the value on the stack: modules keep them; those of a dict (torch's _metadata) say nothing about its tensors and
     * are dropped.
     */
    private void build(Object state) {
        Object target = peek();
        if (target instanceof Module module && state instanceof Map<?, ?> attributes) {
            module.attributes = attributes;
        } else if (!(target instanceof Map)) {
            throw malformed("sets attributes of what has none");
        }
    }

    private Tensor tensor(List<Object> arguments) {
        if (!(argument(arguments, 0) instanceof Stored numbers)) {
            throw malformed("has a tensor of something that is not stored numbers");
        }
        return new Tensor(
                numbers,
                number(argument(arguments, 1), "the offset of a tensor"),
                numbers(argument(arguments, 2), "the shape of a tensor"),
                numbers(argument(arguments, 3), "the strides of a tensor"));
    }

    /** ("storage", type, key, device, elements), followed by None in the old layout. */
    private Stored persistent(Object value) {
        List<Object> id = list(value, "a persistent id");
        if (!"storage".equals(argument(id, 0)) || !(argument(id, 2) instanceof String key)) {
            throw malformed("refers to something outside that is not a storage");
        }
        if (id.size() > 5 && id.get(5) != None.NONE) {
            throw malformed("has views of storages, as torch before 0.4 wrote them");
        }
        Stored found = new Stored(key, dtype(name(argument(id, 1))), number(argument(id, 4), "the size of a storage"));
        Stored before = stored.putIfAbsent(key, found);
        if (before != null && !before.equals(found)) {
            throw malformed("says two things about storage " + key);
        }
        return found;
    }

    private Dtype dtype(String name) {
        return switch (name) {
            case "torch FloatStorage" -> Dtype.F32;
            case "torch HalfStorage" -> Dtype.F16;
            case "torch BFloat16Storage" -> Dtype.BF16;
            case "torch DoubleStorage" -> Dtype.F64;
            case "torch LongStorage" -> Dtype.I64;
            case "torch IntStorage" -> Dtype.I32;
            case "torch ShortStorage" -> Dtype.I16;
            case "torch CharStorage" -> Dtype.I8;
            case "torch ByteStorage" -> Dtype.U8;
            case "torch BoolStorage" -> Dtype.BOOL;
            default -> throw malformed("has a storage of a type that is not read: " + name);
        };
    }

    // ---- values -----------------------------------------------------------------------------------------------------

    private Object pop() {
        peek();
        return stack.remove(stack.size() - 1);
    }

    private Object peek() {
        int bottom = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
        if (stack.size() <= bottom) {
            throw malformed("takes a value where there is none");
        }
        return stack.get(stack.size() - 1);
    }

    private List<Object> top(int count) {
        int bottom = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
        if (stack.size() - bottom < count) {
            throw malformed("takes a value where there is none");
        }
        return cut(stack.size() - count);
    }

    private List<Object> marked() {
        if (marks.isEmpty()) {
            throw malformed("takes values since a mark that is not there");
        }
        return cut(marks.remove(marks.size() - 1));
    }

    private List<Object> cut(int from) {
        List<Object> tail = stack.subList(from, stack.size());
        List<Object> values = new ArrayList<>(tail);
        tail.clear();
        return values;
    }

    private void append(List<Object> values) {
        list(peek(), "what is appended to").addAll(values);
    }

    private void put(List<Object> values) {
        if (!(peek() instanceof Map<?, ?> map) || values.size() % 2 != 0) {
            throw malformed("sets items of what is not a dict");
        }
        @SuppressWarnings("unchecked")
        Map<Object, Object> items = (Map<Object, Object>) map;
        for (int i = 0; i < values.size(); i += 2) {
            Object key = values.get(i);
            if (key instanceof Map || key instanceof List || key instanceof Module || key instanceof Tensor) {
                throw malformed("has a key that is not a number or a string");
            }
            items.put(key, values.get(i + 1));
        }
    }

    private Object remembered(int index) {
        Object value = memo.get(index);
        if (value == null) {
            throw malformed("recalls what it did not keep: " + index);
        }
        return value;
    }

    private Object argument(List<Object> arguments, int i) {
        if (i >= arguments.size()) {
            throw malformed("calls with too few arguments: " + arguments.size());
        }
        return arguments.get(i);
    }

    @SuppressWarnings("unchecked")
    private List<Object> list(Object value, String what) {
        if (!(value instanceof List<?> values)) {
            throw malformed("has no list for " + what);
        }
        return (List<Object>) values;
    }

    private String name(Object value) {
        if (!(value instanceof Name name)) {
            throw malformed("calls what is not a name");
        }
        return name.text();
    }

    private long number(Object value, String what) {
        if (!(value instanceof Long number) || number < 0) {
            throw malformed("has no count for " + what);
        }
        return number;
    }

    private long[] numbers(Object value, String what) {
        List<Object> values = list(value, what);
        if (values.size() > LARGEST_RANK) {
            throw malformed("has more than " + LARGEST_RANK + " numbers for " + what + ": " + values.size());
        }
        return values.stream().mapToLong(one -> number(one, what)).toArray();
    }

    // ---- bytes ------------------------------------------------------------------------------------------------------

    private byte[] bytes(int length) {
        if (length < 0 || length > in.remaining()) {
            throw malformed("has a text or number that is longer than its " + in.remaining() + " last bytes: "
                    + Integer.toUnsignedString(length));
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static BigInteger integer(byte[] littleEndian) {
        byte[] bytes = new byte[littleEndian.length + 1]; // so that an empty array means zero
        for (int i = 0; i < littleEndian.length; i++) {
            bytes[bytes.length - 1 - i] = littleEndian[i];
        }
        if (littleEndian.length > 0 && littleEndian[littleEndian.length - 1] < 0) {
            bytes[0] = -1;
        }
        return new BigInteger(bytes);
    }

    private String line() {
        int end = in.position();
        while (end < in.limit() && in.get(end) != '\n') {
            end++;
        }
        String line = text(bytes(end - in.position()));
        in.get();
        return line;
    }

    private String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed("has a text that is not UTF-8");
        }
    }

    private ModelFileException refused(String name) {
        return new ModelFileException(where + " is not only data: at byte " + in.position() + " its pickle calls "
                + shortened(name) + ", which is never done here; save the tensors alone, best as safetensors");
    }

    private ModelFileException malformed(String problem) {
        return new ModelFileException(where + " is damaged or was not written by torch.save: its pickle "
                + shortened(problem) + ", at byte " + in.position() + "; copy or download it again");
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "...";
    }
}
