/** The engine's own command line. */
@NullMarked
package org.zolab.cli;

import org.jspecify.annotations.NullMarked;
