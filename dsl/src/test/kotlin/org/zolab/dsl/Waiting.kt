package org.zolab.dsl

/** Waits until the run that goes on has taken so many steps. */
internal fun waitForStep(step: Int) {
    while ((
            Running.current
                ?.progress
                ?.value
                ?.step ?: 0
        ) < step
    ) {
        Thread.sleep(5)
    }
}
