package org.zolab.task;

import java.util.List;
import java.util.Map;

/** A task built from the user's own files; places of examples refer to those files. */
record OwnTask(String name, Kind kind, Map<Split, List<Deal.Card>> cards) implements Task {

    @Override
    public List<Example> examples(Split split) {
        return cards(split).stream().map(Deal.Card::example).toList();
    }

    @Override
    public String place(Split split, int index) {
        return cards(split).get(index).place();
    }

    private List<Deal.Card> cards(Split split) {
        return cards.getOrDefault(split, List.of());
    }
}
