package org.zolab.update;

/** A learning rate that is halved whenever the mean loss of a window of steps is not below that of every window before. */
final class Plateau implements LearningRate {

    private final Falling schedule;
    private final double eta;
    private final int steps;
    private double factor = 1;
    private double best = Double.POSITIVE_INFINITY;
    private double sum;
    private int count;

    Plateau(Falling schedule, double eta, int steps) {
        this.schedule = schedule;
        this.eta = eta;
        this.steps = steps;
    }

    @Override
    public double applyAsDouble(int t) {
        return eta * schedule.at(t, steps) * Math.max(schedule.floor(), factor);
    }

    @Override
    public void observe(double loss) {
        sum += loss;
        count++;
        if (count == schedule.window()) {
            double mean = sum / count;
            if (mean < best) {
                best = mean;
            } else {
                factor /= 2;
            }
            sum = 0;
            count = 0;
        }
    }
}
