package org.zolab.estimator;

import java.util.List;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;

/**
 * An estimate of the gradient, with the measurements behind it.
 *
 * @param gradient ĝ, a formula over the probed directions
 * @param probes   what the sampler may learn from
 * @param slopes   the directional derivatives that were measured, in order
 */
public record Estimate(Direction gradient, List<Probe> probes, List<Double> slopes) {}
