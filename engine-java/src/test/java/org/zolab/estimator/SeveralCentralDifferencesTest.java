package org.zolab.estimator;

class SeveralCentralDifferencesTest extends GradientEstimatorContract {

    @Override
    GradientEstimator estimator(double epsilon) {
        return new CentralDifference(3, epsilon);
    }

    @Override
    double gain() {
        return 1;
    }
}
