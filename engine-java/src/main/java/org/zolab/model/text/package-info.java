/** Text to token ids and back. */
@NullMarked
package org.zolab.model.text;

import org.jspecify.annotations.NullMarked;
