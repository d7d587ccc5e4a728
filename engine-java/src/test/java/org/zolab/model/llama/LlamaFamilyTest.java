package org.zolab.model.llama;

import org.junit.jupiter.api.Nested;
import org.zolab.model.Family;
import org.zolab.model.FamilyContract;

class LlamaFamilyTest {

    private static LlamaConfig config(
            int heads, int groups, int width, boolean bias, boolean tied, int window, int full) {
        return new LlamaConfig(
                300,
                40,
                24,
                heads,
                groups,
                width,
                2,
                40,
                1e-5,
                new Rope(10_000, 1, null).frequencies(width),
                bias,
                tied,
                window,
                full);
    }

    @Nested
    class Llama extends FamilyContract {
        @Override
        protected Family family() {
            return new LlamaFamily(config(6, 2, 8, false, false, Integer.MAX_VALUE, 0));
        }
    }

    @Nested
    class Qwen extends FamilyContract {
        @Override
        protected Family family() {
            return new LlamaFamily(config(3, 3, 8, true, true, 5, 1));
        }
    }

    @Nested
    class Mistral extends FamilyContract {
        @Override
        protected Family family() {
            return new LlamaFamily(config(8, 1, 4, false, false, 7, 0));
        }
    }
}
