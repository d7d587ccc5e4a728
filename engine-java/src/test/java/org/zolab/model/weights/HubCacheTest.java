package org.zolab.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubCacheTest {

    @TempDir
    Path home;

    private HubCache cache;
    private Path model;

    @BeforeEach
    void anEmptyCache() throws IOException {
        cache = HubCache.of(Map.of(), home);
        model = Files.createDirectories(home.resolve(".cache/huggingface/hub/models--facebook--opt-125m"));
    }

    @Test
    void theRootIsTheOneThePythonToolsUse() {
        Path elsewhere = Path.of("elsewhere");
        assertThat(cache.root()).isEqualTo(home.resolve(".cache/huggingface/hub"));
        assertThat(root("XDG_CACHE_HOME", "elsewhere")).isEqualTo(elsewhere.resolve("huggingface/hub"));
        assertThat(root("HF_HOME", "elsewhere")).isEqualTo(elsewhere.resolve("hub"));
        assertThat(root("HF_HOME", "~/hf")).isEqualTo(home.resolve("hf/hub"));
        assertThat(root("HF_HUB_CACHE", "elsewhere")).isEqualTo(elsewhere);
        assertThat(root("HF_HUB_CACHE", " ")).isEqualTo(cache.root());
        assertThat(HubCache.of(Map.of("HF_HUB_CACHE", "a", "HF_HOME", "b", "XDG_CACHE_HOME", "c"), home)
                        .root())
                .isEqualTo(Path.of("a"));
        assertThat(HubCache.of(Map.of("HF_HOME", "b", "XDG_CACHE_HOME", "c"), home)
                        .root())
                .isEqualTo(Path.of("b/hub"));
    }

    @Test
    void aReferenceChoosesTheSnapshot() throws IOException {
        snapshot("1111");
        Path wanted = snapshot("2222");
        reference("main", "2222\n");
        assertThat(cache.find("facebook/opt-125m")).isEqualTo(wanted);
    }

    @Test
    void aCommitOrTheOnlySnapshotNeedsNoReference() throws IOException {
        Path first = snapshot("1111");
        assertThat(cache.find("facebook/opt-125m")).isEqualTo(first);
        Path second = snapshot("2222");
        assertThat(cache.find("facebook/opt-125m", "2222")).isEqualTo(second);
        reference("pr/3", "1111");
        assertThat(cache.find("facebook/opt-125m", "pr/3")).isEqualTo(first);
    }

    @Test
    void severalSnapshotsWithoutAReferenceAreNamed() throws IOException {
        Path first = snapshot("1111");
        Path second = snapshot("2222");
        assertThatThrownBy(() -> cache.find("facebook/opt-125m"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("2 times in the cache")
                .hasMessageContaining(first.toString())
                .hasMessageContaining(second.toString());
    }

    @Test
    void whatIsNotThereSaysWhereItLookedAndWhatToDo() throws IOException {
        assertThatThrownBy(() -> cache.find("facebook/opt-1.3b"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("model facebook/opt-1.3b is not there: it is not in the cache")
                .hasMessageContaining("Looked for "
                        + cache.root().resolve("models--facebook--opt-1.3b").toString())
                .hasMessageContaining("HF_HUB_CACHE")
                .hasMessageContaining("`huggingface-cli download facebook/opt-1.3b`");
        assertThatThrownBy(() -> cache.find("facebook/opt-125m")).hasMessageContaining("holds no snapshot");
        Path first = snapshot("1111");
        assertThatThrownBy(() -> cache.find("facebook/opt-125m", "dev"))
                .hasMessageContaining("that revision is not in the cache")
                .hasMessageContaining("`huggingface-cli download facebook/opt-125m --revision dev`");
        reference("main", "3333");
        assertThatThrownBy(() -> cache.find("facebook/opt-125m"))
                .hasMessageContaining("names a commit that is not there");
        reference("main", "1111");
        Files.delete(first.resolve("config.json"));
        assertThatThrownBy(() -> cache.find("facebook/opt-125m")).hasMessageContaining("download is not complete");
    }

    @Test
    void anOlderNameIsFoundToo() throws IOException {
        List<String> names = List.of("openai-community/gpt2", "gpt2");
        assertThatThrownBy(() -> cache.model(names)).hasMessageContaining("model openai-community/gpt2 is not there");
        model = Files.createDirectories(home.resolve(".cache/huggingface/hub/models--gpt2"));
        Path older = snapshot("3333");
        assertThat(cache.model(names).location()).isEqualTo(older.toString());
        model = Files.createDirectories(home.resolve(".cache/huggingface/hub/models--openai-community--gpt2"));
        Path newer = snapshot("4444");
        assertThat(cache.model(names).location()).isEqualTo(newer.toString());
    }

    @Test
    void namesThatLeadElsewhereAreRefused() throws IOException {
        snapshot("1111");
        for (String name : new String[] {"../opt", "a/b/c", "facebook/..", "facebook/a..b", "", "/x", "a/b c"}) {
            assertThatThrownBy(() -> cache.find(name))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(
                            "not of the form owner/name, or of an old name without owner: \"" + name + "\"");
        }
        assertThatThrownBy(() -> cache.find("facebook/opt-125m", "../main")).hasMessageContaining("revision is not");
        reference("main", "../../x");
        assertThatThrownBy(() -> cache.find("facebook/opt-125m"))
                .hasMessageContaining("does not hold a commit: \"../../x\"");
        reference("main", "1".repeat(300));
        assertThatThrownBy(() -> cache.find("facebook/opt-125m")).hasMessageContaining("is not a reference");
    }

    private Path root(String name, String value) {
        return HubCache.of(Map.of(name, value), home).root();
    }

    private Path snapshot(String commit) throws IOException {
        Path snapshot = Files.createDirectories(model.resolve("snapshots").resolve(commit));
        Files.writeString(snapshot.resolve("config.json"), "{}");
        return snapshot;
    }

    private void reference(String name, String commit) throws IOException {
        Path file = model.resolve("refs").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, commit);
    }
}
