package org.zolab.dsl

import org.apache.batik.transcoder.TranscoderException
import org.apache.batik.transcoder.TranscoderInput
import org.apache.batik.transcoder.TranscoderOutput
import org.apache.batik.transcoder.image.PNGTranscoder
import org.jetbrains.letsPlot.Figure
import org.jetbrains.letsPlot.commons.encoding.RGBEncoder
import org.jetbrains.letsPlot.core.util.PlotSvgExportCommon
import org.jetbrains.letsPlot.intern.toSpec
import java.io.ByteArrayOutputStream
import java.io.StringReader
import java.util.Base64

/** A figure as pictures that need no script, no network and no trust: SVG, PNG, and HTML that holds the SVG. */
internal object Image {
    private val SIZE = Regex("""<svg[^>]*?\swidth="([0-9.]+)"[^>]*?\sheight="([0-9.]+)"""")

    fun svg(figure: Figure): String =
        PlotSvgExportCommon.buildSvgImageFromRawSpecs(figure.toSpec(), null, NoRaster, false)

    /** Base64 of the PNG at twice the size, sharp on today's screens. */
    fun png(svg: String): String {
        val bytes = ByteArrayOutputStream()
        val transcoder = PNGTranscoder()
        SIZE.find(svg)?.let { transcoder.addTranscodingHint(PNGTranscoder.KEY_WIDTH, 2 * it.groupValues[1].toFloat()) }
        transcoder.transcode(TranscoderInput(StringReader(svg)), TranscoderOutput(bytes))
        return Base64.getEncoder().encodeToString(bytes.toByteArray())
    }

    /** An `<img>`: what stays of an SVG where a notebook is not trusted. */
    fun html(
        svg: String,
        alt: String,
    ): String {
        val size =
            SIZE
                .find(svg)
                ?.destructured
                ?.let { (w, h) ->
                    " width='${w.toDouble().toInt()}' height='${h.toDouble().toInt()}'"
                }.orEmpty()
        val data = Base64.getEncoder().encodeToString(svg.toByteArray())
        val text = escape(alt)
        val style = "decoding='sync' style='max-width:100%;height:auto'"
        return "<img$size alt='$text' $style src='data:image/svg+xml;base64,$data'>"
    }

    fun escape(text: String): String =
        text
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("'", "&#39;")
            .replace("\"", "&quot;")

    private object NoRaster : RGBEncoder {
        override fun toDataUrl(
            width: Int,
            height: Int,
            argbValues: IntArray,
        ): String = throw UnsupportedOperationException("figures are drawn of lines and points")
    }
}
