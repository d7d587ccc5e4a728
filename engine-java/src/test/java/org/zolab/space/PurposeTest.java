package org.zolab.space;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PurposeTest {

    private static final Pattern ROW = Pattern.compile("^\\| (\\d+) \\| ([^|]+) \\|$", Pattern.MULTILINE);

    /** Each purpose has the number of its row, whose words begin with its name, and there are no others. */
    @Test
    void theNumbersAreThoseOfTheContract() throws Exception {
        List<MatchResult> rows = ROW.matcher(Files.readString(Path.of("../docs/noise-v1.md")))
                .results()
                .toList();
        assertThat(Arrays.stream(Purpose.values()).map(purpose -> purpose.word(0) >>> 24))
                .doesNotHaveDuplicates()
                .containsExactlyElementsOf(
                        rows.stream().map(row -> Integer.parseInt(row.group(1))).toList());
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).group(2).toUpperCase(Locale.ROOT).replace(' ', '_'))
                    .startsWith(Purpose.values()[i].name());
        }
    }
}
