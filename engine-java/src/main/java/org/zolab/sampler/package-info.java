/** Policies over directions: they propose directions, are told what was measured along them, and may learn from that. */
@NullMarked
package org.zolab.sampler;

import org.jspecify.annotations.NullMarked;
