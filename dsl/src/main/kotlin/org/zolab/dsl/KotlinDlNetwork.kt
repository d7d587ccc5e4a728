package org.zolab.dsl

import org.jetbrains.kotlinx.dl.api.core.GraphTrainableModel
import org.jetbrains.kotlinx.dl.api.core.layer.KVariable
import org.jetbrains.kotlinx.dl.api.core.layer.Layer
import org.jetbrains.kotlinx.dl.api.core.layer.TrainableLayer
import org.jetbrains.kotlinx.dl.api.core.layer.weights
import org.jetbrains.kotlinx.dl.dataset.Dataset
import org.zolab.objective.Function
import org.zolab.space.ParameterSpace
import org.zolab.train.Run
import org.zolab.train.RunFolder
import java.nio.FloatBuffer

/**
 * A network of [KotlinDL](https://github.com/Kotlin/kotlindl) and a data set, to be trained with forward passes only.
 *
 * ```
 * val network = KotlinDlNetwork(model, data)
 * val run = zo { objective = network.loss(); sampler = mezo(); steps = 1_000; learningRate = 1e-2 }
 * network.load(run)                                       // now model predicts with the best weights
 * ```
 *
 * KotlinDL's optimizer and gradients are never used. The parameters x are all variables of the trainable layers, one
 * tensor each, in the order of the layers. Frozen layers stay unchanged; freeze batch norms too, since their running
 * statistics are also variables.
 *
 * Cost of a loss: a forward pass over the whole data set, plus copying every weight into nested arrays (boxed for a
 * bias), with one TensorFlow call per tensor, since KotlinDL has no other way to set weights. In a small network this
 * takes longer than the forward pass. TensorFlow 1.15 is available for 64-bit x86 only, and KotlinDL does not find
 * newer graphics cards.
 *
 * The DSL does not depend on KotlinDL: a program must add `org.jetbrains.kotlinx:kotlin-deeplearning-api:0.4.0`, and a
 * notebook needs a `@file:DependsOn` of it in a cell *before* `%use zo`, since a class in the kernel sees only what was
 * loaded before it.
 *
 * @param model compiled, and initialised by `init()` or by loading weights
 * @param data what the loss is measured on; a smaller part of it, from `split`, makes the loss cheaper
 * @param name the loss's name in tables and figures
 */
public class KotlinDlNetwork(
    private val model: GraphTrainableModel,
    private val data: Dataset,
    private val name: String = "KotlinDL network",
) {
    private val layers: List<Pair<Layer, List<KVariable>>>
    private val space: ParameterSpace
    private val start: FloatArray

    init {
        if (!model.isModelInitialized) throw ZoException("model is not initialised: compile it and call model.init()")
        layers =
            model.layers.mapNotNull { layer ->
                (layer as? TrainableLayer)?.takeIf { it.isTrainable }?.let { layer to it.variables }
            }
        val tensors = ParameterSpace.builder()
        for (variable in layers.flatMap { it.second }) tensors.add(variable.name, variable.extents().asList())
        space = tensors.build()
        if (space.dimension() == 0L) throw ZoException("model has no layer that is trainable: unfreeze one")
        start = weights
    }

    /**
     * The network's weights, x. During a run they are those of the last point at which the loss was computed.
     *
     * @throws IllegalArgumentException if an array of a different length is set
     */
    public var weights: FloatArray
        get() =
            synchronized(model) {
                val all = FloatBuffer.allocate(Math.toIntExact(space.dimension()))
                for ((layer, variables) in layers) {
                    val read = layer.weights
                    for (variable in variables) flatten(read.getValue(variable.name), all)
                }
                all.array()
            }
        set(x) {
            require(x.size.toLong() == space.dimension()) { "weights are not ${space.dimension()}: ${x.size}" }
            synchronized(model) {
                val all = FloatBuffer.wrap(x)
                for ((layer, variables) in layers) {
                    layer.weights = variables.associate { it.name to nested(it.extents(), all) }
                }
            }
        }

    /**
     * The loss that the network was compiled with, over the data set. A run starts from the weights that the network
     * had when this object was created.
     */
    public fun loss(): Part<Objective> =
        function("KotlinDlNetwork(\"$name\").loss()") { Function(name, space, start, ::lossAt, null) }

    /** Loads the weights with [run]'s lowest loss into the network. Runs of `ablate` keep no weights. */
    public fun load(run: Run) {
        val best = told("this run cannot be loaded") { RunFolder(run.folder()).best() }
        weights = space.tensors().flatMap { best.floats(it.name()).asList() }.toFloatArray()
    }

    /** Parallel runs share the network and take turns. */
    private fun lossAt(x: FloatArray): Double =
        synchronized(model) {
            weights = x
            model.evaluate(data, batchSize = data.xSize()).lossValue
        }

    private companion object {
        fun KVariable.extents(): IntArray = IntArray(shape.numDimensions()) { Math.toIntExact(shape.size(it)) }

        /** A tensor as KotlinDL represents it: arrays of arrays, but boxed numbers if it has one dimension. */
        fun nested(
            shape: IntArray,
            from: FloatBuffer,
        ): Array<*> {
            if (shape.size == 1) return Array(shape[0]) { from.get() }
            val tensor =
                java.lang.reflect.Array
                    .newInstance(Float::class.javaPrimitiveType!!, *shape)
            fill(tensor, from)
            return tensor as Array<*>
        }

        fun fill(
            part: Any?,
            from: FloatBuffer,
        ) {
            if (part is FloatArray) from.get(part) else (part as Array<*>).forEach { fill(it, from) }
        }

        fun flatten(
            part: Any?,
            into: FloatBuffer,
        ) {
            when (part) {
                is FloatArray -> into.put(part)
                is Float -> into.put(part)
                else -> (part as Array<*>).forEach { flatten(it, into) }
            }
        }
    }
}
