package org.zolab.dsl.jupyter

/**
 * Translates the literal form of a block to Kotlin: `zo < sampler = mezo() >` becomes `zo { sampler = mezo() }`.
 *
 * This is a scanner over Kotlin's tokens, not a parser. Only the two angle brackets of a block are replaced, each by
 * one brace, so lines and columns of errors still match the code as typed. A block is one of [WORDS], a `<`, and as its
 * first statement an assignment, a declaration or one of [CALLS], or no statement; this distinguishes it from a
 * comparison such as `zo < 5`. It ends at the first `>` outside of brackets that is not followed by an operand; if
 * there is none, nothing is run, and an error says so. Comments, strings with their templates, characters, quoted names
 * and `%` magics are skipped.
 */
internal class AngleBlocks private constructor(
    private val code: String,
) {
    private val out = StringBuilder(code)

    /** The error message for the first block without an end. */
    private var problem: String? = null

    private fun rewritten(): String {
        var at = 0
        while (at < code.length) {
            val open = if (startsWord(at)) opening(at) else null
            val block = open?.let { closing(it + 1)?.let { end -> it..end } }
            if (open != null && block == null && problem == null) problem = unclosed(at)
            if (block == null) {
                at = next(at)
            } else {
                out[block.first] = '{'
                out[block.last] = '}'
                at = block.last + 1
            }
        }
        return out.toString()
    }

    private fun unclosed(start: Int): String {
        val word = code.substring(start, wordEnd(start))
        val line = code.take(start).count { it == '\n' } + 1
        return "$word < in line $line has no > of its own: write one behind the last statement of the block, " +
            "and none inside of it (blocks in < > do not nest), or take braces, $word { … }"
    }

    /** The position of the `<` of the block whose word starts here, or null if there is no block. */
    private fun opening(start: Int): Int? {
        val word = wordEnd(start)
        if (code.substring(start, word) !in WORDS) return null
        return skipSpaces(word).takeIf { charAt(it) == '<' && readsAsBlock(it + 1) }
    }

    /** Whether the code after a `<` looks like a block: `name =`, `val`, `var`, one of [CALLS], or an immediate `>`. */
    private fun readsAsBlock(start: Int): Boolean {
        val first = skipBlanks(start)
        if (charAt(first) == '>') return closes(first)
        if (!startsWord(first)) return false
        val end = wordEnd(first)
        if (code.substring(first, end) in DECLARATIONS) return true
        val sign = skipSpaces(end)
        if (code.substring(first, end) in CALLS && charAt(sign) in BEHIND_CALLS) return true
        return charAt(sign) == '=' && charAt(sign + 1) != '='
    }

    /** The position of the `>` that ends a block, or null. */
    private fun closing(start: Int): Int? {
        var at = start
        var depth = 0
        while (at < code.length) {
            when (code[at]) {
                in OPENING -> depth++
                in CLOSING -> if (--depth < 0) return null
                '<' -> if (depth == 0) typeArguments(at)?.let { at = it }
                '>' -> if (depth == 0 && closes(at)) return at
                else -> if (depth == 0 && startsWord(at) && opening(at) != null) return null
            }
            at = next(at)
        }
        return null
    }

    /**
     * Whether a `>` here can end a block: it is not part of an arrow or `>=`, and no operand of a comparison follows.
     */
    private fun closes(at: Int): Boolean {
        if (charAt(at - 1) == '-' || charAt(at + 1) == '=') return false
        val after = skipComments(at + 1)
        val follows = charAt(after) ?: return true
        if (follows in AFTER_BLOCK) return true
        return startsWord(after) && code.substring(after, wordEnd(after)) in INFIX_AFTER_BLOCK
    }

    /**
     * The last `>` of the type arguments that a `<` here opens, or null if it is a comparison.
     * Type arguments follow a name without a space and consist only of types, on one line, up to their `>`.
     */
    private fun typeArguments(open: Int): Int? {
        if (!isWordPart(charAt(open - 1))) return null
        var depth = 0
        var at = open
        while (at < code.length) {
            val c = code[at]
            when {
                c == '<' -> depth++
                c == '-' && charAt(at + 1) == '>' -> at++
                c == '>' -> if (--depth == 0) return at.takeIf { code[at - 1] != ' ' }
                !isWordPart(c) && c !in IN_TYPES -> return null
            }
            at++
        }
        return null
    }

    /** The position after the token, comment, string or magic that starts here. */
    private fun next(at: Int): Int =
        when {
            code.startsWith("//", at) -> lineEnd(at)
            code.startsWith("/*", at) -> commentEnd(at)
            code.startsWith(RAW_QUOTE, at) -> rawStringEnd(at)
            code[at] == '"' -> stringEnd(at)
            code[at] == '\'' -> quotedEnd(at)
            code[at] == '`' -> quotedEnd(at)
            code[at] == '%' && startsLine(at) -> lineEnd(at)
            startsWord(at) -> wordEnd(at)
            else -> at + 1
        }

    private fun lineEnd(at: Int): Int = code.indexOf('\n', at).let { if (it < 0) code.length else it }

    /** Block comments nest. */
    private fun commentEnd(start: Int): Int {
        var depth = 0
        var at = start
        while (at < code.length) {
            if (code.startsWith("/*", at)) {
                depth++
                at += 2
            } else if (code.startsWith("*/", at)) {
                at += 2
                if (--depth == 0) return at
            } else {
                at++
            }
        }
        return at
    }

    private fun stringEnd(start: Int): Int {
        var at = start + 1
        while (at < code.length && code[at] != '\n') {
            when {
                code[at] == '\\' -> at += 2
                code[at] == '"' -> return at + 1
                code.startsWith("\${", at) -> at = templateEnd(at + 2)
                else -> at++
            }
        }
        return minOf(at, code.length)
    }

    /** A raw string ends with the last three of a run of quotes. */
    private fun rawStringEnd(start: Int): Int {
        var at = start + RAW_QUOTE.length
        while (at < code.length) {
            when {
                code.startsWith(RAW_QUOTE, at) -> {
                    at += RAW_QUOTE.length
                    while (charAt(at) == '"') at++
                    return at
                }
                code.startsWith("\${", at) -> at = templateEnd(at + 2)
                else -> at++
            }
        }
        return at
    }

    /** The position after the brace that ends a template's expression. */
    private fun templateEnd(start: Int): Int {
        var at = start
        var depth = 1
        while (at < code.length) {
            when (code[at]) {
                '{' -> depth++
                '}' -> if (--depth == 0) return at + 1
            }
            at = next(at)
        }
        return at
    }

    /** A character or a name between backticks; neither spans lines. */
    private fun quotedEnd(start: Int): Int {
        val quote = code[start]
        var at = start + 1
        while (at < code.length && code[at] != '\n') {
            when (code[at]) {
                '\\' -> at += if (quote == '\'') 2 else 1
                quote -> return at + 1
                else -> at++
            }
        }
        return minOf(at, code.length)
    }

    private fun skipSpaces(start: Int): Int {
        var at = start
        while (charAt(at) == ' ' || charAt(at) == '\t') at++
        return at
    }

    /** Skips spaces and comments on one line. */
    private fun skipComments(start: Int): Int {
        var at = skipSpaces(start)
        while (code.startsWith("/*", at) || code.startsWith("//", at)) at = skipSpaces(next(at))
        return at
    }

    /** Skips spaces, comments, line ends and semicolons. */
    private fun skipBlanks(start: Int): Int {
        var at = skipComments(start)
        while (charAt(at)?.let { it.isWhitespace() || it == ';' } == true) at = skipComments(at + 1)
        return at
    }

    private fun startsLine(at: Int): Boolean = code.substring(code.lastIndexOf('\n', at) + 1, at).isBlank()

    private fun startsWord(at: Int): Boolean =
        isWordPart(charAt(at)) && !isWordPart(charAt(at - 1)) && !code[at].isDigit()

    private fun wordEnd(start: Int): Int {
        var at = start
        while (isWordPart(charAt(at))) at++
        return at
    }

    private fun charAt(at: Int): Char? = code.getOrNull(at)

    private fun isWordPart(c: Char?): Boolean = c != null && (c.isLetterOrDigit() || c == '_')

    internal companion object {
        /** The functions of the DSL that take a block. */
        val WORDS: Set<String> = setOf("zo", "zoAsync", "plan", "findLearningRate", "study", "ablate", "each")

        /** Calls with which a block of `ablate` may begin. */
        private val CALLS = setOf("each", "arm", "vary")
        private val BEHIND_CALLS = setOf('(', '{', '<')

        private val DECLARATIONS = setOf("val", "var")
        private val OPENING = setOf('(', '[', '{')
        private val CLOSING = setOf(')', ']', '}')
        private val AFTER_BLOCK = setOf('\n', '\r', ';', ')', ']', '}', ',', '.', '?')
        private val INFIX_AFTER_BLOCK = setOf("to", "as", "is", "in", "else")
        private val IN_TYPES = setOf(' ', '.', ',', '?', '*', '(', ')', ':')
        private const val RAW_QUOTE = "\"\"\""

        /** The code of a cell with each literal block in braces, with unchanged length and lines. */
        fun rewrite(code: String): String = if ('<' in code) AngleBlocks(code).rewritten() else code

        /** The same or, if a block has no end, code that throws an error saying so, which the compiler's would not. */
        fun checked(code: String): String {
            val blocks = AngleBlocks(code)
            val rewritten = blocks.rewritten()
            return blocks.problem?.let { "throw org.zolab.dsl.ZoException(\"$it\")" } ?: rewritten
        }
    }
}
