package org.zolab.dsl.jupyter

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatCode
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import java.util.Random

class AngleBlocksTest {
    /** What is typed, with each bracket that must become a brace written as « or ». */
    @ParameterizedTest
    @MethodSource("blocks")
    fun `a block becomes braces and nothing else moves`(marked: String) {
        val typed = marked.replace('«', '<').replace('»', '>')
        val expected = marked.replace('«', '{').replace('»', '}')

        assertThat(AngleBlocks.rewrite(typed)).isEqualTo(expected)
        assertThat(AngleBlocks.rewrite(expected)).describedAs("twice").isEqualTo(expected)
    }

    @ParameterizedTest
    @MethodSource("others")
    fun `what is no block is left alone`(code: String) {
        assertThat(AngleBlocks.rewrite(code)).isEqualTo(code)
    }

    @Test
    fun `a block that never ends is told in a sentence, and nothing is run`() {
        for ((code, word, line) in listOf(
            Triple("zo < sampler = mezo(); steps = 2", "zo", 1),
            Triple("1 + 1\n\nzo < steps = a > b", "zo", 3),
            Triple("zo < sampler = mezo()\nzo < model = opt(\"nano\") > >", "zo", 1),
            Triple("ablate < each { steps = 1 }", "ablate", 1),
            Triple("ablate < each < steps = 1 >; seeds = 1..2 >", "ablate", 1),
        )) {
            assertThat(AngleBlocks.checked(code)).isEqualTo(
                "throw org.zolab.dsl.ZoException(\"$word < in line $line has no > of its own: write one behind the " +
                    "last statement of the block, and none inside of it (blocks in < > do not nest), or take braces, " +
                    "$word { … }\")",
            )
        }
        for (code in listOf("zo < steps = 1 >", "val zo = 3; zo < 5", "zo { steps = 1 }")) {
            assertThat(AngleBlocks.checked(code)).isEqualTo(AngleBlocks.rewrite(code))
        }
    }

    @Test
    fun `any text at all is rewritten to as many characters and lines, in time`() {
        val pieces =
            listOf(
                "zo <",
                "zo",
                " a = 1",
                ">",
                "<",
                "\"",
                "\"\"\"",
                "\${",
                "}",
                "{",
                "(",
                ")",
                "\n",
                "//",
                "/*",
                "*/",
            ) +
                listOf("'", "\\", "`", "->", ">=", " x ", "%", ";", "plan < b = ", "é", "List<Int>")
        val random = Random(20260213)
        repeat(20_000) {
            val code = List(random.nextInt(40)) { pieces[random.nextInt(pieces.size)] }.joinToString("")
            val rewritten = AngleBlocks.rewrite(code)
            assertThat(rewritten.length).describedAs(code).isEqualTo(code.length)
            assertThat(rewritten.map { if (it in "{}<>") '|' else it })
                .describedAs(code)
                .isEqualTo(code.map { if (it in "{}<>") '|' else it })
        }
        assertThatCode { AngleBlocks.rewrite("zo < a = 1\n".repeat(5_000)) }.doesNotThrowAnyException()
    }

