/** All families, and how the family of a configuration is recognised. */
@NullMarked
package org.zolab.model.families;

import org.jspecify.annotations.NullMarked;
