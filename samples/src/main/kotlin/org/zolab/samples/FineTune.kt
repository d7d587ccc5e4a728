package org.zolab.samples

import org.zolab.dsl.apidocs
import org.zolab.dsl.ldsd
import org.zolab.dsl.opt
import org.zolab.dsl.zo
import org.zolab.train.Run

/**
 * Fine-tunes the embedded model with LDSD, in the words of a notebook cell but from a program.
 *
 * Run: `mvn -q -pl samples -am -P sample -Dsample=FineTuneKt -DskipTests verify`
 */
fun main() {
    println(fineTune(200).summary())
}

fun fineTune(count: Int): Run =
    zo {
        sampler = ldsd(lr = 1e-3)
        model = opt("nano")
        task = apidocs()
        steps = count
    }
