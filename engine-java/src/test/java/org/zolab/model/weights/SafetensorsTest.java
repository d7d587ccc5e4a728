package org.zolab.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {

    private static final Path MODELS = Path.of("..", "integration-tests", "goldens", "models");

    @TempDir
    Path folder;

    @Test
    void readsNamesShapesAndValuesOfOneFile() throws IOException {
        Path file = write(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
                        + "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[16,24]},\"__metadata__\":{\"format\":\"pt\"}}",
                24);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int start = bytes.length - 24;
        data.putFloat(start, 1.5f).putFloat(start + 12, -2).putLong(start + 16, -7);
        Files.write(file, bytes);

        Weights weights = Safetensors.file(file);

        assertThat(weights.names()).containsExactly("a", "n");
        assertThat(weights.shape("a")).containsExactly(2, 2);
        assertThat(weights.shape("n")).isEmpty();
        assertThat(weights.dtype("n")).isEqualTo(Dtype.I64);
        assertThat(weights.floats("a")).containsExactly(1.5f, 0, 0, -2);
        assertThat(weights.doubles("a")).containsExactly(1.5, 0, 0, -2);
        assertThat(weights.longs("n")).containsExactly(-7);
        FloatBuffer part = FloatBuffer.allocate(1);
        weights.read("a", 3, part);
        assertThat(part.get(0)).isEqualTo(-2);
    }

    @Test
    void contentsTellEveryElementOfATensorAndStretchesOfALargeOne() {
        for (int size : List.of(1, 4096, 5000, 65_536, 65_537, 1_000_000)) {
            float[] values = new float[size];
            String zeros = fingerprint(values);
            assertThat(fingerprint(values)).isEqualTo(zeros).matches("crc32 [0-9a-f]{8}");
            List<Integer> seen = size <= 65_536
                    ? List.of(0, size / 3, size / 2, size - 1)
                    : List.of(0, 4095, (size - 4096) / 15, 7 * ((size - 4096) / 15) + 100, size - 100);
            for (int at : seen) {
                values[at] = 1;
                assertThat(fingerprint(values)).as("element %d of %d", at, size).isNotEqualTo(zeros);
                values[at] = 0;
            }
            assertThat(fingerprint(new float[size + 1])).isNotEqualTo(zeros);
        }
    }

    private String fingerprint(float[] values) {
        Path file = folder.resolve("fingerprint.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(new SafetensorsWriter.Tensor(
                        "w", Dtype.F32, new long[] {values.length}, FloatBuffer.wrap(values))),
                Map.of());
        return Safetensors.file(file).fingerprint();
    }

    @Test
    void sixteenBitFilesHoldTheRoundedValuesOfTheFp32File() {
        Weights exact = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny")));
        Weights fp16 = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny-fp16")));
        Weights bf16 = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny-bf16")));
        assertThat(exact.names()).hasSize(36).isEqualTo(fp16.names()).isEqualTo(bf16.names());
        for (String name : exact.names()) {
            float[] values = exact.floats(name);
            float[] expectedHalf = new float[values.length];
            float[] expectedBrain = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                expectedHalf[i] = Half.fromFp16(Half.toFp16(values[i]));
                expectedBrain[i] = Half.fromBf16(Half.toBf16(values[i]));
            }
            assertThat(fp16.floats(name)).isEqualTo(expectedHalf);
            assertThat(bf16.floats(name)).isEqualTo(expectedBrain);
        }
    }

    @Test
    void shardsHoldTheSameTensorsAsOneFile() {
        Weights one = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny")));
        Weights sharded = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny-sharded")));
        assertThat(sharded.names()).containsExactlyInAnyOrderElementsOf(one.names());
        for (String name : one.names()) {
            assertThat(sharded.shape(name)).isEqualTo(one.shape(name));
            assertThat(sharded.floats(name)).isEqualTo(one.floats(name));
        }
    }

    @Test
    void resourcesReadAsFoldersDo() {
        ModelFiles files = ModelFiles.resources(getClass().getClassLoader(), "org/zolab/model/weights");
        assertThat(files.has("SafetensorsTest.class")).isTrue();
        assertThat(files.has("nothing")).isFalse();
        assertThat(files.region("SafetensorsTest.class", 0, 4)
                        .order(ByteOrder.BIG_ENDIAN)
                        .getInt())
                .isEqualTo(0xCAFEBABE);
        assertThatThrownBy(() -> files.size("nothing"))
                .hasMessageContaining("nothing")
                .isInstanceOf(ModelFileException.class);
    }

    static Stream<Arguments> hostile() {
        String good = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        return Stream.of(
                Arguments.of("header that is no JSON", "{\"a\":", 0, "not valid JSON"),
                Arguments.of("header that is no object", "[1]", 0, "header is not an object: an array"),
                Arguments.of("a key twice", good.replace("\"shape\"", "\"dtype\""), 8, "Duplicate field 'dtype'"),
                Arguments.of(
                        "a tensor twice",
                        good.replace("}}", "},\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}}"),
                        8,
                        "Duplicate field 'a'"),
                Arguments.of("more after the header", good + "{}", 8, "header goes on after its end"),
                Arguments.of("truncated data", good, 7, "offsets outside of the file's 7 bytes of data: [0, 8]"),
                Arguments.of(
                        "data that belongs to nothing", good, 9, "1 bytes after tensor a that belong to no tensor"),
                Arguments.of("begin after end", good.replace("0,8", "8,0"), 8, "not 0 <= begin <= end: [8, 0]"),
                Arguments.of("negative begin", good.replace("0,8", "-8,0"), 8, "not 0 <= begin <= end: [-8, 0]"),
                Arguments.of("negative shape", good.replace("[2]", "[-2]"), 8, "negative shape: [-2]"),
                Arguments.of(
                        "overflowing shape",
                        good.replace("[2]", "[4294967296,4294967296]"),
                        8,
                        "too large to be counted: [4294967296, 4294967296]"),
                Arguments.of(
                        "overflowing bytes",
                        good.replace("[2]", "[9223372036854775807]"),
                        8,
                        "too large to be counted"),
                Arguments.of(
                        "number beyond 64 bits", good.replace("[2]", "[99999999999999999999]"), 8, "not valid JSON"),
                Arguments.of("shape with a fraction", good.replace("[2]", "[2.0]"), 8, "shape of a is not an integer"),
                Arguments.of("shape that is no list", good.replace("[2]", "2"), 8, "shape of a is not an array"),
                Arguments.of("size and shape differ", good.replace("[2]", "[3]"), 8, "needs 12 bytes for F32 [3]"),
                Arguments.of(
                        "unknown dtype", good.replace("F32", "F33"), 8, "dtype is not one of the format's: \"F33\""),
                Arguments.of("no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 0, "no dtype, shape, or pair"),
                Arguments.of(
                        "three offsets", good.replace("0,8", "0,8,8"), 8, "no dtype, shape, or pair of data_offsets"),
                Arguments.of(
                        "overlap",
                        good.replace("}}", "},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}"),
                        12,
                        "tensor b overlaps tensor a: it begins at 4, before 8"),
                Arguments.of(
                        "hole",
                        good.replace("}}", "},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}"),
                        16,
                        "hole between tensor a and tensor b: bytes 8 to 12"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void refusesAHostileHeader(String what, String header, int data, String message) throws IOException {
        Path file = write(header, data);
        assertThatThrownBy(() -> Safetensors.file(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void refusesAHeaderLengthThatCannotBe(long length, String message) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        Path file = Files.write(folder.resolve("x.safetensors"), bytes.array());
        assertThatThrownBy(() -> Safetensors.file(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(message);
    }

    static Stream<Arguments> lengths() {
        return Stream.of(
                Arguments.of(-1L, "not between 0 and 100000000: 18446744073709551615"),
                Arguments.of(Long.MAX_VALUE, "not between 0 and 100000000: 9223372036854775807"),
                Arguments.of(100_000_001L, "not between 0 and 100000000: 100000001"),
                Arguments.of(13L, "beyond its 20 bytes: 13"),
                Arguments.of(0L, "header is not an object: nothing"));
    }

    @Test
    void refusesAFileWithoutAHeaderAndAFileThatIsNotThere() throws IOException {
        Path file = Files.write(folder.resolve("x.safetensors"), new byte[7]);
        assertThatThrownBy(() -> Safetensors.file(file))
                .hasMessageContaining("too short for a safetensors file: 7 bytes");
        assertThatThrownBy(() -> Safetensors.file(folder.resolve("y.safetensors")))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("does not exist")
                .hasMessageContaining("y.safetensors");
        assertThatThrownBy(() -> Safetensors.file(folder))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("not a file");
        assertThatThrownBy(() -> ModelFiles.folder(folder.resolve("none")))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("model folder does not exist");
        assertThatThrownBy(() -> Weights.of(ModelFiles.folder(folder)))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("neither model.safetensors nor pytorch_model.bin, whole or in shards");
    }

    @Test
    void readsOnlyWhatThereIsInATypeThatFits() throws IOException {
        Weights weights =
                Safetensors.file(write("{\"n\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8));
        assertThatThrownBy(() -> weights.floats("n"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("is not F32, F16 or BF16: I64");
        assertThatThrownBy(() -> weights.doubles("n")).isInstanceOf(ModelFileException.class);
        assertThatThrownBy(() -> weights.longs("m"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("tensor is missing: m in")
                .hasMessageContaining("it has n");
        Weights model = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny")));
        String name = "model.decoder.final_layer_norm.weight";
        assertThatThrownBy(() -> model.read(name, FloatBuffer.allocate(31)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("32 elements: 31");
        assertThatThrownBy(() -> model.read(name, 1, FloatBuffer.allocate(32)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 33");
        assertThatThrownBy(() -> model.longs(name)).isInstanceOf(ModelFileException.class);
    }

    @Test
    void namesEveryTensorThatDoesNotFitTheModel() {
        Weights weights = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny")));
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("model.decoder.embed_tokens.weight", new long[] {440, 32});
        weights.require(shapes);
        shapes.put("model.decoder.embed_positions.weight", new long[] {2050, 32});
        shapes.put("model.decoder.project_in.weight", new long[] {32, 16});
        assertThatThrownBy(() -> weights.require(shapes))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("shape of model.decoder.embed_positions.weight is not [2050, 32]: [130, 32]")
                .hasMessageContaining("tensor is missing: model.decoder.project_in.weight [32, 16]");
    }

    @Test
    void refusesShardsThatDoNotFitTheirIndex() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(write("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8), model.resolve("s1"));
        Map<String, String> indices = Map.of(
                "{\"weight_map\":{\"a\":\"s1\",\"b\":\"s2\"}}", "shard is missing: ",
                "{\"weight_map\":{\"a\":\"s1\",\"b\":\"s1\"}}", "says that s1 holds b, which it does not",
                "{\"weight_map\":{\"a\":\"../x.safetensors\"}}", "file name is not a plain name: \"../x.safetensors\"",
                "{\"weight_map\":{\"a\":3}}", "names no file for a: 3",
                "{\"weight_map\":{}}", "lists no tensors",
                "{}", "weight_map is missing",
                "[]", "not a JSON object: array",
                "{", "not valid JSON");
        for (Map.Entry<String, String> index : indices.entrySet()) {
            Files.writeString(model.resolve("model.safetensors.index.json"), index.getKey());
            assertThatThrownBy(() -> Weights.of(ModelFiles.folder(model)))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(index.getValue());
        }
    }

    @Test
    void flippedBytesGiveValuesOrTheOneException() throws IOException {
        Path whole = folder.resolve("whole.safetensors");
        SafetensorsWriter.write(
                whole,
                List.of(
                        new SafetensorsWriter.Tensor("a", Dtype.F32, new long[] {2, 3}, FloatBuffer.allocate(6)),
                        new SafetensorsWriter.Tensor("b", Dtype.F16, new long[] {5}, FloatBuffer.allocate(5)),
                        new SafetensorsWriter.Tensor("c", Dtype.BF16, new long[] {1}, FloatBuffer.allocate(1))),
                Map.of("format", "pt"));
        byte[] bytes = Files.readAllBytes(whole);
        Random random = new Random(7);
        int read = 0;
        int refused = 0;
        for (int trial = 0; trial < 20_000; trial++) {
            byte[] damaged =
                    Arrays.copyOf(bytes, random.nextInt(10) == 0 ? random.nextInt(bytes.length + 9) : bytes.length);
            for (int flips = 1 + random.nextInt(3); flips > 0 && damaged.length > 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                Weights weights = Safetensors.read(new InMemory(damaged), "x.safetensors");
                for (String name : weights.names()) {
                    if (weights.dtype(name).fitsFloat()) {
                        weights.floats(name);
                    }
                }
                read++;
            } catch (ModelFileException e) {
                refused++;
            }
        }
        assertThat(read).isGreaterThan(1000);
        assertThat(refused).isGreaterThan(10_000);
    }

    private Path write(String header, int data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        return Files.write(folder.resolve("x.safetensors"), bytes.array());
    }

    @Test
    void olderNamesAreFound() {
        Set<String> file = Set.of("wte.weight", "bert.LayerNorm.gamma", "bert.LayerNorm.beta", "model.norm.weight");
        assertThat(Weights.called(file, "transformer.wte.weight")).isEqualTo("wte.weight");
        assertThat(Weights.called(file, "bert.LayerNorm.weight")).isEqualTo("bert.LayerNorm.gamma");
        assertThat(Weights.called(file, "bert.LayerNorm.bias")).isEqualTo("bert.LayerNorm.beta");
        assertThat(Weights.called(file, "model.norm.weight")).isEqualTo("model.norm.weight");
        assertThat(Weights.called(file, "model.other")).isEqualTo("model.other");
    }
}
