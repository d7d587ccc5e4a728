package org.zolab.dsl.jupyter

/**
 * The literal form of a block, made Kotlin: `zo < sampler = mezo() >` becomes `zo { sampler = mezo() }`.
 *
 * A scanner over Kotlin's tokens, not a parser. Only the two angle brackets of a block change, each into one brace,
 * so every line and column of an error still points at what was typed.
 * A block is one of [WORDS], a `<`, and an assignment, a declaration or one of [CALLS] (or nothing at all) as its first statement;
 * that is what tells it from the comparison `zo < 5`.
 * Its end is the first `>` outside of brackets that no operand follows; where there is none, nothing is run, and a sentence says so.
 * Comments, strings with their templates, characters, quoted names and `%` magics are stepped over.
 */
internal class AngleBlocks private constructor(
    private val code: String,
) {
    private val out = StringBuilder(code)

    /** What keeps the first block that never ends from being one. */
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

    /** Where the `<` stands of the block whose word starts here, or null if none does. */
    private fun opening(start: Int): Int? {
        val word = wordEnd(start)
        if (code.substring(start, word) !in WORDS) return null
        return skipSpaces(word).takeIf { charAt(it) == '<' && readsAsBlock(it + 1) }
    }

    /** Whether what follows a `<` reads as a block: `name =`, `val`, `var`, one of [CALLS], or an immediate `>`. */
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

    /** Where the `>` stands that ends a block, or null. */
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

    /** Whether a `>` here can end a block: no arrow, no `>=`, and no operand of a comparison behind it. */
    private fun closes(at: Int): Boolean {
        if (charAt(at - 1) == '-' || charAt(at + 1) == '=') return false
        val after = skipComments(at + 1)
        val follows = charAt(after) ?: return true
        if (follows in AFTER_BLOCK) return true
        return startsWord(after) && code.substring(after, wordEnd(after)) in INFIX_AFTER_BLOCK
    }

    /**
     * The last `>` of the type arguments that a `<` here opens, or null where it is a comparison.
     * Type arguments touch a name and hold nothing but types, on one line, up to their `>`.
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

    /** The position behind the token, comment, string or magic that starts here. */
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

    /** The position behind the brace that ends a template's expression. */
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

    /** Steps over spaces and the comments of one line. */
    private fun skipComments(start: Int): Int {
        var at = skipSpaces(start)
        while (code.startsWith("/*", at) || code.startsWith("//", at)) at = skipSpaces(next(at))
        return at
    }

    /** Steps over spaces, comments and the ends of lines and statements. */
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
        val WORDS: Set<String> = setOf("zo", "zoAsync", "plan", "findLearningRate", "ablate", "each")

        /** What the block of `ablate` may begin with. */
        private val CALLS = setOf("each", "arm", "vary")
        private val BEHIND_CALLS = setOf('(', '{', '<')

        private val DECLARATIONS = setOf("val", "var")
        private val OPENING = setOf('(', '[', '{')
        private val CLOSING = setOf(')', ']', '}')
        private val AFTER_BLOCK = setOf('\n', '\r', ';', ')', ']', '}', ',', '.', '?')
        private val INFIX_AFTER_BLOCK = setOf("to", "as", "is", "in", "else")
        private val IN_TYPES = setOf(' ', '.', ',', '?', '*', '(', ')', ':')
        private const val RAW_QUOTE = "\"\"\""

        /** The code of a cell with each literal block in braces, as long as it was and with the same lines. */
        fun rewrite(code: String): String = if ('<' in code) AngleBlocks(code).rewritten() else code

        /** The same, or, where a block never ends, code that says so in place of a compiler that would not. */
        fun checked(code: String): String {
            val blocks = AngleBlocks(code)
            val rewritten = blocks.rewritten()
            return blocks.problem?.let { "throw org.zolab.dsl.ZoException(\"$it\")" } ?: rewritten
        }
    }
}
