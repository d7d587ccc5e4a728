/** How the embedded model came to be: its text, its tokenizer, its pretraining, and what backpropagation reaches with it. */
@NullMarked
package org.zolab.samples.pretrain;

import org.jspecify.annotations.NullMarked;
