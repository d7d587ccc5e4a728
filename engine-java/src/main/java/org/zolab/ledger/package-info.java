/** The record of a run, from which its parameters can be recomputed without a forward pass. */
@NullMarked
package org.zolab.ledger;

import org.jspecify.annotations.NullMarked;
