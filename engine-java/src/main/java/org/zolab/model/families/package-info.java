/** All families: which one a configuration is of. */
@NullMarked
package org.zolab.model.families;

import org.jspecify.annotations.NullMarked;
