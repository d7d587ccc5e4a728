package org.zolab.objective;

import org.zolab.probe.TwiceDifferentiableOracle;

/** The loss of one batch, with derivatives; for their costs and requirements see {@link org.zolab.model.LanguageModel}. */
public interface DifferentiableLoss extends BatchLoss, TwiceDifferentiableOracle {}
