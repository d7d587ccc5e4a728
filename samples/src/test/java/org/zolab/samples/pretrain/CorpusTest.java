package org.zolab.samples.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.task.Apidocs;
import org.zolab.task.Example;
import org.zolab.task.Split;

class CorpusTest {
    private static final Path JARS = Path.of("target", "small-corpus");
    private static final Path EXCLUDED = Path.of("..", "engine-java", "target", "apidocs");

    private static String letters(String text) {
        return text.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z]", "");
    }

    private static Set<String> comments(List<Corpus.Page> pages) {
        return pages.stream().flatMap(page -> page.comments().stream()).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void saysNothingTwiceAndHoldsWholeFilesBack() {
        Corpus corpus = Corpus.read(JARS, Set.of());
        assertThat(corpus.train()).hasSizeGreaterThan(300);
        assertThat(corpus.heldOut().size())
                .isBetween(corpus.train().size() / 200, corpus.train().size() / 20);
        assertThat(comments(corpus.heldOut())).isNotEmpty().doesNotContainAnyElementsOf(comments(corpus.train()));
        assertThat(corpus.train()).extracting(Corpus.Page::title).contains("commons io file utils");
    }

    @Test
    void dropsParagraphsThatContainAnExcludedText() {
        String paragraph = comments(Corpus.read(JARS, Set.of()).train()).stream()
                .filter(text -> text.length() > 60 && text.endsWith("."))
                .findFirst()
                .orElseThrow();
        Corpus without = Corpus.read(JARS, Set.of(paragraph.substring(0, paragraph.length() - 1)));
        assertThat(comments(without.train())).isNotEmpty().doesNotContain(paragraph);
    }

    @Test
    void neverShowsASentenceOfTheTask() {
        Set<String> excluded = Corpus.sentences(EXCLUDED);
        assertThat(excluded).hasSizeGreaterThan(10_000);
        Corpus corpus = Corpus.read(JARS, excluded);
        String all = Stream.concat(corpus.train().stream(), corpus.heldOut().stream())
                .flatMap(page -> page.comments().stream())
                .map(CorpusTest::letters)
                .collect(Collectors.joining("\n"));
        int seen = 0;
        for (Split split : Split.values()) {
            for (Example example : Apidocs.task().examples(split)) {
                String sentence = letters(example.prompt().replaceFirst(" This is about$", ""));
                assertThat(all).doesNotContain(sentence);
                seen++;
            }
        }
        assertThat(seen).isEqualTo(2500);
        assertThat(all).doesNotContain("thisisabout");
    }

    @Test
    void saysWhereItLooked(@TempDir Path empty) {
        assertThatThrownBy(() -> Corpus.read(empty, Set.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("folder is not a folder of sources jars: " + empty);
    }
}
