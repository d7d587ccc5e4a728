/** GPT-2. */
@NullMarked
package org.zolab.model.gpt2;

import org.jspecify.annotations.NullMarked;
