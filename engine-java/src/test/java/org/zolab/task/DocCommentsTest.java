package org.zolab.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocCommentsTest {
    private static List<List<String>> comments(String source) {
        return DocComments.parse(source, "A").comments();
    }

    @Test
    void takesDocumentationCommentsAndNoOthers() {
        String source = """
                /** A licence that nobody should learn. */
                package org.example.deep;

                /* plain */ // /** in a line comment */
                /** The class. */
                class A {
                    String s = "/** in a string \\" */";
                    char c = '"';
                    String t = \"""
                        /** in a text block */
                        \""";
                    /** The method. */ void m() {}
                    /**/ int i;
                }
                """;
        DocComments.Documented file = DocComments.parse(source, "A");
        assertThat(file.packageName()).isEqualTo("org.example.deep");
        assertThat(file.comments()).containsExactly(List.of("The class."), List.of("The method."));
    }

    @Test
    void readsThePageOfAPackageThoughItStandsBeforeThePackage() {
        assertThat(DocComments.parse("/** All of it. */\npackage a;\n", "package-info")
                        .comments())
                .containsExactly(List.of("All of it."));
    }

    @Test
    void rendersTagsAndEntitiesAsJavadocWould() {
        assertThat(comments("""
                        /**
                         * Maps {@code a<b>} to {@link java.util.List#of(Object, Object) a list}, see {@link Map#get(Object)}
                         * or {@linkplain Map}, <em>if</em> 1 &lt; 2 &amp;&amp; &#65; holds{@index x}.
                         * <p>Next &ldquo;one&rdquo;.
                         * <pre>{@code dropped(); }</pre>
                         * <ul><li>First.<li>Second.</ul>
                         * @param x dropped
                         * @return dropped too
                         */
                        """))
                .containsExactly(List.of(
                        "Maps a<b> to a list, see get or Map, if 1 < 2 && A holdsx.",
                        "Next \"one\".",
                        "First.",
                        "Second."));
    }

    @Test
    void survivesTextThatEndsInTheMiddle() {
        assertThat(comments("/** Open {@code a")).isEqualTo(List.of());
        assertThat(comments("class A { String s = \"open")).isEmpty();
        assertThat(comments("/** Open {@code a */")).containsExactly(List.of("Open a"));
    }

    @Test
    void cutsSentencesButNotAbbreviations() {
        assertThat(DocComments.sentences("Sorts, e.g. Strings. Is it stable? (Yes.) It is i.e. good."))
                .containsExactly("Sorts, e.g. Strings.", "Is it stable?", "(Yes.)", "It is i.e. good.");
        assertThat(DocComments.sentences("version 1.2 is not cut. nor is this")).hasSize(1);
    }

    @Test
    void readsAJarInTheOrderOfNames(@TempDir Path folder) throws IOException {
        Path jar = folder.resolve("a-sources.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (String name : List.of("p/B.java", "p/A.java", "p/Empty.java", "p/c.txt")) {
                zip.putNextEntry(new ZipEntry(name));
                String text = name.contains("Empty") ? "package p;" : "package p;\r\n/** Says " + name + ". */";
                zip.write(text.getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        assertThat(DocComments.read(jar))
                .extracting(DocComments.Documented::className)
                .containsExactly("A", "B");
    }

    @Test
    void saysWhichJarIsMissing(@TempDir Path folder) {
        assertThatThrownBy(() -> DocComments.read(folder.resolve("none.jar")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot read the sources jar")
                .hasMessageContaining("none.jar");
    }
}
