/** Small sets of weights beside a model's own, in the files of PEFT. */
@NullMarked
package org.zolab.model.adapter;

import org.jspecify.annotations.NullMarked;
