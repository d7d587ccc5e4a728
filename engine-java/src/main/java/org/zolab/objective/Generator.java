package org.zolab.objective;

import java.util.List;
import org.zolab.space.Point;

/**
 * Generates greedy continuations of prompts at a point, up to the first stop and at most {@code maxNewTokens} tokens, without the prompt
 * and the stop.
 */
@FunctionalInterface
public interface Generator {
    List<String> generate(Point point, List<String> prompts, int maxNewTokens, String stop);
}
