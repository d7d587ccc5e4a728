package org.zolab.samples.pretrain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes weights as Hugging Face's Python tools read them: config.json and one fp16 model.safetensors. */
final class HuggingFaceFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private HuggingFaceFolder() {}

    /**
     * Writes both files.
     *
     * @throws IOException if a file cannot be written
     */
    static void write(Path folder, OptShape shape, Map<String, NDArray> weights) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config(shape).toPrettyString() + "\n");
        ObjectNode header = JSON.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        List<byte[]> blocks = new ArrayList<>();
        long at = 0;
        for (Map.Entry<String, NDArray> weight : weights.entrySet()) {
            try (NDArray half = weight.getValue().toType(DataType.FLOAT16, true)) {
                ByteBuffer content = half.toByteBuffer();
                byte[] bytes = new byte[content.remaining()];
                content.get(bytes);
                ObjectNode entry = header.putObject(weight.getKey()).put("dtype", "F16");
                entry.set("shape", JSON.valueToTree(weight.getValue().getShape().getShape()));
                entry.putArray("data_offsets").add(at).add(at + bytes.length);
                at += bytes.length;
                blocks.add(bytes);
            }
        }
        String text = JSON.writeValueAsString(header);
        byte[] head = (text + " ".repeat(Math.floorMod(-text.length(), 8))).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(folder.resolve("model.safetensors"))) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(head.length)
                    .array());
            out.write(head);
            for (byte[] block : blocks) {
                out.write(block);
            }
        }
    }

    private static ObjectNode config(OptShape shape) {
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add("OPTForCausalLM");
        return config.put("model_type", "opt")
                .put("vocab_size", shape.vocabulary())
                .put("max_position_embeddings", shape.positions())
                .put("hidden_size", shape.width())
                .put("word_embed_proj_dim", shape.width())
                .put("ffn_dim", 4 * shape.width())
                .put("num_hidden_layers", shape.layers())
                .put("num_attention_heads", shape.heads())
                .put("activation_function", "relu")
                .put("do_layer_norm_before", true)
                .put("_remove_final_layer_norm", false)
                .put("enable_bias", true)
                .put("layer_norm_elementwise_affine", true)
                .put("tie_word_embeddings", true)
                .put("dropout", 0.0)
                .put("attention_dropout", 0.0)
                .put("bos_token_id", 2)
                .put("eos_token_id", 2)
                .put("pad_token_id", 1)
                .put("torch_dtype", "float16");
    }
}
