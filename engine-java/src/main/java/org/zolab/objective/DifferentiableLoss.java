package org.zolab.objective;

import org.zolab.probe.TwiceDifferentiableOracle;

/** The loss of one batch, with its derivatives; what they cost and need is said by {@link org.zolab.model.LanguageModel}. */
public interface DifferentiableLoss extends BatchLoss, TwiceDifferentiableOracle {}
