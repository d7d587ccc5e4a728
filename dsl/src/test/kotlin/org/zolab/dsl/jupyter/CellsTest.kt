package org.zolab.dsl.jupyter

import org.junit.jupiter.api.Test

class CellsTest {
    @Test
    fun probe() {
        val k = Kernel()

        fun t(code: String) {
            val t0 = System.nanoTime()
            println("--- " + code.replace("\n", "; "))
            try {
                val r = k.run(code)
                val ms = (System.nanoTime() - t0) / 1_000_000
                println("  ok $ms ms " + Kernel.mimeOf(r.displayValue).mapValues { it.value.take(200) })
            } catch (e: Throwable) {
                println("  " + e.javaClass.name + ": " + e.message?.take(900))
                println("  cause " + e.cause?.javaClass + " " + e.cause?.message?.take(300))
            }
            val last =
                k.updates
                    .lastOrNull()
                    ?.data
                    ?.mapValues { it.value.take(300) }
            println("  displays ${k.displays.size} updates ${k.updates.size} last $last")
        }
        t("1")
        t(
            "zo < sampler = ldsd(lr=1e-3); model = opt(java.nio.file.Path.of(\"/work/shared/goldens/models/opt-tiny\")); steps = 100 >",
        )
        t(
            "zo { sampler = mezo(); model = opt(java.nio.file.Path.of(\"/work/shared/goldens/models/opt-tiny\")); steps = 100 }",
        )
        t("zo < sampler = ldsd(lr=-1e-3); steps = -100 >")
        t("zo { sampler = mezo(); model = opt(\"broken\"); steps = 100 }")
        t(
            "plan < sampler = mezo(); model = opt(java.nio.file.Path.of(\"/work/shared/goldens/models/opt-tiny\")); steps = 100 >",
        )
        t(
            "val bg = zoAsync < sampler = mezo(); model = opt(java.nio.file.Path.of(\"/work/shared/goldens/models/opt-tiny\")); steps = 3000 >\nbg.progress.value",
        )
        t(
            "zo < sampler = mezo(); model = opt(java.nio.file.Path.of(\"/work/shared/goldens/models/opt-tiny\")); steps = 3000 >",
        )
        t("bg.await().summary")
        t("zo { plan { steps = 3 } }")
        t("compare(bg.await(), bg.await())")
        t("zo { modle = 3 }")
    }
}
