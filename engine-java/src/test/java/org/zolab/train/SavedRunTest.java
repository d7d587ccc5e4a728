package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.ledger.StepLedger;
import org.zolab.model.families.Models;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.LearnedMean;

/** Runs as their folders tell them, deleted. */
class SavedRunTest {

    @TempDir
    Path parent;

    /** A run that writes all that a run may write: a checkpoint, a mean, evaluations, how it ended. */
    private SavedRun saved(String name) {
        Path folder = parent.resolve(name);
        LearnedMean.Config mean = new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN);
        new FineTuner(Plan.builder()
                        .model(Models.opt("nano"))
                        .method(Method.ldsd(mean, 2))
                        .task(FineTunerTest.TINY)
                        .steps(2)
                        .batch(2)
                        .folder(folder)
                        .build())
                .run(event -> {});
        return SavedRun.read(folder);
    }

    @Test
    void isDeletedWithItsFolder() {
        SavedRun other = saved("kept");
        SavedRun run = saved("deleted");
        assertThat(run.folder().resolve("mean.safetensors")).exists();
        run.delete();
        assertThat(run.folder()).doesNotExist();
        assertThat(SavedRun.all(parent)).extracting(SavedRun::folder).containsExactly(other.folder());
        assertThat(other.folder().resolve(RunFolder.BEST)).exists();
    }

    @Test
    void whatItDidNotWriteStays() throws IOException {
        SavedRun run = saved("with notes");
        Path notes = Files.writeString(run.folder().resolve("plan.txt.bak"), "of mine");
        Path adapter = Files.createDirectory(run.folder().resolve("adapter")).resolve("adapter_model.safetensors");
        Files.writeString(adapter, "of mine");
        run.delete();
        assertThat(run.folder()).isDirectoryContaining(file -> file.equals(notes));
        assertThat(run.folder().toFile().list()).containsExactlyInAnyOrder("adapter", "plan.txt.bak");
        assertThat(adapter).hasContent("of mine");
        assertThat(SavedRun.all(parent)).isEmpty();
    }

    /** A kill while a vector is written leaves a hidden file of its size. */
    @Test
    void whatAKillLeftOfAVectorGoesWithTheRunOrWhenItGoesOn() throws IOException {
        SavedRun run = saved("killed");
        Path part = run.folder().resolve(".best.safetensors.3f0d1c6e-0a4b-4a56-9d3e-5b1f6a7c8d90.tmp");
        Path mine = run.folder().resolve(".mine.tmp");
        Files.writeString(mine, "of mine");
        Files.writeString(part, "half");
        saved("killed");
        assertThat(part).doesNotExist();
        Files.writeString(part, "half");
        run.delete();
        assertThat(run.folder().toFile().list()).containsExactly(".mine.tmp");
    }

    @Test
    void aMissingPermissionIsTold() {
        assertThat(WholeFile.reason(new AccessDeniedException("x/plan.txt.part")))
                .isEqualTo("permission denied: x/plan.txt.part");
        assertThat(WholeFile.reason(new IOException("No space left on device"))).isEqualTo("No space left on device");
    }

    @Test
    void aRunThatGoesOnIsNot() {
        SavedRun run = saved("going on");
        StepLedger written = StepLedger.open(run.folder().resolve(RunFolder.LEDGER));
        assertThatThrownBy(run::delete)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("being written by another run");
        written.close();
        assertThat(run.folder().resolve(RunFolder.BEST)).exists();
        assertThat(SavedRun.read(run.folder()).steps()).hasSize(2);
    }
}
