package org.zolab.model.roberta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.Family;
import org.zolab.model.FamilyContract;
import org.zolab.model.adapter.Adapter;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.adapter.SoftPrompt;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;

class RobertaFamilyTest {

    private static final Path MODELS = Path.of("..", "integration-tests", "goldens", "models");

    @TempDir
    Path folder;

    @Nested
    class Roberta extends FamilyContract {
        @Override
        protected Family family() {
            return new RobertaFamily(new RobertaConfig("roberta", 300, 42, 2, 1, 24, 3, 2, 40, 1e-5));
        }
    }

    /** Its head takes more than one stage. */
    @Nested
    class Bert extends FamilyContract {
        @Override
        protected Family family() {
            return new RobertaFamily(new RobertaConfig("bert", 9000, 40, 0, 2, 24, 3, 2, 40, 1e-12));
        }
    }

    /** Its head is of three classes, with a pooler, and its texts may be two. */
    @Nested
    class BertOfClasses extends FamilyContract {
        @Override
        protected Family family() {
            return new RobertaFamily(new RobertaConfig("bert", 300, 40, 0, 2, 24, 3, 2, 40, 1e-12)).classifying(3);
        }
    }

    @Nested
    class RobertaOfClasses extends FamilyContract {
        @Override
        protected Family family() {
            return new RobertaFamily(new RobertaConfig("roberta", 300, 42, 2, 1, 24, 3, 2, 40, 1e-5)).classifying(2);
        }
    }

    @Test
    void positionsStartBehindThePaddingsAndInBertAtZero() throws IOException {
        RobertaConfig roberta = RobertaConfig.read(ModelFiles.folder(MODELS.resolve("roberta-tiny")));
        assertThat(roberta).isEqualTo(new RobertaConfig("roberta", 340, 66, 2, 1, 32, 4, 2, 64, 1e-5));
        assertThat(new RobertaFamily(roberta).maxTokens()).isEqualTo(64);
        RobertaConfig bert = read(whole().replace("\"roberta\"", "\"bert\""));
        assertThat(bert.first()).isZero();
        assertThat(new RobertaFamily(bert).maxTokens()).isEqualTo(66);
    }

    @Test
    void whatItDoesNotRunIsSaid() throws IOException {
        Map<String, String> changes = Map.of(
                "\"gelu\"", "\"relu\"",
                "\"absolute\"", "\"relative_key\"",
                "\"num_attention_heads\": 4", "\"num_attention_heads\": 5",
                "\"max_position_embeddings\": 66", "\"max_position_embeddings\": 2");
        Map<String, String> messages = Map.of(
                "\"gelu\"", "hidden_act is not gelu: \"relu\"",
                "\"absolute\"", "position_embedding_type is not absolute: \"relative_key\"",
                "\"num_attention_heads\": 4", "hidden_size is not a multiple of the 5 num_attention_heads: 32",
                "\"max_position_embeddings\": 66", "max_position_embeddings is not more than the first position 2: 2");
        for (Map.Entry<String, String> change : changes.entrySet()) {
            String json = whole().replace(change.getKey(), change.getValue());
            assertThat(json).isNotEqualTo(whole());
            assertThatThrownBy(() -> read(json))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(messages.get(change.getKey()));
        }
    }

    /** Two if a config says no more, as in transformers, which leaves the usual number out. */
    @Test
    void itsClassesAreWhatTheConfigSays() throws IOException {
        String plain = whole().replace("RobertaForMaskedLM", "RobertaForSequenceClassification");
        assertThat(plain).isNotEqualTo(whole());
        assertThat(read(plain).labels()).containsExactly("LABEL_0", "LABEL_1");
        assertThat(read(with(plain, "\"num_labels\": 4")).labels()).hasSize(4).endsWith("LABEL_3");
        assertThat(read(with(plain, "\"id2label\": {\"1\": \"good\", \"0\": \"bad\"}"))
                        .labels())
                .containsExactly("bad", "good");
        assertThat(read(whole()).labels()).isEmpty();
        Family family = new RobertaFamily(read(plain));
        assertThat(family.outcomes()).isEqualTo(2);
        assertThat(family.classifying(2)).isSameAs(family);
        assertThat(family.settings()).isEmpty();
        assertThat(family.space().tensors())
                .noneMatch(tensor -> family.begins(tensor).isPresent());
        Map<String, String> messages = Map.of(
                "\"num_labels\": 0", "classes, as id2label or num_labels tells, are not at least 2: [LABEL_0]",
                "\"problem_type\": \"regression\"", "problem_type is not single_label_classification: \"regression\"",
                "\"id2label\": {\"1\": \"bad\", \"2\": \"good\"}", "id2label is not a text for each number from 0 on",
                "\"id2label\": {}", "id2label is not a text for each number from 0 on: {}",
                "\"initializer_range\": 0", "initializer_range is not strictly positive: 0");
        messages.forEach((setting, message) -> assertThatThrownBy(() -> read(with(plain, setting)))
                .as(setting)
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(message));
    }

    /** With a setting more, or another value of one that is there. */
    private static String with(String config, String setting) {
        String name = setting.substring(0, setting.indexOf(':'));
        return config.replaceFirst("\\s*" + name + ":[^,}]*,", "").replaceFirst("\\{", "{" + setting + ",");
    }

    @Test
    void whatGoesBeforeItsTextsIsInNoFileOfPeft() throws IOException {
        Family family = new RobertaFamily(read(whole()));
        for (Adapter adapter : List.of(Prefix.of(2, true), SoftPrompt.of(2))) {
            assertThatThrownBy(() -> adapter.config(family))
                    .hasMessageContaining("PEFT has no virtual tokens for a model that fills gaps");
        }
    }

    private static String whole() throws IOException {
        return Files.readString(MODELS.resolve("roberta-tiny").resolve("config.json"));
    }

    private RobertaConfig read(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        return RobertaConfig.read(ModelFiles.folder(folder));
    }
}
