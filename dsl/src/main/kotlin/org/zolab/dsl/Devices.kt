package org.zolab.dsl

import org.zolab.model.Compute
import org.zolab.space.Precision
import org.zolab.tensor.Device
import org.zolab.train.Home

/**
 * An NVIDIA GPU, of compute capability 8.0 to 9.0: θ, scratches and batches are in its memory, passes and forwards run there. It needs NVIDIA's driver and
 * PyTorch's libraries with CUDA, which `./zo gpu` fetches; a block says what is missing.
 *
 * @param index as `nvidia-smi` counts, from 0 on
 */
public fun gpu(index: Int = 0): Part<Device> = Part("gpu($index)") { Device.gpu(index) }

/** How a model is computed there, in single precision; on the processor if nothing is said. */
internal fun Part<Device>?.compute(): Compute =
    Compute.on(this?.build() ?: Device.CPU, Home.cache(), Precision.FP32, Precision.FP32)
