/** The Hugging Face Hub: its cache on this machine as the Python tools lay it out, and how what is missing there is fetched. */
@NullMarked
package org.zolab.model.hub;

import org.jspecify.annotations.NullMarked;
