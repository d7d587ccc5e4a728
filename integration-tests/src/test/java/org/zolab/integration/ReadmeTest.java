package org.zolab.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What README.md shows is cut from files that the tests run, and what the pages link is there. */
class ReadmeTest {

    private static final Path ROOT = Path.of(System.getProperty("zo.root"));
    private static final Pattern CUT =
            Pattern.compile("<!-- cut from (\\S+) -->\\s*```\\w+\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#)([^)#]+)[^)]*\\)");

    @TestFactory
    Stream<DynamicTest> snippetsAreCutFromFilesThatRun() throws IOException {
        return found(CUT, "README.md")
                .map(cut -> DynamicTest.dynamicTest(cut.group(1), () -> {
                    String file = flat(Files.readString(ROOT.resolve(cut.group(1)))
                            .replace("\\n", "\n")
                            .replace("\\\"", "\""));
                    assertThat(file).contains(flat(cut.group(2)));
                }));
    }

    @Test
    void hasSnippetsInBothLanguagesAndFromANotebook() throws IOException {
        assertThat(found(CUT, "README.md").map(cut -> cut.group(1).replaceFirst(".*\\.", "")))
                .contains("java", "kt", "ipynb");
    }

    @TestFactory
    Stream<DynamicTest> whatIsLinkedIsThere() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(
                            Stream.of("README.md", "CONTRIBUTING.md", "notebooks/README.md"),
                            docs.map(page -> ROOT.relativize(page).toString()).filter(page -> page.endsWith(".md")))
                    .toList()
                    .stream()
                    .map(page -> DynamicTest.dynamicTest(page, () -> {
                        Path folder = ROOT.resolve(page).getParent();
                        assertThat(found(LINK, page).map(link -> folder.resolve(link.group(1))))
                                .allSatisfy(path -> assertThat(path).exists());
                    }));
        }
    }

    private static Stream<MatchResult> found(Pattern pattern, String page) throws IOException {
        Matcher matcher = pattern.matcher(Files.readString(ROOT.resolve(page)));
        return matcher.results();
    }

    /** The text with all blanks alike: a snippet is indented less than in its file, and a notebook quotes its lines. */
    private static String flat(String text) {
        return text.replaceAll("[\\s\",]+", " ").strip();
    }
}