    companion object {
        private const val Q = "\"\"\""

        @JvmStatic
        fun blocks() =
            listOf(
                // one line
                """zo « sampler = ldsd(lr=1e-3); model = opt("1.3b") »""",
                """zo«sampler=mezo();model=opt("nano")»""",
                "  zo\t« sampler = mezo() »  ",
                "zo « »",
                "zo «»",
                "zo « /* nothing yet */ »",
                // over several lines
                "zo «\n    sampler = ldsd()\n    model = opt(\"nano\")\n»",
                "zo «\r\n    sampler = ldsd()\r\n»\r\n1 + 1",
                "zo «\n    // the policy\n    sampler = ldsd()\n»",
                // the other words
                "zoAsync « sampler = mezo() »",
                "plan « sampler = mezo() »",
                "findLearningRate « sampler = mezo() »",
                "ablate { each « sampler = mezo() » }",
                "ablate « »",
                "ablate « seeds = 1..3; vary(Zo::sampler, mezo(), ldsd()) »",
                "ablate « each { model = opt(\"nano\") }; budget = forwards(9) »",
                "ablate «\n    vary(Zo::sampler, mezo(), ldsd())\n    each { steps = if (a > b) 1 else 2 }\n»",
                "ablate « arm(\"a > b\") { sampler = mezo() } »",
                // several in a cell
                "zo « sampler = mezo() »\nzo « sampler = ldsd() »",
                "val a = zo « sampler = mezo() »; val b = zo « sampler = ldsd() »",
                "val p = plan « steps = 1 »\nval r = zo « steps = 1 »\ncompare(r, r)",
                // where an expression may stand
                "val run = zo « sampler = mezo() »",
                "val run: Run = zo « sampler = mezo() »",
                "listOf(zo « sampler = mezo() », zo « sampler = ldsd() »)",
                "compare(zo « sampler = mezo() », zo « sampler = ldsd() »)",
                "zo « sampler = mezo() ».summary()",
                "zo « sampler = mezo() »\n    .summary()",
                "zo « sampler = mezo() »?.summary()",
                "val r = if (long) zo « steps = 9 » else zo « steps = 1 »",
                "val r = make() ?: zo « steps = 9 »",
                "runs[0] = zo « steps = 9 »",
                "zo « steps = 9 » to \"a\"",
                "zo « steps = 9 » as Run",
                "repeat(2) { zo « seed = it » }",
                "repeat(2) {\n    zo « seed = it »\n}",
                "org.zolab.dsl.zo « steps = 9 »",
                "val t = measure { zo « steps = 9 » } > 5",
                // arrows and comparisons inside
                "zo « sampler = customSampler(\"mine\") { theta -> Mine(theta) } »",
                "zo « sampler = customSampler(\"mine\") { theta ->\n    Mine(theta, { k -> k > 3 })\n} »",
                "zo « steps = if (a > b) 1 else 2; model = opt(\"nano\") »",
                "zo « steps = if (a < b) 1 else 2; model = opt(\"nano\") »",
                "zo « steps = list[if (a > b) 1 else 2] »",
                "zo « val big = a > b; steps = 2 »",
                "zo « val big = a < b; steps = 2 »",
                "zo « val big = a < b »",
                "zo « val big = a<b »",
                "zo « val big = a<b\n»",
                "zo « val big = a<b && c>d; steps = 2 »",
                "zo « val big = a >= b; steps = 2 »",
                "zo « val big = a <= b; steps = 2 »",
                "zo « val big = a>=b; steps = 2 »",
                "zo « val big = a > -1 »",
                "zo « val big = a > (b) »",
                "zo « val big = a > !b »",
                "zo « val big = s > \"m\" »",
                "zo « val big = s > 'm' »",
                "zo « val f: (Int) -> Int = { it }; steps = f(1) »",
                "zo « val f = fun(x: Int): Boolean = x > 3; steps = 1 »",
                // generics
                "zo « steps = listOf<Int>(1, 2).size »",
                "zo « steps = listOf<List<Int>>().size »",
                "zo « steps = mapOf<String, List<Int?>>().size; batch = 4 »",
                "zo « val xs: List<Int> = listOf(); steps = 1 »",
                "zo « val xs: Map<String, (Int) -> Int> = mapOf(); steps = 1 »",
                "zo « val xs = y as List<*>; steps = 1 »",
                "zo « steps = make<Int>() »",
                "zo « val x = y as List<Int>\n»",
                "zo « val x = y as List<Int>»",
                "zo « sampler = foo<kotlin.Int> { it } »",
                // comments
                "zo « steps = 1 // lr > 0\n»",
                "zo « steps = 1 // >\n»",
                "zo « steps = 1 /* > */ »",
                "zo « steps = 1 /* a /* > */ > */ »",
                "zo « steps = 1 » // done >",
                "zo « steps = 1 » /* a */ // b",
                "zo « steps = 1 » /* a */",
                "zo « // first, the policy >\n steps = 1\n»",
                "zo « /* zo < a = 1 > */ steps = 1 »",
                "// it's\nzo « steps = 1 »",
                "/* \" */ zo « steps = 1 »",
                // strings, templates, characters, quoted names
                "zo « name = \"a > b\" »",
                "zo « name = \"a \\\" > b\" »",
                "zo « name = \"\\\\\" »",
                "zo « name = \"\${a > b}\" »",
                "zo « name = \"\${\"x > \${y}\"} >\" »",
                "zo « name = \"\${list.map { it > 1 }} >\" »",
                "zo « name = \"\$a>\" »",
                "zo « name = $Q a > \" > b $Q »",
                "zo « name = $Q a > \n > b\"$Q »",
                "zo « name = $Q \${ if (a > b) \"}\" else \"\" } > $Q »",
                "zo « val c = '>'; steps = 1 »",
                "zo « val c = '\\''; val d = '\"'; steps = 1 »",
                "zo « val `a > b` = 1; steps = 1 »",
                "val s = \"zo\"\nzo « steps = 1 »",
                // declarations first, and assignments of any spacing
                "zo « val k = 5\n estimator = bestOf(k) »",
                "zo « var k = 5; steps = k »",
                "zo «; steps = 1 »",
                "zo « steps=1 »",
                "zo « steps   =   1 »",
                // beside magics and other code
                "%use zo\nzo « steps = 1 »",
                "%use zo(path=\"a' b)\nzo « steps = 1 »",
                "val zoo = 3; zoo < 5\nzo « steps = 1 »",
                // the first is never closed, the second is a block of its own
                "zo < steps = 1\nzo « steps = 2 »",
            )

        @JvmStatic
        fun others() =
            listOf(
                "",
                "1 < 2",
                "val z = 3; z < 5",
                "val zo = 3; zo < 5",
                "val zo = 3; zo < 5; val x = 7 > 3",
                "if (zo < limit) { x = 3 } else { y > 3 }",
                "zo < limit == other > 3",
                "zo < limit && x >= 3",
                "zo <= limit",
                "zo <= steps; a = 1 >",
                "plan < other",
                "while (plan < steps) { a = b }",
                "f(plan < steps, x = 3)",
                "Azo < steps = 1 >",
                "zo2 < steps = 1 >",
                "zoasync < steps = 1 >",
                // already braces
                "zo { steps = 1 }",
                "zo { steps = if (a < b && c > d) 1 else 2 }",
                // generics of the same name are types, not blocks
                "val x: zo<Int> = y",
                "fun <T> f(x: T) = x",
                // unbalanced
                "zo < steps = 1",
                "zo < steps = (1 >",
                "zo < steps = 1) >",
                "zo < steps = { 1 >",
                "zo < steps = \"1 >",
                "zo < steps = 1 // >",
                "zo < steps = 1 /* >",
                "zo < steps = a > b",
                "zo < steps = 1 ->",
                "zo < steps = 1 >=",
                "zo <",
                "zo",
                // the bracket on a line of its own belongs to nothing
                "zo\n< steps = 1 >",
                // in comments, strings, characters and quoted names
                "// zo < steps = 1 >",
                "/* zo < steps = 1 > */",
                "/* /* */ zo < steps = 1 > */",
                "/* zo < steps = 1 >",
                "\"zo < steps = 1 >\"",
                "\"zo < >\"",
                "\"\\\"zo < steps = 1 >\"",
                "\"\${ \"zo < steps = 1 >\" }\"",
                "\"\${ zo }zo < steps = 1 >\"",
                "$Q zo < steps = 1 > $Q",
                "$Q\nzo < steps = 1 >\n$Q",
                "$Q \" zo < steps = 1 > $Q",
                "`zo < steps = 1 >`",
                "%use zo < steps = 1 >",
                "  %magic zo < steps = 1 >",
            )
    }
}
