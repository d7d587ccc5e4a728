package org.zolab.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.tensor.LinearKernel;

/** The native libraries load on a thread whose context class loader knows none of our jars, as a notebook's cells have it. */
class NativesTest {

    /** Run in a process of its own, since a process loads them once. */
    public static void main(String[] arguments) {
        Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
        try (Tokenizer tokenizer = Models.opt("nano").tokenizer();
                LanguageModel model = Models.opt("nano").load(new Compute(LinearKernel.ATEN, 1))) {
            System.out.println("loaded " + tokenizer.vocabularySize() + " " + model.name());
        }
    }

    @Test
    void loadWhateverTheContextClassLoaderIs() throws Exception {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true",
                "-cp",
                System.getProperty("java.class.path"),
                NativesTest.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(output).contains("loaded 4096 opt-nano");
    }
}
