/** The parameter space: vectors, directions and points as formulas, addressed noise, and the kernels that evaluate them. */
@NullMarked
package org.zolab.space;

import org.jspecify.annotations.NullMarked;
