package org.zolab.dsl

import org.zolab.space.Precision

/** Single precision, 4 bytes per number. */
public val fp32: Precision = Precision.FP32

/** The upper half of single precision, 2 bytes per number: the same range, about three digits. */
public val bf16: Precision = Precision.BF16
