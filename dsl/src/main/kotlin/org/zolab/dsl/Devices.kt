package org.zolab.dsl

import org.zolab.model.Compute
import org.zolab.space.Precision
import org.zolab.tensor.Device
import org.zolab.train.Home

/**
 * An NVIDIA GPU with compute capability 8.0 to 9.0: θ, scratch buffers and batches are in its memory, and passes over θ
 * and forward passes run on it. It needs NVIDIA's driver and PyTorch's CUDA libraries, which `./zo gpu` downloads; a
 * block reports what is missing.
 *
 * @param index as in `nvidia-smi`, from 0
 */
public fun gpu(index: Int = 0): Part<Device> = Part("gpu($index)") { Device.gpu(index) }

/** How a model is computed on it, in single precision; null: on the CPU. */
internal fun Part<Device>?.compute(): Compute =
    Compute.on(this?.build() ?: Device.CPU, Home.cache(), Precision.FP32, Precision.FP32)
