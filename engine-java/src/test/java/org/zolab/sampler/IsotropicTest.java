package org.zolab.sampler;

class IsotropicTest extends DirectionSamplerContract {
    @Override
    SamplerConfig config() {
        return new Isotropic.Config(DirectionLaw.GAUSSIAN);
    }
}
