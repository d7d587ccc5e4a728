/** What holds for the modules together: the package DAG, the public surface, the README. */
@NullMarked
package org.zolab.integration;

import org.jspecify.annotations.NullMarked;
