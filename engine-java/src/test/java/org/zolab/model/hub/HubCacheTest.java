package org.zolab.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.weights.ModelFileException;

class HubCacheTest {

    @TempDir
    Path home;

    private HubCache cache;
    private Path model;

    @BeforeEach
    void anEmptyCache() throws IOException {
        cache = HubCache.of(Map.of("HOME", home.toString()));
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
        assertThat(HubCache.of(Map.of("HF_HUB_CACHE", "a", "HF_HOME", "b", "XDG_CACHE_HOME", "c"))
                        .root())
                .isEqualTo(Path.of("a"));
        assertThat(HubCache.of(Map.of("HF_HOME", "b", "XDG_CACHE_HOME", "c")).root())
                .isEqualTo(Path.of("b/hub"));
    }

    @Test
    void withoutAHomeOfTheEnvironmentItIsTheJvms() {
        assertThat(HubCache.of(Map.of()).root())
                .isEqualTo(Path.of(System.getProperty("user.home"), ".cache/huggingface/hub"));
    }

    @Test
    void aReferenceChoosesTheSnapshot() throws IOException {
        snapshot("1111");
        Path wanted = snapshot("2222");
        reference("main", "2222\n");
        assertThat(look("main").snapshot()).isEqualTo(wanted);
    }

    @Test
    void aCommitOrTheOnlySnapshotNeedsNoReference() throws IOException {
        Path first = snapshot("1111");
        assertThat(look("main").snapshot()).isEqualTo(first);
        Path second = snapshot("2222");
        assertThat(look("2222").snapshot()).isEqualTo(second);
        reference("pr/3", "1111");
        assertThat(look("pr/3").snapshot()).isEqualTo(first);
    }

    @Test
    void severalSnapshotsWithoutAReferenceAreNamed() throws IOException {
        Path first = snapshot("1111");
        Path second = snapshot("2222");
        assertThat(look("main").snapshot()).isNull();
        assertThat(look("main").why()).contains("2 times in the cache", first.toString(), second.toString());
    }

    @Test
    void whatIsNotThereSaysWhereItLooked() throws IOException {
        assertThat(cache.look(Repository.model("facebook/opt-1.3b")).why())
                .isEqualTo("it is not in the cache. Looked for " + cache.root().resolve("models--facebook--opt-1.3b"));
        assertThat(look("main").why()).contains("holds no snapshot");
        snapshot("1111");
        assertThat(look("dev").why()).contains("that revision is not in the cache");
        reference("main", "3333");
        assertThat(look("main").why()).contains("names a commit that is not there");
    }

    @Test
    void aDataSetWithoutAReferenceIsNotFinished() throws IOException {
        Path folder = cache.root().resolve("datasets--nyu-mll--glue");
        Files.createDirectories(folder.resolve("snapshots/1111"));
        assertThat(cache.look(Repository.dataset("nyu-mll/glue")).why()).contains("was not finished");
    }

    @Test
    void namesThatLeadElsewhereAreRefused() throws IOException {
        for (String name : new String[] {"../opt", "a/b/c", "facebook/..", "facebook/a..b", "", "/x", "a/b c"}) {
            assertThatThrownBy(() -> Repository.model(name))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(
                            "not of the form owner/name, or of an old name without owner: \"" + name + "\"");
        }
        assertThatThrownBy(() -> look("../main")).hasMessageContaining("revision is not");
        reference("main", "../../x");
        assertThatThrownBy(() -> look("main")).hasMessageContaining("does not hold a commit: \"../../x\"");
        reference("main", "1".repeat(300));
        assertThatThrownBy(() -> look("main")).hasMessageContaining("is not a reference");
    }

    private HubCache.Found look(String revision) {
        return cache.look(new Repository(Repository.Kind.MODEL, "facebook/opt-125m", revision));
    }

    private Path root(String name, String value) {
        return HubCache.of(Map.of("HOME", home.toString(), name, value)).root();
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
