package org.zolab.task;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Assigns examples to splits by a checksum of their text: a fifth to test, at most 1,000; a tenth to dev, at most 500; the rest to train.
 *
 * <p>Nothing is random, the order of rows does not matter, and equal texts end up in the same split.
 */
final class Deal {

    private record Share(int divisor, int most) {}

    private static final Map<Split, Share> SHARES =
            Map.of(Split.TEST, new Share(5, 1000), Split.DEV, new Share(10, 500));

    /**
     * An example of a file.
     *
     * @param place how messages refer to it
     * @param text  the text that decides on its split
     */
    record Card(String place, String text, Example example) {
        long checksum() {
            CRC32 crc = new CRC32();
            crc.update(text.getBytes(StandardCharsets.UTF_8));
            return crc.getValue();
        }
    }

    private Deal() {}

    /** Keeps given splits as they are. If there is no dev, it is taken from train; so is test, if nothing is split. */
    static Map<Split, List<Card>> rest(Map<Split, List<Card>> given, boolean unsplit) {
        List<Split> dealt = new ArrayList<>();
        if (unsplit) {
            dealt.add(Split.TEST);
        }
        if (!given.containsKey(Split.DEV)) {
            dealt.add(Split.DEV);
        }
        Map<Split, List<Card>> splits = new EnumMap<>(given);
        splits.putAll(of(given.getOrDefault(Split.TRAIN, List.of()), dealt));
        return splits;
    }

    /** {@code cards} by split: each of {@code others} gets its share, train the rest. */
    static Map<Split, List<Card>> of(List<Card> cards, List<Split> others) {
        List<Card> order = new ArrayList<>(cards);
        order.sort(Comparator.comparingLong(Card::checksum).thenComparing(Card::text));
        Map<Split, List<Card>> splits = new EnumMap<>(Split.class);
        int from = 0;
        for (Split split : others) {
            Share share = SHARES.get(split);
            int count = Math.min(share.most(), (order.size() + share.divisor() / 2) / share.divisor());
            int to = Math.min(order.size(), from + count); // equal texts may already have taken more
            while (to > from
                    && to < order.size()
                    && order.get(to).text().equals(order.get(to - 1).text())) {
                to++;
            }
            splits.put(split, List.copyOf(order.subList(from, to)));
            from = to;
        }
        splits.put(Split.TRAIN, List.copyOf(order.subList(from, order.size())));
        return splits;
    }
}
