/** How an estimate moves the parameters. */
@NullMarked
package org.zolab.update;

import org.jspecify.annotations.NullMarked;
