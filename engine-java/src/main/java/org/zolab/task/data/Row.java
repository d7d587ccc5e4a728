package org.zolab.task.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Problems;

/**
 * A row of a file. A column inside a column is named with a dot, {@code answers.text}.
 *
 * <p>Asking for something that is missing throws an {@link IllegalArgumentException} that names file, row and column.
 *
 * @param file   the file's name in messages
 * @param number counted from 1, without the header
 * @param values columns by name: text, numbers, booleans, lists, maps, or null
 */
public record Row(String file, long number, Map<String, @Nullable Object> values) {

    /** A column's name that a message need not quote. */
    private static final Pattern NAME = Pattern.compile("[^\\s\"':,]+( [^\\s\"':,]+)*");

    private static final Pattern PLACE = Pattern.compile("\\{\\{|}}|\\{([^{}]+)}");

    public Row {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** How messages refer to it: {@code reviews.csv, row 17}. */
    public String place() {
        return file + ", row " + number;
    }

    /** Throws an {@link IllegalArgumentException} with a line for each of these columns that is missing. */
    public void require(List<String> columns) {
        Problems problems = new Problems();
        columns.forEach(column -> problems.gather(() -> find(values, column, column)));
        problems.orThrow();
    }

    /** A value as text. */
    public String text(String column) {
        return value(column).toString();
    }

    /** The index of a label: a whole number from 0 on, or 0 and 1 for false and true. */
    public int label(String column) {
        Object value = value(column);
        if (value instanceof Boolean truth) {
            return truth ? 1 : 0;
        }
        try {
            return Integer.parseInt(value.toString());
        } catch (NumberFormatException e) {
            throw problem("column " + column + " is not a whole number: " + value + "; give the label's index");
        }
    }

    /** A list of texts. */
    public List<String> texts(String column) {
        if (value(column) instanceof List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        throw problem("column " + column + " is not a list: " + value(column));
    }

    /**
     * A text with the values of columns in it.
     *
     * @param template {@code {column}} stands for a value, {@code {{} and {@code }}} for braces
     */
    public String fill(String template) {
        return PLACE.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(
                        place.group(1) == null ? place.group().substring(1) : text(place.group(1))));
    }

    /** The columns that a template refers to. */
    public static List<String> columns(String template) {
        return PLACE.matcher(template)
                .results()
                .filter(place -> place.group(1) != null)
                .map(place -> place.group(1))
                .distinct()
                .toList();
    }

    private Object value(String column) {
        Object value = find(values, column, column);
        if (value == null) {
            throw problem("column " + column + " is empty; fill it in or take the row out");
        }
        return value;
    }

    private @Nullable Object find(Map<?, ?> from, String column, String whole) {
        if (from.containsKey(column)) {
            return from.get(column);
        }
        int dot = column.indexOf('.');
        if (dot > 0 && from.get(column.substring(0, dot)) instanceof Map<?, ?> inner) {
            return find(inner, column.substring(dot + 1), whole);
        }
        String outer = whole.substring(0, Math.max(0, whole.length() - column.length() - 1));
        boolean plain = NAME.matcher(whole).matches();
        throw new IllegalArgumentException(file + " has no column " + (plain ? whole : Problems.quoted(whole))
                + (outer.isEmpty() ? "; its columns are " : "; columns in " + outer + " are ")
                + from.keySet().stream().map(String::valueOf).collect(Collectors.joining(", "))
                + (plain ? "" : "; in a prompt, write {{ and }} for braces"));
    }

    private IllegalArgumentException problem(String what) {
        return new IllegalArgumentException(place() + ": " + what);
    }
}
