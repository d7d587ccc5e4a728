/** RoBERTa and BERT as masked language models and as classifiers of texts. */
@NullMarked
package org.zolab.model.roberta;

import org.jspecify.annotations.NullMarked;
