package org.zolab.dsl.jupyter

import org.zolab.dsl.Image
import org.zolab.dsl.Table
import org.zolab.dsl.View

/**
 * The outputs of cells as HTML without scripts. Colours are partly transparent, so that they suit light and dark pages.
 */
internal object Html {
    private const val BAR = "height:6px;width:860px;max-width:100%;border-radius:3px;background:rgba(127,135,148,.25)"
    private const val DONE = "height:6px;border-radius:3px;background:#3D8BD9"
    private const val PLAIN = "margin:2px 0;background:none;font-family:monospace"
    private const val NUMBER = "text-align:right;padding:2px 16px 2px 0;border:0;background:none"
    private const val LINE = "border:0;border-bottom:1px solid rgba(127,135,148,.5);background:none"
    private const val CELL = "text-align:left;padding:2px 16px 2px 0;border:0;background:none"
    private const val WHOLE = ";white-space:nowrap"

    /** Cells with at least this many characters may wrap. */
    private const val LONG = 24

    fun caption(text: String): String = "<div style='margin:2px 0 6px'>${Image.escape(text)}</div>"

    fun note(text: String): String = "<div style='opacity:.75'>${Image.escape(text)}</div>"

    fun bar(view: View): String {
        val done = (100 * view.share).toInt()
        return "<div style='margin:2px 0'>${Image.escape(view.line)}</div>" +
            "<div style='$BAR'><div style='$DONE;width:$done%'></div></div>"
    }

    fun figure(view: View): String =
        view.figure()?.let { (figure, name) -> Image.html(Image.svg(figure), name) }.orEmpty()

    fun plain(text: String): String = "<pre style='$PLAIN'>${Image.escape(text)}</pre>"

    /** Columns with a line below the headings; numbers are right-aligned. */
    fun table(table: Table): String =
        table.rows
            .mapIndexed { i, row ->
                row
                    .mapIndexed { column, cell ->
                        val side = if (table.numeric(column)) NUMBER else CELL
                        val wrap = if (i > 0 && cell.length < LONG) WHOLE else ""
                        "<td style='$side$wrap'>${Image.escape(cell)}</td>"
                    }.joinToString("", "<tr style='${if (i == 0) LINE else "background:none"}'>", "</tr>")
            }.joinToString("", "<table style='border:0;border-collapse:collapse;margin:2px 0 6px'>", "</table>")
}
