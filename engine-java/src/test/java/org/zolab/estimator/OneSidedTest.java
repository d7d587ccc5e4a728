package org.zolab.estimator;

class OneSidedTest extends GradientEstimatorContract {

    @Override
    GradientEstimator estimator(double epsilon) {
        return new OneSided(3, epsilon);
    }

    @Override
    double gain() {
        return 1;
    }
}
