package org.zolab.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The documentation comments of a Java sources jar as plain English paragraphs, in the order of the files' names.
 *
 * <p>A small scanner, neither a Java parser nor an HTML parser: it knows strings, characters, text blocks and comments, so that a comment
 * inside a string does not count; it drops block tags, code samples and tables, and renders inline tags and entities the way the javadoc
 * tool would. The text is used for training only, never to document anything.
 */
public final class DocComments {
    private static final Pattern PACKAGE = Pattern.compile("(?m)^\\s*package\\s+([\\w.]+)\\s*;");
    private static final Pattern DROPPED =
            Pattern.compile("(?is)<(pre|script|style|table|a\\s+name|svg)\\b.*?</\\1\\s*>|<!--.*?-->");
    private static final Pattern BREAK = Pattern.compile(
            "(?i)</?(p|br|li|ul|ol|dl|dt|dd|h[1-6]|div|blockquote|hr|center|tr|td|th|section)\\b[^<>]*>|\\n[ \\t]*\\n");
    private static final Pattern TAG = Pattern.compile("</?[a-zA-Z][^<>]*>");
    private static final Pattern ENTITY = Pattern.compile("&(#x?[0-9a-fA-F]+|[a-zA-Z]+);");
    private static final Pattern LEADER = Pattern.compile("(?m)^[ \\t]*\\*+ ?");
    private static final Pattern BLOCK_TAG = Pattern.compile("(?m)^[ \\t]*@[a-zA-Z]");
    private static final Pattern SENTENCE_END = Pattern.compile(
            "(?<=[.!?][)\"']?)(?<!\\b(?:e\\.g|i\\.e|etc|vs|cf|eq|fig|no|approx)\\.)\\s+(?=[\"'(]?[A-Z])");
    private static final Map<String, String> ENTITIES = Map.ofEntries(
            Map.entry("lt", "<"),
            Map.entry("gt", ">"),
            Map.entry("amp", "&"),
            Map.entry("quot", "\""),
            Map.entry("apos", "'"),
            Map.entry("nbsp", " "),
            Map.entry("ndash", "-"),
            Map.entry("mdash", "-"),
            Map.entry("lsquo", "'"),
            Map.entry("rsquo", "'"),
            Map.entry("ldquo", "\""),
            Map.entry("rdquo", "\""),
            Map.entry("hellip", "..."),
            Map.entry("le", "<="),
            Map.entry("ge", ">="),
            Map.entry("ne", "!="),
            Map.entry("times", "x"));

    private DocComments() {}

    /**
     * The comments of one source file.
     *
     * @param packageName the package, dotted
     * @param className   the file's name without its extension
     * @param comments    one entry per documentation comment, with its paragraphs; none is empty
     */
    public record Documented(String packageName, String className, List<List<String>> comments) {}

