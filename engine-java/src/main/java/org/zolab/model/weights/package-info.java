/** Reading and writing the files of a model: folders and resources, safetensors and PyTorch's own format. */
@NullMarked
package org.zolab.model.weights;

import org.jspecify.annotations.NullMarked;
