/** What a run costs, before it starts. */
@NullMarked
package org.zolab.diagnose;

import org.jspecify.annotations.NullMarked;