    /**
     * Reads every {@code .java} file of a sources jar.
     *
     * @return the files with at least one comment that has text, sorted by name
     * @throws UncheckedIOException if the jar cannot be read
     */
    public static List<Documented> read(Path sourcesJar) {
        List<Documented> files = new ArrayList<>();
        try (ZipFile jar = new ZipFile(sourcesJar.toFile())) {
            List<? extends ZipEntry> entries = jar.stream()
                    .filter(e -> e.getName().endsWith(".java"))
                    .sorted(Comparator.comparing(ZipEntry::getName))
                    .toList();
            for (ZipEntry entry : entries) {
                String source =
                        new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8).replace("\r", "");
                String name = entry.getName();
                String className = name.substring(name.lastIndexOf('/') + 1, name.length() - ".java".length());
                Documented file = parse(source, className);
                if (!file.comments().isEmpty()) {
                    files.add(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the sources jar " + sourcesJar, e);
        }
        return files;
    }

    /** The comments of one source text. Anything before the package statement is a licence and left out. */
    public static Documented parse(String source, String className) {
        Matcher pack = PACKAGE.matcher(source);
        boolean info = className.equals("package-info");
        boolean packaged = pack.find();
        int from = packaged && !info ? pack.end() : 0;
        List<List<String>> comments = new ArrayList<>();
        for (String raw : comments(source.substring(from))) {
            List<String> paragraphs = paragraphs(raw);
            if (!paragraphs.isEmpty()) {
                comments.add(paragraphs);
            }
        }
        return new Documented(packaged ? pack.group(1) : "", className, List.copyOf(comments));
    }

    /** Splits a paragraph where a full stop, question mark or exclamation mark and a blank precede a capital letter. */
    public static List<String> sentences(String paragraph) {
        List<String> sentences = new ArrayList<>();
        Matcher end = SENTENCE_END.matcher(paragraph);
        int from = 0;
        while (end.find()) {
            sentences.add(paragraph.substring(from, end.start()).strip());
            from = end.end();
        }
        sentences.add(paragraph.substring(from).strip());
        sentences.removeIf(String::isEmpty);
        return List.copyOf(sentences);
    }

    private static List<String> comments(String source) {
        List<String> found = new ArrayList<>();
        int i = 0;
        while (i < source.length()) {
            if (source.startsWith("//", i)) {
                i = after(source, "\n", i);
            } else if (source.startsWith("/*", i)) {
                int end = after(source, "*/", i + 2);
                if (source.startsWith("/**", i) && end - i > 5 && source.startsWith("*/", end - 2)) {
                    found.add(source.substring(i + 3, end - 2));
                }
                i = end;
            } else if (source.startsWith("\"\"\"", i)) {
                i = after(source, "\"\"\"", i + 3);
            } else if (source.charAt(i) == '"' || source.charAt(i) == '\'') {
                i = afterQuote(source, i);
            } else {
                i++;
            }
        }
        return found;
    }

    private static int after(String source, String mark, int from) {
        int at = source.indexOf(mark, from);
        return at < 0 ? source.length() : at + mark.length();
    }

    private static int afterQuote(String source, int start) {
        char quote = source.charAt(start);
        int i = start + 1;
        while (i < source.length() && source.charAt(i) != quote && source.charAt(i) != '\n') {
            i += source.charAt(i) == '\\' ? 2 : 1;
        }
        return i + 1;
    }

    private static List<String> paragraphs(String comment) {
        String text = LEADER.matcher(comment).replaceAll("");
        Matcher block = BLOCK_TAG.matcher(text);
        if (block.find()) {
            text = text.substring(0, block.start());
        }
        text = DROPPED.matcher(text).replaceAll("\n\n");
        text = inlineTags(text);
        List<String> paragraphs = new ArrayList<>();
        for (String part : BREAK.split(text)) {
            String plain = entities(TAG.matcher(part).replaceAll(""));
            plain = plain.replaceAll("\\s+", " ").strip();
            if (!plain.isEmpty()) {
                paragraphs.add(plain);
            }
        }
        return List.copyOf(paragraphs);
    }

    /** <code>{&#64;code x}</code> becomes x, a link becomes its label or the last name of its target, any other tag is dropped. */
    private static String inlineTags(String text) {
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            if (!text.startsWith("{@", i)) {
                out.append(text.charAt(i++));
                continue;
            }
            int end = i + 2;
            for (int depth = 1; end < text.length() && depth > 0; end++) {
                depth += text.charAt(end) == '{' ? 1 : text.charAt(end) == '}' ? -1 : 0;
            }
            String body = text.substring(i + 2, Math.max(i + 2, end - 1)).strip();
            String[] words = body.split("\\s+", 2);
            String rest = words.length > 1 ? words[1] : "";
            switch (words[0].toLowerCase(Locale.ROOT)) {
                case "code", "literal", "index", "summary" ->
                    out.append(rest.replace("<", "&lt;").replace(">", "&gt;"));
                case "link", "linkplain" -> out.append(label(rest));
                default -> {}
            }
            i = end;
        }
        return out.toString();
    }

    private static String label(String link) {
        int close = link.indexOf(')');
        int blank = link.indexOf(' ', Math.max(close, 0));
        if (blank > 0 && blank + 1 < link.length()) {
            return link.substring(blank + 1);
        }
        String target = close > 0 && link.indexOf('(') > 0 ? link.substring(0, link.indexOf('(')) : link;
        return target.substring(Math.max(target.lastIndexOf('#'), target.lastIndexOf('.')) + 1);
    }

    private static String entities(String text) {
        return ENTITY.matcher(text).replaceAll(match -> Matcher.quoteReplacement(entity(match.group(1))));
    }

    private static String entity(String name) {
        if (!name.startsWith("#")) {
            return ENTITIES.getOrDefault(name, " ");
        }
        boolean hex = name.startsWith("#x") || name.startsWith("#X");
        String digits = name.substring(hex ? 2 : 1);
        if (digits.isEmpty() || digits.length() > 7) {
            return " ";
        }
        try {
            int code = Integer.parseInt(digits, hex ? 16 : 10);
            return Character.isValidCodePoint(code) ? Character.toString(code) : " ";
        } catch (NumberFormatException e) {
            return " ";
        }
    }
}
