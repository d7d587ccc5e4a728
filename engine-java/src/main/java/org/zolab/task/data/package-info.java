/** Rows of parquet, JSON lines and CSV files, on this machine or in the Hub's cache. Nothing is fetched. */
@NullMarked
package org.zolab.task.data;

import org.jspecify.annotations.NullMarked;
