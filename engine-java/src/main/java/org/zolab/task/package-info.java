/** What is learned: texts with options to choose from, split into train, dev and test. */
@NullMarked
package org.zolab.task;

import org.jspecify.annotations.NullMarked;
