/** RoBERTa and BERT as masked language models. */
@NullMarked
package org.zolab.model.roberta;

import org.jspecify.annotations.NullMarked;
