/** Small sets of weights stored separately from a model, in PEFT's file format. */
@NullMarked
package org.zolab.model.adapter;

import org.jspecify.annotations.NullMarked;
