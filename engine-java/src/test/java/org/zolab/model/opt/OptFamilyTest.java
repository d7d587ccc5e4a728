package org.zolab.model.opt;

import org.junit.jupiter.api.Nested;
import org.zolab.model.Family;
import org.zolab.model.FamilyContract;

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
}
