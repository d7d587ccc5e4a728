/** The Hugging Face Hub: its cache on this machine, laid out as by the Python tools, and how missing files are fetched into it. */
@NullMarked
package org.zolab.model.hub;

import org.jspecify.annotations.NullMarked;
