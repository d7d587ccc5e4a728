package org.zolab.samples

import org.jetbrains.kotlinx.dl.api.core.Sequential
import org.jetbrains.kotlinx.dl.api.core.activation.Activations
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input
import org.jetbrains.kotlinx.dl.api.core.loss.Losses
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics
import org.jetbrains.kotlinx.dl.api.core.optimizer.SGD
import org.jetbrains.kotlinx.dl.dataset.OnHeapDataset
import org.zolab.dsl.KotlinDlNetwork
import org.zolab.dsl.leaveOneOut
import org.zolab.dsl.mezo
import org.zolab.dsl.zo
import org.zolab.train.Run
import java.util.Random
import kotlin.math.PI
import kotlin.math.cos
import kotlin.math.sin

/**
 * Trains a KotlinDL network with forward passes only: three arms of a spiral, two hidden layers.
 *
 * Run: `mvn -q -pl samples -am -P sample -Dsample=KotlinDlKt -DskipTests verify`
 */
fun main() {
    val data = spirals(100, 1)
    network().use { model ->
        println(train(model, data, 1_000).summary())
        val accuracy = model.evaluate(spirals(100, 2), 300).metrics.getValue(Metrics.ACCURACY)
        println("%.1f %% of other points are right".format(100 * accuracy))
    }
}

/** Points on three arms, [each] on one, and which arm each is on. */
fun spirals(
    each: Int,
    seed: Long,
): OnHeapDataset {
    val random = Random(seed)
    val points =
        Array(3 * each) { i ->
            val far = random.nextDouble()
            val angle = 2 * PI / 3 * (i % 3) + PI * far + 0.15 * random.nextGaussian()
            floatArrayOf((far * cos(angle)).toFloat(), (far * sin(angle)).toFloat())
        }
    return OnHeapDataset.create(points, FloatArray(3 * each) { (it % 3).toFloat() })
}

/** A network of 371 weights. KotlinDL wants an optimizer to compile it with; nothing runs that. */
fun network(): Sequential =
    Sequential
        .of(
            Input(2),
            Dense(16, Activations.Tanh),
            Dense(16, Activations.Tanh),
            Dense(3, Activations.Linear),
        ).apply {
            compile(SGD(), Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS, Metrics.ACCURACY)
            init()
        }

/** Leaves the best weights in [model]. */
fun train(
    model: Sequential,
    data: OnHeapDataset,
    count: Int,
): Run {
    val network = KotlinDlNetwork(model, data)
    val run =
        zo {
            objective = network.loss()
            sampler = mezo()
            estimator = leaveOneOut(5)
            learningRate = 3e-2
            steps = count
        }
    network.load(run)
    return run
}
