package org.zolab.task;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;

/** A named set of examples. An implementation must return the same examples in the same order at every call. */
public interface Task {
    /** The task's name in plans, figures and folders. */
    String name();

    /** The examples of one split; no example is in two splits. */
    List<Example> examples(Split split);

    /** How messages refer to an example, such as {@code reviews.csv, row 17}, so that users can find it. */
    default String place(Split split, int index) {
        return "example " + (index + 1) + " of " + split.name().toLowerCase(Locale.ROOT);
    }

    /** What it asks of a model. */
    default Kind kind() {
        return Kind.CLASSIFICATION;
    }

    /** The sizes of the splits and a checksum of their examples, which distinguishes tasks of the same name. */
    default String fingerprint() {
        CRC32 crc = new CRC32();
        StringBuilder sizes = new StringBuilder();
        for (Split split : Split.values()) {
            List<Example> examples = examples(split);
            for (Example example : examples) {
                List<Object> parts =
                        new ArrayList<>(List.of(example.prompt(), example.right(), String.valueOf(example.pieces())));
                parts.add(example.options().size());
                parts.addAll(example.options());
                for (Object part : parts) {
                    crc.update(part.toString().getBytes(StandardCharsets.UTF_8));
                    crc.update(0xff); // which occurs in no UTF-8, so that it marks the end of a part
                }
            }
            sizes.append(split.name().toLowerCase(Locale.ROOT))
                    .append(' ')
                    .append(examples.size())
                    .append(", ");
        }
        return String.format(Locale.ROOT, "%scrc32 %08x", sizes, crc.getValue());
    }
}
