package org.zolab.dsl

import org.zolab.space.Precision

/** Single precision, 4 bytes a number. */
public val fp32: Precision = Precision.FP32

/** The upper half of single precision, 2 bytes a number: the same range, three digits. */
public val bf16: Precision = Precision.BF16
