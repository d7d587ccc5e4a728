package org.zolab.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;

class BundleTest {

    private static final Family CAUSAL = new OptFamily(new OptConfig(300, 64, 8, 1, 1, 8, 8, true, true));

    private static List<Bundle> bundles(int parts, int[]... rows) {
        return Bundle.of(new TokenBatch(List.of(rows), List.of()), CAUSAL, parts);
    }

    @Test
    void everyTokenOfARowIsFoundWithItsPosition() {
        int[][] rows = {{5, 6, 7, 8, 1}, {5, 6, 7, 8}, {5, 6, 7, 8, 2, 3, 4}, {5, 6, 7, 8, 9, 9}};
        Bundle all = bundles(1, rows).get(0);
        assertThat(all.length()).isEqualTo(4 + 1 + 0 + 3 + 2);
        assertThat(all.longest()).isEqualTo(7);
        assertThat(all.branches()).isTrue();
        for (int row = 0; row < rows.length; row++) {
            for (int position = 0; position < rows[row].length; position++) {
                int at = all.at(row, position);
                assertThat(all.token(at)).isEqualTo(rows[row][position]);
                assertThat(all.position(at)).isEqualTo(position);
                assertThat(all.branch(at)).isEqualTo(position < 4 ? 0 : row + 1);
            }
        }
        assertThat(IntStream.range(0, all.length()).map(all::token)).containsExactly(5, 6, 7, 8, 1, 2, 3, 4, 9, 9);
    }

    @Test
    void onlyNeighboursThatBeginWithHalfOfTheirTokensAlikeAreTogether() {
        int[] row = {5, 6, 7, 8};
        assertThat(bundles(1, row, new int[] {5, 6, 1, 2})).hasSize(1);
        assertThat(bundles(1, row, new int[] {5, 1, 2})).hasSize(2);
        assertThat(bundles(1, row, new int[] {1}, row)).hasSize(3);
        assertThat(bundles(1, row, new int[] {5, 6, 1, 2}, new int[] {5, 6, 3, 4}))
                .hasSize(1);
        assertThat(bundles(1, row, new int[] {5, 6, 1, 2}, new int[] {5, 6, 3, 4}, new int[] {5, 6, 0, 0}))
                .as("no longer than twice the longest row")
                .hasSize(2);
    }

    @Test
    void rowsAreLeftForEveryThread() {
        int[][] rows = IntStream.range(0, 6)
                .mapToObj(row -> new int[] {5, 6, 7, 8, 9, row})
                .toArray(int[][]::new);
        assertThat(bundles(1, rows)).hasSize(1);
        assertThat(bundles(2, rows)).hasSize(2).allMatch(bundle -> bundle.rows().size() == 3);
        assertThat(bundles(6, rows)).hasSize(6).noneMatch(Bundle::branches);
    }

    @Test
    void equalRowsAreOne() {
        int[] same = {5, 6, 7};
        Bundle one = bundles(1, same, same.clone(), same.clone()).get(0);
        assertThat(one.rows()).hasSize(3);
        assertThat(one.length()).isEqualTo(3);
        assertThat(one.branches()).isFalse();
        assertThat(one.at(2, 1)).isEqualTo(1);
    }
}
