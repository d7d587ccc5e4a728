/** The only package that knows PyTorch: programs, storage, threads and guards. */
@NullMarked
package org.zolab.tensor;

import org.jspecify.annotations.NullMarked;
