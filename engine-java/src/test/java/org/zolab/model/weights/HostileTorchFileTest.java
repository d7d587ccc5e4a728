package org.zolab.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.zolab.model.weights.PickleBytes.dict;
import static org.zolab.model.weights.PickleBytes.old;
import static org.zolab.model.weights.PickleBytes.oldPickle;
import static org.zolab.model.weights.PickleBytes.one;
import static org.zolab.model.weights.PickleBytes.zip;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of torch.save that want something run, lie about themselves or are damaged: one exception, and nothing else happens. */
class HostileTorchFileTest {

    private static final Path GOLDENS = Path.of("..", "integration-tests", "goldens");
    private static final Path MODELS = GOLDENS.resolve("models");
    private static final long[] TWO = {2};
    private static final long[] ONE = {1};

    @Test
    void whatAPickleWouldRunIsRefusedByItsName() {
        refused(zip(new PickleBytes().name("posix", "system").text("touch x").raw("\u0085R")), "calls posix system");
        refused(zip(new PickleBytes().name("os", "Popen").raw(")\u0081")), "calls os Popen");
        refused(
                zip(new PickleBytes().name("torch.nn.modules.linear", "Linear").raw(")R")),
                "calls torch.nn.modules.linear Linear");
        refused(
                zip(new PickleBytes().name("torch.storage", "_load_from_bytes").raw(")R")),
                "calls torch.storage _load_from_bytes");
        // mentioned only: data
        byte[] pickle = dict().text("dtype")
                .name("torch", "float32")
                .text("a")
                .tensor("FloatStorage", "0", 2, 0, TWO, ONE)
                .raw("u")
                .end();
        assertThat(read(PickleBytes.zip(pickle, Map.of("data/0", PickleBytes.floats(1, 2))))
                        .names())
                .containsExactly("a");
    }

