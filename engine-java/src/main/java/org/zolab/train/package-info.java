/** The step, the loop around it, and what a run is made of. */
@NullMarked
package org.zolab.train;

import org.jspecify.annotations.NullMarked;
