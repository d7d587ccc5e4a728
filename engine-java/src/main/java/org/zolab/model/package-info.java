/** Language models as stages over one flat vector of parameters. */
@NullMarked
package org.zolab.model;

import org.jspecify.annotations.NullMarked;
