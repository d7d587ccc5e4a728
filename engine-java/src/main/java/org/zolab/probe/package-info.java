/** Losses evaluated at points. */
@NullMarked
package org.zolab.probe;

import org.jspecify.annotations.NullMarked;
