package org.zolab.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.weights.SafetensorsWriter.Tensor;

class SafetensorsWriterTest {

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadBackInAllThreeTypes() {
        float[] values = new float[40_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i) * (i % 7 - 3);
        }
        FloatBuffer buffer = FloatBuffer.wrap(values);
        Path file = folder.resolve("out.safetensors");

        SafetensorsWriter.write(
                file,
                List.of(
                        new Tensor("full", Dtype.F32, new long[] {200, 200}, buffer),
                        new Tensor("half", Dtype.F16, new long[] {40_000}, buffer),
                        new Tensor("brain", Dtype.BF16, new long[] {40_000}, buffer),
                        new Tensor("nothing", Dtype.F32, new long[] {0, 3}, FloatBuffer.allocate(0))),
                Map.of("format", "pt"));

        Weights read = Safetensors.file(file);
        assertThat(read.names()).containsExactly("full", "half", "brain", "nothing");
        assertThat(read.floats("full")).isEqualTo(values);
        assertThat(read.shape("full")).containsExactly(200, 200);
        assertThat(read.floats("nothing")).isEmpty();
        float[] half = new float[values.length];
        float[] brain = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            half[i] = Half.fromFp16(Half.toFp16(values[i]));
            brain[i] = Half.fromBf16(Half.toBf16(values[i]));
        }
        assertThat(read.floats("half")).isEqualTo(half);
        assertThat(read.floats("brain")).isEqualTo(brain);
        assertThat(buffer.position()).isZero();
    }

    /** Whatever order a JVM gives its maps. */
    @Test
    void equalTensorsMakeEqualFiles() throws IOException {
        Path file = folder.resolve("out.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(new Tensor("x", Dtype.F32, new long[] {1}, FloatBuffer.allocate(1))),
                Map.of("format", "pt", "by", "zo", "a", "b"));
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1).substring(8))
                .startsWith("{\"__metadata__\":{\"a\":\"b\",\"by\":\"zo\",\"format\":\"pt\"},"
                        + "\"x\":{\"data_offsets\":[0,4],\"dtype\":\"F32\",\"shape\":[1]}}");
    }

    @Test
    void aDiskThatIsTooSmallLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = Files.writeString(folder.resolve("model.safetensors"), "old");
        SafetensorsWriter.Disk small = new SafetensorsWriter.Disk() {
            @Override
            public long free(Path folder) {
                return 1000;
            }

            @Override
            public FileChannel create(Path file) {
                throw new AssertionError("nothing is begun that cannot be ended");
            }
        };
        assertThatThrownBy(() -> SafetensorsWriter.write(file, thousand(), Map.of(), small))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("too little space")
                .hasMessageMatching("(?s).* 40\\d\\d bytes are needed, 1000 are free.*");
        assertThat(Files.readString(file)).isEqualTo("old");
        assertThat(names()).containsExactly("model.safetensors");
    }

    @Test
    void aDiskThatFillsUpWhileWritingLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = Files.writeString(folder.resolve("model.safetensors"), "old");
        SafetensorsWriter.Disk full = new SafetensorsWriter.Disk() {
            @Override
            public long free(Path folder) {
                return 1 << 20;
            }

            @Override
            public FileChannel create(Path file) throws IOException {
                Files.createFile(file);
                return FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE);
            }
        };
        assertThatThrownBy(() -> SafetensorsWriter.write(file, thousand(), Map.of(), full))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("cannot be written")
                .hasMessageContaining("bytes are needed, 1048576 are free");
        assertThat(Files.readString(file)).isEqualTo("old");
        assertThat(names()).containsExactly("model.safetensors");
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        SafetensorsWriter.Disk locked = new SafetensorsWriter.Disk() {
            @Override
            public long free(Path folder) {
                return 1 << 20;
            }

            @Override
            public FileChannel create(Path file) throws IOException {
                throw new AccessDeniedException(file.toString());
            }
        };
        Path file = folder.resolve("out.safetensors");
        assertThatThrownBy(() -> SafetensorsWriter.write(file, thousand(), Map.of(), locked))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(file + " cannot be written: permission denied")
                .hasMessageContaining("check the permissions of " + folder);
        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("no").resolve("x"), thousand(), Map.of()))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("its folder does not exist");
    }

    @Test
    void refusesTensorsThatAreNotWhatTheySay() {
        assertThatThrownBy(() -> new Tensor("a", Dtype.I64, new long[] {1}, FloatBuffer.allocate(1)))
                .hasMessageContaining("dtype is not F32, F16 or BF16: I64");
        assertThatThrownBy(() -> new Tensor("a", Dtype.F32, new long[] {2}, FloatBuffer.allocate(1)))
                .hasMessageContaining("not as large as the shape [2] of a: 1");
        Tensor one = new Tensor("a", Dtype.F32, new long[] {1}, FloatBuffer.allocate(1));
        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("x"), List.of(one, one), Map.of()))
                .hasMessageContaining("name is not unique: a");
    }

    private static List<Tensor> thousand() {
        return List.of(new Tensor("a", Dtype.F32, new long[] {1000}, FloatBuffer.allocate(1000)));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
