package org.zolab.samples.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;

class BytePairsTest {
    private static final List<String> TEXTS = List.of("low low low low low lower lower newest newest newest widest");

    @Test
    void mergesTheMostFrequentPairFirstAndOfEqualOnesTheFirstInOrder() {
        BytePairs learned = BytePairs.learn(TEXTS, 264);
        // "lo" and "ow" stand seven times each; then "low" seven, " low" six, "es" and "st" four
        assertThat(learned.merges()).containsExactly("l o", "lo w", "Ġ low", "e s");
        assertThat(learned.vocabulary())
                .hasSize(264)
                .doesNotHaveDuplicates()
                .startsWith("<s>", "<pad>", "</s>", "<unk>");
    }

    @Test
    void spellsEveryTextAndReadsItBack(@TempDir Path folder) throws IOException {
        BytePairs.learn(TEXTS, 270).write(folder);
        try (Tokenizer tokenizer = Tokenizer.load(ModelFiles.folder(folder))) {
            for (String text : List.of("lowest", " a b\n\tc  d ", "größer \u00ad\u0000\u007f 日本 😀", "it's 42% <p>")) {
                int[] ids = tokenizer.encode(text);
                assertThat(ids[0]).isEqualTo(BytePairs.END);
                assertThat(tokenizer.decode(ids, true)).isEqualTo(text);
            }
            assertThat(tokenizer.encodePlain(" low")).hasSize(1);
        }
    }

    @Test
    void isTheSameTokenizerWithoutTokenizerJson(@TempDir Path folder) throws IOException {
        BytePairs.learn(TEXTS, 270).write(folder);
        String text = "lower, newer: größer\n<unk>";
        try (Tokenizer whole = Tokenizer.load(ModelFiles.folder(folder))) {
            Files.delete(folder.resolve("tokenizer.json"));
            try (Tokenizer composed = Tokenizer.load(ModelFiles.folder(folder))) {
                assertThat(composed.encode(text)).isEqualTo(whole.encode(text));
            }
        }
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> BytePairs.learn(TEXTS, 100))
                .hasMessage("size is not at least 260 (special pieces and bytes): 100");
        assertThatThrownBy(() -> BytePairs.learn(TEXTS, 9999))
                .hasMessageStartingWith("the text is too small for 9999 pieces: it gave ");
    }
}
