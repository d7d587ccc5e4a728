/** What a run will cost before it starts, and how good its parts are, measured against exact gradients. */
@NullMarked
package org.zolab.diagnose;

import org.jspecify.annotations.NullMarked;
