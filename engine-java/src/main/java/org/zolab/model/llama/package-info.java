/** The architecture of Llama, Qwen 2 and Mistral. */
@NullMarked
package org.zolab.model.llama;

import org.jspecify.annotations.NullMarked;
