package org.zolab.dsl

/** Numbers as people write them: 1e-4, where Java prints 1.0E-4 or 1.0e-04. */
internal object Numbers {
    private val POWER = Regex("""(?<![\w.])(\d+)(?:\.(\d*?)0*)?[eE]([+-]?)0*(\d+)(?![\w.])""")

    /** A text with its powers of ten written that way. */
    fun plain(text: String): String =
        text.replace(POWER) { found ->
            val (whole, decimals, sign, exponent) = found.destructured
            whole + (if (decimals.isEmpty()) "" else ".$decimals") + "e" + sign.removePrefix("+") + exponent
        }
}
