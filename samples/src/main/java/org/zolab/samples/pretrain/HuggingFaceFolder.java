package org.zolab.samples.pretrain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.space.ParameterVector;

/** The pretrained model as Hugging Face's Python tools read it: config.json and one fp16 model.safetensors. */
final class HuggingFaceFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private HuggingFaceFolder() {}

    /**
     * Writes both files.
     *
     * @throws IOException if a file cannot be written
     */
    static void write(Path folder, OptShape shape, ParameterVector theta) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config(shape).toPrettyString() + "\n");
        List<SafetensorsWriter.Tensor> tensors = shape.tensors().entrySet().stream()
                .map(tensor -> new SafetensorsWriter.Tensor(
                        tensor.getKey(),
                        Dtype.F16,
                        tensor.getValue(),
                        theta.storage().of(theta.space().indexOf(tensor.getKey()))))
                .toList();
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    }

    /** The sizes that a config.json of such a model says. */
    static OptShape shape(ModelFiles files) {
        JsonNode config = files.json("config.json");
        return new OptShape(
                config.path("vocab_size").asInt(),
                config.path("max_position_embeddings").asInt(),
                config.path("hidden_size").asInt(),
                config.path("num_hidden_layers").asInt(),
                config.path("num_attention_heads").asInt());
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
