package org.zolab.task.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.duckdb.DuckDBStruct;
import org.duckdb.JsonNode;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Problems;

/**
 * The rows of parquet, JSON, JSON lines, CSV or TSV files, one file after the other, read by DuckDB.
 *
 * <p>Rows are streamed one at a time; only what the caller makes of them is kept. A query can open its own file and nothing else, and
 * DuckDB neither installs nor loads an extension, so nothing is fetched. Everything in a CSV file is text; an empty field is a missing
 * value; the delimiter is a comma, a semicolon, a tab or a bar, and quotes follow RFC 4180.
 *
 * <p>A file that cannot be read, has no rows, or has rows that the caller refuses causes an {@link IllegalArgumentException} that says
 * why; of refused rows it names the first few.
 */
public final class Table {

    private static final int MOST_PROBLEMS = 5;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String QUOTES = ", header = true, quote = '\"', escape = '\"', comment = ''";
    private static final Pattern MALFORMED = Pattern.compile(
            "(?s)CSV Error on Line: (\\d+)\\s+Original Line: (.*?)\\s+Expected Number of Columns: (\\d+) Found: (\\d+)");

    private final List<Path> files;

    private Table(List<Path> files) {
        this.files = files;
    }

    /**
     * The rows of {@code files}, in order.
     *
     * @throws IllegalArgumentException if one is of a kind that cannot be read as rows
     */
    public static Table of(List<Path> files) {
        files.forEach(Table::kind);
        return new Table(List.copyOf(files));
    }

    /** The number of rows. */
    public int count() {
        long rows = 0;
        for (Path file : files) {
            rows += query(file, "count(*)", result -> result.next() ? result.getLong(1) : 0L);
        }
        return Math.toIntExact(rows);
    }

    /** Applies {@code each} to every row. */
    public <T> List<T> rows(Function<Row, T> each) {
        return List.copyOf(read(place -> true, each).values());
    }

