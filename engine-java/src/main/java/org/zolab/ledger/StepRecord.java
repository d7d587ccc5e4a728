package org.zolab.ledger;

import java.util.List;

/**
 * What one step was, in a few numbers: enough to take it again without a forward pass.
 *
 * @param step         which step, counted from 0
 * @param seed         of its noise; with the step, the key
 * @param losses       every loss that was asked for, in order
 * @param slopes       the directional derivatives made of them
 * @param learningRate η
 * @param compute      how the losses were computed, such as {@code onednn/2}
 */
public record StepRecord(
        int step, long seed, List<Double> losses, List<Double> slopes, double learningRate, String compute) {

    public StepRecord {
        losses = List.copyOf(losses);
        slopes = List.copyOf(slopes);
    }
}
