/** The OPT family. */
@NullMarked
package org.zolab.model.opt;

import org.jspecify.annotations.NullMarked;