    static Stream<Arguments> hostile() {
        PickleBytes doubled =
                new PickleBytes().raw("}").text("k").raw("}q\0s"); // layers of layers of layers, each twice
        for (int i = 0; i < 200; i++) {
            doubled.text("k")
                    .name("torch.nn.modules.container", "Sequential")
                    .raw(")\u0081}(")
                    .text("_modules")
                    .raw("}(")
                    .text("a")
                    .raw("h\0")
                    .text("b")
                    .raw("h\0uubq\0s");
        }
        return Stream.of(
                Arguments.of(
                        "a text longer than the file", new PickleBytes().raw("X\u00ff\u00ff\u00ff\u007f"), "longer"),
                Arguments.of("a text of negative length", new PickleBytes().raw("X\u00ff\u00ff\u00ff\u00ff"), "longer"),
                Arguments.of("a text that is not UTF-8", new PickleBytes().raw("X\u0001\0\0\0\u00ff"), "not UTF-8"),
                Arguments.of("another protocol", new PickleBytes().raw("\u0080\u0004"), "protocol 4"),
                Arguments.of("an unknown opcode", new PickleBytes().raw("i"), "0x69"),
                Arguments.of("an empty stack", new PickleBytes(), "takes a value where there is none"),
                Arguments.of("two values", new PickleBytes().raw("NN"), "more than one value"),
                Arguments.of("a mark that is not there", new PickleBytes().raw("}u"), "since a mark"),
                Arguments.of("values below a mark", new PickleBytes().raw("N(\u0085"), "where there is none"),
                Arguments.of("half an item", new PickleBytes().raw("}(Nu"), "sets items"),
                Arguments.of("a list as a key", new PickleBytes().raw("}(]Nu"), "key that is not"),
                Arguments.of("an empty memo", new PickleBytes().raw("h\1"), "recalls what it did not keep: 1"),
                Arguments.of("a number called", new PickleBytes().raw("K\1)R"), "calls what is not a name"),
                Arguments.of("attributes of a number", new PickleBytes().raw("K\1}b"), "sets attributes"),
                Arguments.of(
                        "an OrderedDict of a list",
                        new PickleBytes().name("collections", "OrderedDict").raw("]\u0085R"),
                        "Python 2"),
                Arguments.of(
                        "another persistent id",
                        new PickleBytes().raw("(").text("module").raw("tQ"),
                        "not a storage"),
                Arguments.of(
                        "an unknown storage",
                        dict().tensor("UntypedStorage", "0", 2, 0, TWO, ONE),
                        "torch UntypedStorage"),
                Arguments.of(
                        "a storage of two sizes",
                        dict().text("a")
                                .tensor("FloatStorage", "0", 2, 0, TWO, ONE)
                                .text("b")
                                .tensor("FloatStorage", "0", 3, 0, TWO, ONE)
                                .raw("u"),
                        "two things about storage 0"),
                Arguments.of(
                        "a shape of too many numbers",
                        dict().text("a")
                                .tensor("FloatStorage", "0", 2, 0, new long[65], ONE)
                                .raw("u"),
                        "more than 64 numbers for the shape"),
                Arguments.of("no entry", one("9", 2, 0, TWO, ONE), "an entry that is missing: 9"),
                Arguments.of("a storage beyond its entry", one("0", 3, 0, TWO, ONE), "needs 3 numbers of 4 bytes"),
                Arguments.of(
                        "a huge storage", one("0", Long.MAX_VALUE, 0, TWO, ONE), "needs 9223372036854775807 numbers"),
                Arguments.of("an offset outside", one("0", 2, 1, TWO, ONE), "lies outside its 2 stored numbers"),
                Arguments.of("a stride outside", one("0", 2, 0, TWO, TWO), "the last is number 2"),
                Arguments.of(
                        "a huge stride",
                        one("0", 2, 0, new long[] {3}, new long[] {Long.MAX_VALUE}),
                        "too large to be counted"),
                Arguments.of(
                        "one number many times", one("0", 2, 0, new long[] {1L << 40}, new long[1]), "lies outside"),
                Arguments.of("a rank without strides", one("0", 2, 0, TWO, new long[0]), "1 dimensions and 0 strides"),
                Arguments.of(
                        "no tensors", new PickleBytes().raw("}(").text("model").raw("}u"), "its first key is model"),
                Arguments.of("nothing", new PickleBytes().raw("N"), "holds no tensors"),
                Arguments.of(
                        "very many values", new PickleBytes().raw("}".repeat(2_000_000)), "more than 1048576 opcodes"),
                Arguments.of("layers without end", doubled, "layers within layers without end"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void hostilePicklesAreRefused(String name, PickleBytes pickle, String message) {
        refused(zip(pickle), message);
    }

    @Test
    void hostileFilesAreRefused() throws IOException {
        byte[] good = zip(one("0", 2, 0, TWO, ONE));
        refused(new byte[0], "is not a file of torch.save");
        refused("PK\3\4".getBytes(StandardCharsets.ISO_8859_1), "no end of a zip file");
        refused(Arrays.copyOf(good, good.length - 30), "is not a whole zip file");
        refused(PickleBytes.zip(new byte[9 << 20], Map.of()), "pickle larger than the 8388608 bytes");
        byte[] pickle = one("0", 2, 0, TWO, ONE).end();
        refused(
                PickleBytes.zip(
                        pickle, Map.of("data/0", new byte[8], "byteorder", "big".getBytes(StandardCharsets.UTF_8))),
                "is not little-endian");
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(packed)) {
            zip.putNextEntry(new ZipEntry("x/data.pkl"));
            zip.write(pickle);
        }
        refused(packed.toByteArray(), "has a packed entry: x/data.pkl");
        refused(PickleBytes.zip(pickle, Map.of("y/data.pkl", pickle)), "has 2 entries data.pkl");
    }

    /** A list in a list in a list: no recursion, so no depth that is too much. */
    @Test
    void depthCostsNothing() {
        PickleBytes deep = dict().text("deep").raw("]".repeat(500_000) + "a".repeat(499_999));
        byte[] pickle = deep.text("a")
                .tensor("FloatStorage", "0", 2, 0, TWO, ONE)
                .raw("u")
                .end();
        assertThat(read(PickleBytes.zip(pickle, Map.of("data/0", PickleBytes.floats(1, 2))))
                        .floats("a"))
                .containsExactly(1, 2);
    }

    /** Every kind of file there is, damaged: values or the one exception, and never long. */
    @Test
    void damagedFilesGiveValuesOrTheOneException() throws IOException {
        byte[][] files = {
            Files.readAllBytes(MODELS.resolve("opt-tiny-bin/pytorch_model.bin")),
            Files.readAllBytes(GOLDENS.resolve("finetuner/pertnn-fp16.pth")),
            old(oldPickle(), new String[] {"31", "94"}, PickleBytes.floats(1, 2, 3), PickleBytes.floats(4, 5)),
            zip(one("0", 2, 0, TWO, ONE))
        };
        int[] results = new int[2];
        Assertions.assertTimeout(Duration.ofSeconds(120), () -> {
            Random random = new Random(7);
            for (int trial = 0; trial < 12_000; trial++) {
                byte[] file = files[trial % files.length];
                // pickle and directory are where damage matters; they lie at the ends
                int reach = random.nextInt(4) == 0 ? file.length : Math.min(file.length, 6000);
                boolean atEnd = random.nextInt(3) == 0;
                byte[] damaged =
                        random.nextInt(10) == 0 ? Arrays.copyOf(file, random.nextInt(file.length + 9)) : file.clone();
                for (int flips = 1 + random.nextInt(4); flips > 0 && damaged.length > 0; flips--) {
                    int at = random.nextInt(Math.min(reach, damaged.length));
                    damaged[atEnd ? damaged.length - 1 - at : at] = (byte) random.nextInt(256);
                }
                results[values(damaged) ? 1 : 0]++;
            }
        });
        assertThat(results[0]).isGreaterThan(3000);
        assertThat(results[1]).isGreaterThan(1000);
    }

    private static boolean values(byte[] file) {
        try {
            Weights weights = read(file);
            for (String name : weights.names()) {
                if (weights.dtype(name).fitsFloat()) {
                    weights.floats(name);
                }
            }
            return true;
        } catch (ModelFileException e) {
            assertThat(e.getMessage()).startsWith("memory").hasSizeLessThan(1000);
            return false;
        }
    }

    private static Weights read(byte[] file) {
        return TorchFile.read(new InMemory(file), "x.bin");
    }

    private static void refused(byte[] file, String message) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(message);
    }
}
