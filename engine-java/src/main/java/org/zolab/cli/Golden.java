package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.Weights;
import org.zolab.objective.EncodedOptions;
import org.zolab.objective.EncodedOptions.Tokens;

/** Reading of reference files, and distances from what they hold. */
final class Golden {

    private Golden() {}

    /**
     * The real tokens of padded rows.
     *
     * @param rows   token ids without padding
     * @param places where each of them stands in the padded row
     */
    record Rows(List<int[]> rows, List<int[]> places) {

        /** Of one batch, or, with an empty prefix, of the only one. */
        static Rows read(Weights file, String prefix) {
            String of = prefix.isEmpty() ? "" : prefix + ".";
            long[] ids = file.longs(of + "input_ids");
            long[] mask = file.longs(of + "attention_mask");
            int count = (int) file.shape(of + "input_ids")[0];
            int length = ids.length / count;
            List<int[]> rows = new ArrayList<>();
            List<int[]> places = new ArrayList<>();
            for (int r = 0; r < count; r++) {
                int first = r * length;
                int[] real = IntStream.range(0, length)
                        .filter(t -> mask[first + t] != 0)
                        .toArray();
                places.add(real);
                rows.add(IntStream.of(real)
                        .map(t -> Math.toIntExact(ids[first + t]))
                        .toArray());
            }
            return new Rows(rows, places);
        }
    }

    /** The prefixes of {@code PREFIX.input_ids}: the batches in a file. */
    static List<String> batches(Weights file) {
        return file.names().stream()
                .filter(name -> name.endsWith(".input_ids"))
                .map(name -> name.substring(0, name.length() - ".input_ids".length()))
                .sorted()
                .toList();
    }

    /** Rows and option lengths of a batch; {@code owners} says which example a row is an option of, in ascending order. */
    static EncodedOptions options(Weights file, String prefix, int[] owners) {
        List<int[]> rows = Rows.read(file, prefix).rows();
        long[] lengths = file.longs(prefix + ".option_len");
        List<List<Tokens>> examples = new ArrayList<>();
        for (int r = 0; r < rows.size(); r++) {
            if (r == 0 || owners[r] != owners[r - 1]) {
                examples.add(new ArrayList<>());
            }
            examples.get(examples.size() - 1).add(new Tokens(rows.get(r), Math.toIntExact(lengths[r])));
        }
        return EncodedOptions.ofTokens(examples);
    }

    /** Which example each row of a batch belongs to: as said, else as many rows for each label, else one row each. */
    static int[] owners(Weights file, String prefix) {
        if (file.has(prefix + ".example")) {
            return ints(file.longs(prefix + ".example"));
        }
        int rows = (int) file.shape(prefix + ".input_ids")[0];
        int each = file.has(prefix + ".labels") ? rows / (int) file.elements(prefix + ".labels") : 1;
        return IntStream.range(0, rows).map(r -> r / each).toArray();
    }

    static int[] ints(long[] values) {
        return IntStream.range(0, values.length)
                .map(i -> Math.toIntExact(values[i]))
                .toArray();
    }

    static int[] ints(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    static double[] doubles(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    /** A setting that has to be there. */
    static JsonNode need(JsonNode json, String name, String where) {
        JsonNode value = json.get(name);
        if (value == null) {
            throw new ModelFileException(where + " does not say " + name + "; make the files again as HOW.md says");
        }
        return value;
    }

    /** The largest |computed − expected| / unit; NaN if they are not as many or any is NaN. */
    static double distance(double[] computed, double[] expected, double[] units) {
        double largest = computed.length == expected.length ? 0 : Double.NaN;
        for (int i = 0; i < Math.min(computed.length, expected.length); i++) {
            largest = Math.max(largest, Math.abs(computed[i] - expected[i]) / units[i]);
        }
        return largest;
    }

    /** The largest |computed − expected|. */
    static double distance(double[] computed, double[] expected) {
        double[] units = new double[expected.length];
        Arrays.fill(units, 1);
        return distance(computed, expected, units);
    }

    /** In how many places two lists differ. */
    static int different(int[] computed, int[] expected) {
        int common = Math.min(computed.length, expected.length);
        return (int) IntStream.range(0, common)
                        .filter(i -> computed[i] != expected[i])
                        .count()
                + Math.abs(computed.length - expected.length);
    }
}
