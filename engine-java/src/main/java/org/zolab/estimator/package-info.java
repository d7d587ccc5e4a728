/** From losses to gradient estimates. */
@NullMarked
package org.zolab.estimator;

import org.jspecify.annotations.NullMarked;
