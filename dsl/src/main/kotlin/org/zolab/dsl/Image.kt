package org.zolab.dsl

import org.apache.batik.transcoder.TranscoderException
import org.apache.batik.transcoder.TranscoderInput
import org.apache.batik.transcoder.TranscoderOutput
import org.apache.batik.transcoder.image.PNGTranscoder
import org.jetbrains.letsPlot.Figure
import org.jetbrains.letsPlot.commons.encoding.RGBEncoder
import org.jetbrains.letsPlot.core.util.PlotSvgExportCommon
import org.jetbrains.letsPlot.intern.toSpec
import org.zolab.train.Run
import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.StringReader
import java.nio.file.Files
import java.nio.file.Path
import java.util.Base64

/** Writes a Lets-Plot figure as SVG, which needs no scripts and no network. */
public fun Figure.saveSvg(file: Path) {
    try {
        Files.writeString(file, Image.svg(this))
    } catch (e: IOException) {
        throw ZoException("the figure cannot be written to $file (${e.message}); choose another file")
    }
}

/** The same, by file name: `run.figure().saveSvg("run.svg")`. */
public fun Figure.saveSvg(file: String): Unit = saveSvg(Path.of(file))

/** Writes the run's figure. */
public fun Run.saveSvg(file: String): Unit = figure().saveSvg(file)

/** Writes the comparison's figure. */
public fun Comparison.saveSvg(file: String): Unit = figure().saveSvg(file)

/**
 * Figures as images that need no scripts, no network and no trusted notebook: SVG, PNG, and HTML that contains the SVG.
 */
internal object Image {
    private val WIDTH = Regex("""<svg[^>]*?\swidth="([0-9.]+)"""")
    private val LONG_NUMBER = Regex("""(\d\.\d{2})\d+""")
    private val TAG = Regex("<[^>]*>")

    /**
     * The background that Lets-Plot puts behind the panels of a grid, and behind and around the keys of a legend,
     * whatever the theme is.
     */
    private val WHITE = Regex("(fill|stroke)=\"rgb\\(255,255,255\\)\"")

    /** The figure as SVG, with coordinates to a hundredth of a pixel and texts unchanged. */
    fun svg(figure: Figure): String =
        PlotSvgExportCommon
            .buildSvgImageFromRawSpecs(figure.toSpec(), null, NoRaster, false)
            .replace(TAG) { it.value.replace(LONG_NUMBER, "$1") }
            .replace(WHITE, "$1=\"none\"")
            .replace(Figures.GAP, "")

    /** A PNG at twice the size, for high-density screens, in Base64; null if no font is installed. */
    fun png(svg: String): String? =
        try {
            val bytes = ByteArrayOutputStream()
            val transcoder = PNGTranscoder()
            transcoder.addTranscodingHint(PNGTranscoder.KEY_WIDTH, 2 * width(svg))
            transcoder.transcode(TranscoderInput(StringReader(svg)), TranscoderOutput(bytes))
            Base64.getEncoder().encodeToString(bytes.toByteArray())
        } catch (_: TranscoderException) {
            null
        } catch (_: LinkageError) {
            null
        }

    /** An `<img>` element, the form in which an SVG is shown in an untrusted notebook. */
    fun html(
        svg: String,
        alt: String,
    ): String {
        val data = Base64.getEncoder().encodeToString(svg.toByteArray())
        val style = "decoding='sync' style='width:${width(svg).toInt()}px;max-width:100%;height:auto'"
        return "<img alt='${escape(alt)}' $style src='data:image/svg+xml;base64,$data'>"
    }

    /** A figure's title, or those of its panels. */
    fun title(figure: Figure): String = titles(figure.toSpec()).joinToString().ifEmpty { "figure" }

    private fun titles(spec: Map<*, *>): List<String> =
        listOfNotNull((spec["ggtitle"] as? Map<*, *>)?.get("text") as? String) +
            (spec["figures"] as? List<*>).orEmpty().filterIsInstance<Map<*, *>>().flatMap(::titles)

    fun escape(text: String): String =
        text
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("'", "&#39;")
            .replace("\"", "&quot;")

    private fun width(svg: String): Float = WIDTH.find(svg)!!.groupValues[1].toFloat()

    private object NoRaster : RGBEncoder {
        override fun toDataUrl(
            width: Int,
            height: Int,
            argbValues: IntArray,
        ): String = throw UnsupportedOperationException("figures are drawn of lines and points")
    }
}
