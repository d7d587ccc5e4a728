/** Policies over directions: they propose, are told what was measured, and may learn. */
@NullMarked
package org.zolab.sampler;

import org.jspecify.annotations.NullMarked;
