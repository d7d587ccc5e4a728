package org.zolab.sampler;

import org.zolab.space.Law;

class IsotropicTest extends DirectionSamplerContract {
    @Override
    SamplerConfig config() {
        return new Isotropic.Config(Law.GAUSSIAN);
    }
}
