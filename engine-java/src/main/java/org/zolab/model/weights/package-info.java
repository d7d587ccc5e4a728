/** The files of a model: folders and resources, safetensors, and the Hub's cache as the Python tools lay it out. */
@NullMarked
package org.zolab.model.weights;

import org.jspecify.annotations.NullMarked;
