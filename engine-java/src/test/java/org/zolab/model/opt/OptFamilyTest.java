package org.zolab.model.opt;

import org.junit.jupiter.api.Nested;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.FamilyContract;
import org.zolab.space.Precision;
import org.zolab.tensor.Emulator;
import org.zolab.tensor.LinearKernel;

class OptFamilyTest {

    /** ReLU has a kink. */
    private abstract static class Kinked extends FamilyContract {
        @Override
        protected boolean smooth() {
            return false;
        }
    }

    @Nested
    class NormFirst extends Kinked {
        @Override
        protected Family family() {
            return new OptFamily(new OptConfig(300, 40, 24, 3, 2, 40, 24, true, true));
        }
    }

    /** Between its last block and its head stands nothing. */
    @Nested
    class NormLast extends Kinked {
        @Override
        protected Family family() {
            return new OptFamily(new OptConfig(300, 40, 24, 3, 2, 40, 24, false, false));
        }
    }

    @Nested
    class Projected extends Kinked {
        @Override
        protected Family family() {
            return new OptFamily(new OptConfig(300, 40, 24, 3, 2, 40, 16, false, false));
        }
    }

    /** All of it where passes are a GPU's. */
    @Nested
    class OnGpu extends NormFirst {
        @Override
        protected Compute compute(LinearKernel linear, Precision precision, Precision theta) {
            return new Compute(LinearKernel.ATEN, 1, precision, theta, Emulator.device());
        }
    }
}
