package org.zolab.task.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.duckdb.DuckDBStruct;
import org.duckdb.JsonNode;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Problems;

/**
 * The rows of parquet, JSON, JSON lines, CSV or TSV files, one file after the other, read by DuckDB.
 *
 * <p>Rows pass by one at a time; what is kept is what a caller makes of them. A query may open its own file and nothing else, and
 * DuckDB neither installs nor loads an extension, so nothing is fetched. Everything in a CSV file is text; an empty field is no value.
 *
 * <p>A file that cannot be read, has no rows, or has rows that a caller refuses is an {@link IllegalArgumentException} that says why; of
 * refused rows it names the first few.
 */
public final class Table {

    private static final int MOST_PROBLEMS = 5;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Path> files;

    private Table(List<Path> files) {
        this.files = files;
    }

    /**
     * The rows of {@code files}, in their order.
     *
     * @throws IllegalArgumentException if one is of no kind that is read as rows
     */
    public static Table of(List<Path> files) {
        files.forEach(Table::source);
        return new Table(List.copyOf(files));
    }

    /** How many rows there are. */
    public int count() {
        long rows = 0;
        for (Path file : files) {
            rows += query(file, "count(*)", result -> result.next() ? result.getLong(1) : 0L);
        }
        return Math.toIntExact(rows);
    }

    /** What {@code each} makes of every row. */
    public <T> List<T> rows(Function<Row, T> each) {
        return List.copyOf(read(place -> true, each).values());
    }

    /** What {@code each} makes of some rows, counted from 0 over all files, in the order given. */
    public <T> List<T> rows(int[] wanted, Function<Row, T> each) {
        Set<Integer> places = Arrays.stream(wanted).boxed().collect(Collectors.toSet());
        Map<Integer, T> made = read(places::contains, each);
        return Arrays.stream(wanted).mapToObj(made::get).toList();
    }

    private <T> Map<Integer, T> read(IntPredicate wanted, Function<Row, T> each) {
        Map<Integer, T> made = new TreeMap<>();
        Problems problems = new Problems();
        int before = 0;
        for (Path file : files) {
            int first = before;
            before += query(file, "*", rows -> {
                int number = 0;
                while (problems.list().size() < MOST_PROBLEMS && rows.next()) {
                    int place = first + number++;
                    if (wanted.test(place)) {
                        Row row = new Row(String.valueOf(file.getFileName()), number, values(rows));
                        problems.gather(() -> made.put(place, each.apply(row)));
                    }
                }
                return number;
            });
        }
        if (!problems.list().isEmpty()) {
            throw new IllegalArgumentException(
                    String.join("\n", problems.list().stream().distinct().toList()));
        }
        if (before == 0) {
            throw new IllegalArgumentException(names() + " has no rows: 0");
        }
        return made;
    }

    private String names() {
        return files.stream().map(file -> String.valueOf(file.getFileName())).collect(Collectors.joining(", "));
    }

    private interface Reader<T> {
        T read(ResultSet rows) throws SQLException;
    }

    private static <T> T query(Path file, String what, Reader<T> reader) {
        Properties settings = new Properties();
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        settings.setProperty("jdbc_stream_results", "true");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:", settings);
                Statement statement = connection.createStatement()) {
            statement.execute("SET allowed_paths = [" + literal(file) + ", " + pattern(file) + "]");
            statement.execute("SET enable_external_access = false");
            statement.execute("SET lock_configuration = true");
            try (ResultSet rows = statement.executeQuery("SELECT " + what + " FROM " + source(file))) {
                return reader.read(rows);
            }
        } catch (SQLException e) {
            throw new IllegalArgumentException(
                    file + " cannot be read: " + reason(e) + "; it has to be UTF-8 text, or a whole parquet file", e);
        }
    }

    private static String source(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
        String path = pattern(file);
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "csv", "tsv" -> "read_csv(" + path + ", header = true, all_varchar = true, skip = 0, comment = '')";
            case "jsonl", "ndjson", "json" -> "read_json(" + path + ", sample_size = -1)";
            case "parquet" -> "read_parquet(" + path + ")";
            default ->
                throw new IllegalArgumentException("kind of file is not known by its name: " + file
                        + "; rows are read from .parquet, .jsonl, .json, .csv and .tsv");
        };
    }

    /** The path as a pattern that matches nothing else. */
    private static String pattern(Path file) {
        return literal(file).replaceAll("[\\[*?]", "[$0]");
    }

    private static String literal(Path file) {
        return "'" + file.toAbsolutePath().toString().replace("'", "''") + "'";
    }

    /** The part of a message that is about the data. */
    private static String reason(SQLException e) {
        return String.valueOf(e.getMessage())
                .lines()
                .takeWhile(
                        line -> !line.startsWith("LINE ") && !line.startsWith("Possible") && !line.contains("file = "))
                .filter(line -> !line.isBlank())
                .collect(Collectors.joining(" "));
    }

    private static Map<String, @Nullable Object> values(ResultSet rows) throws SQLException {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
            values.put(rows.getMetaData().getColumnName(column), plain(rows.getObject(column)));
        }
        return values;
    }

    /** A value without DuckDB's types: lists, maps, text, numbers, booleans, null. */
    private static @Nullable Object plain(@Nullable Object value) throws SQLException {
        if (value instanceof Array array) {
            List<@Nullable Object> list = new ArrayList<>();
            for (Object item : (Object[]) array.getArray()) {
                list.add(plain(item));
            }
            return list;
        }
        if (value instanceof DuckDBStruct struct) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            for (Map.Entry<String, Object> entry : struct.getMap().entrySet()) {
                map.put(entry.getKey(), plain(entry.getValue()));
            }
            return map;
        }
        if (value instanceof JsonNode json) {
            try {
                return JSON.readValue(json.toString(), Object.class);
            } catch (JsonProcessingException e) {
                throw new SQLException("a value is not JSON: " + json, e);
            }
        }
        return value;
    }
}
