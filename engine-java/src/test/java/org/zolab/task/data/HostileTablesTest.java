package org.zolab.task.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.Mutations;

/** Files of rows, held against {@link Mutations}; fewer of them, since each opens a data base. */
class HostileTablesTest {

    private static final String ROWS =
            "SELECT range AS label, 'row ' || range AS text, [range, 2] AS list, {'a': range, 'b': 'x'} AS pair FROM range(200)";

    @TempDir
    Path folder;

    @Test
    void parquet() throws IOException {
        Path file = folder.resolve("valid.parquet");
        DataWriter.parquet(file, ROWS);
        mutate("rows.parquet", Files.readAllBytes(file));
    }

    @Test
    void jsonLines() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            lines.append("{\"label\": %d, \"text\": \"row \\u00e9 %d\", \"list\": [%d, 2.5], \"pair\": {\"a\": null}}%n"
                    .formatted(i, i, i));
        }
        mutate("rows.jsonl", lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void commaSeparatedValues() {
        StringBuilder lines = new StringBuilder("label,text\n");
        for (int i = 0; i < 200; i++) {
            lines.append("%d,\"row \"\"%d\"\", and more\"\n".formatted(i, i));
        }
        mutate("rows.csv", lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private void mutate(String name, byte[] valid) {
        Path file = folder.resolve(name);
        new Mutations(name, valid, 0, 50).areReadOrRefused(IllegalArgumentException.class, bytes -> {
            try {
                Files.write(file, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Table.of(List.of(file)).rows(row -> row);
        });
    }
}
