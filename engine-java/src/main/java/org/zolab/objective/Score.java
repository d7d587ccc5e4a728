package org.zolab.objective;

/**
 * How good a point is on some examples.
 *
 * @param loss     mean loss
 * @param accuracy share of examples whose best option is the right one
 * @param examples how many
 */
public record Score(double loss, double accuracy, int examples) {}
