package org.zolab.dsl

/** Waits for work on other threads, so that interrupting a cell ends the work but not the kernel. */
internal object Patience {
    /** How long after an interrupt a Thread.stop() may still come, in nanoseconds. */
    private const val GUARD = 400_000_000L

    /** How long after the first interrupt another one counts as a second interrupt, in nanoseconds. */
    private const val SECOND = 1_000_000_000L

    /**
     * Waits until [busy] returns no thread. The first interrupt calls [stop] and keeps waiting; another one, at least a
     * second later, gives up.
     */
    fun wait(
        busy: () -> Thread?,
        stop: () -> Unit,
    ) {
        var interrupted = 0L
        // Kernels on a JDK below 20 follow an interrupt up with Thread.stop() 100 ms later. It must find this thread here:
        // in the initialiser of some class that renders the result it would break that class for good.
        while (busy() != null || (interrupted != 0L && System.nanoTime() - interrupted < GUARD)) {
            try {
                busy()?.join(10_000) ?: Thread.sleep(50)
            } catch (e: Throwable) {
                if (e !is InterruptedException && e.javaClass.name != "java.lang.ThreadDeath") throw e
                stop()
                val now = System.nanoTime()
                if (interrupted == 0L) {
                    interrupted = now
                } else if (now - interrupted > SECOND) {
                    throw e
                }
            }
        }
    }
}