    /** Applies {@code each} to some rows, counted from 0 over all files, and returns the results in the given order. */
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
            throw new IllegalArgumentException(names() + " has no rows; give a file with a row for each example");
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
        try {
            return query(file, what, reader, true);
        } catch (SQLException | IOException e) {
            throw new IllegalArgumentException(refusal(file, reason(file, e)), e);
        }
    }

    private static <T> T query(Path file, String what, Reader<T> reader, boolean streaming)
            throws SQLException, IOException {
        Properties settings = new Properties();
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        settings.setProperty("jdbc_stream_results", String.valueOf(streaming));
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:", settings);
                Statement statement = connection.createStatement()) {
            statement.execute("SET allowed_paths = [" + literal(file.toAbsolutePath()) + ", " + pattern(file) + "]");
            statement.execute("SET enable_external_access = false");
            statement.execute("SET lock_configuration = true");
            try (ResultSet rows = statement.executeQuery("SELECT " + what + " FROM " + source(statement, file))) {
                return reader.read(rows);
            }
        }
    }

    /** Why a file cannot be read. A stream that fails in its first rows does not say, so the query is repeated without streaming. */
    private static String reason(Path file, Exception streamed) {
        try {
            query(file, "count(*)", ResultSet::next, false);
            return String.valueOf(streamed.getMessage());
        } catch (SQLException | IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private enum Kind {
        CSV,
        JSON,
        PARQUET
    }

    private static Kind kind(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "csv", "tsv" -> Kind.CSV;
            case "jsonl", "ndjson", "json" -> Kind.JSON;
            case "parquet" -> Kind.PARQUET;
            default ->
                throw new IllegalArgumentException("kind of file is not known by its name: " + file
                        + "; rows are read from .parquet, .jsonl, .json, .csv and .tsv");
        };
    }

    private static String source(Statement statement, Path file) throws SQLException, IOException {
        String path = pattern(file);
        return switch (kind(file)) {
            case CSV -> "read_csv(" + path + QUOTES + ", auto_detect = false, " + columns(statement, file) + ")";
            case JSON -> "read_json(" + path + ", sample_size = -1)";
            case PARQUET -> "read_parquet(" + path + ")";
        };
    }

    /** The delimiter and column names of a CSV file, as most rows have them; rows that deviate are refused when they are read. */
    private static String columns(Statement statement, Path file) throws SQLException, IOException {
        if (Files.size(file) > 0) {
            try (ResultSet found = statement.executeQuery(
                    "SELECT Delimiter, list_transform(Columns, lambda each: each.name) FROM sniff_csv(" + pattern(file)
                            + QUOTES + ", all_varchar = true, ignore_errors = true)")) {
                if (found.next()) {
                    return Arrays.stream((Object[]) found.getArray(2).getArray())
                            .map(name -> literal(name) + ": 'VARCHAR'")
                            .collect(Collectors.joining(
                                    ", ", "delim = " + literal(found.getString(1)) + ", columns = {", "}"));
                }
            }
        }
        return "columns = {'line': 'VARCHAR'}"; // for an empty file, or one whose reading reports what it is
    }

    /** The path as a glob pattern that matches nothing else. */
    private static String pattern(Path file) {
        return literal(file.toAbsolutePath()).replaceAll("[\\[*?]", "[$0]");
    }

    private static String literal(Object value) {
        return "'" + value.toString().replace("'", "''") + "'";
    }

    /** What is wrong with a file, derived from DuckDB's message. */
    private static String refusal(Path file, String message) {
        if (beginsAsUtf16(file)) {
            return file + " is UTF-16 text; save it as UTF-8";
        }
        Matcher row = MALFORMED.matcher(message);
        if (row.find()) {
            return file + ", line " + row.group(1) + ": columns are not the " + row.group(3) + " of the first line: "
                    + row.group(4) + " in " + Problems.quoted(row.group(2))
                    + "; put a text that holds what stands between columns in quotes, and leave no column out";
        }
        if (message.contains("unterminated quote") || message.contains("Error when sniffing")) {
            return file
                    + " cannot be read: a quote that begins a text is not closed, or columns are not those of the first line; "
                    + "close it, and write a quote within a text in quotes twice";
        }
        return file + " cannot be read: "
                + switch (kind(file)) {
                    case CSV -> aboutData(message) + "; it has to be UTF-8 text";
                    case JSON ->
                        aboutData(message) + "; it has to be UTF-8 text, an object in each line or a list of them";
                    case PARQUET -> aboutData(message) + "; it has to be a whole parquet file";
                };
    }

    private static boolean beginsAsUtf16(Path file) {
        try (InputStream bytes = Files.newInputStream(file)) {
            String mark = HexFormat.of().formatHex(bytes.readNBytes(2));
            return mark.equals("fffe") || mark.equals("feff");
        } catch (IOException e) {
            return false; // what is wrong with it is told by the reader
        }
    }

    /** The part of a message that concerns the data. */
    private static String aboutData(String message) {
        return message.lines()
                .takeWhile(
                        line -> !line.startsWith("LINE ") && !line.startsWith("Possible") && !line.contains("file = "))
                .filter(line -> !line.isBlank())
                .map(line -> line.strip().replaceFirst("\\.$", ""))
                .collect(Collectors.joining(". "));
    }

    private static Map<String, @Nullable Object> values(ResultSet rows) throws SQLException {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (int column = 1; column <= rows.getMetaData().getColumnCount(); column++) {
            values.put(rows.getMetaData().getColumnName(column), plain(rows.getObject(column)));
        }
        return values;
    }

    /**
     * A value without DuckDB's types: lists, maps, text, numbers, booleans, null. Bytes that are UTF-8 are text: not every writer of parquet
     * marks its texts as such.
     */
    private static @Nullable Object plain(@Nullable Object value) throws SQLException {
        if (value instanceof Blob blob) {
            byte[] bytes = blob.getBytes(1, Math.toIntExact(blob.length()));
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            } catch (CharacterCodingException e) {
                return bytes.length + " bytes";
            }
        }
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
