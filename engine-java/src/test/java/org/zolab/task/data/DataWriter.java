package org.zolab.task.data;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Writes files in their true formats for tests. */
public final class DataWriter {

    private DataWriter() {}

    /** A parquet file with the rows of a query. */
    public static void parquet(Path file, String select) {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("COPY (" + select + ") TO '" + file + "' (FORMAT parquet, COMPRESSION zstd)");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
