/** From a task's examples to a loss that can be evaluated at points. */
@NullMarked
package org.zolab.objective;

import org.jspecify.annotations.NullMarked;
