/** What a run costs, before it starts, and what its parts are worth, measured against exact gradients. */
@NullMarked
package org.zolab.diagnose;

import org.jspecify.annotations.NullMarked;
