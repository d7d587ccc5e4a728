package org.zolab.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/**
 * The logits of a range of tokens: the rows of a table, which may be the embedding's, times the last hidden state. Always computed in
 * single precision, whatever other linear layers use: a bf16 product is rounded to bf16, which near a logit of 10 resolves only 1/16.
 */
public final class Head implements Stage {

    /** How many rows of the table one stage handles. */
    private static final int ROWS = 8192;

    private final int first;
    private final int rows;
    private final int vocabulary;
    private final List<Piece> pieces;

    private Head(List<Piece> pieces, int first, int rows, int vocabulary) {
        this.first = first;
        this.rows = rows;
        this.vocabulary = vocabulary;
        this.pieces = pieces;
    }

    /** The stages of a head with the table {@code table} [V, D] and, optionally, a bias [V]. */
    public static List<Stage> of(ParameterSpace space, String table, @Nullable String bias) {
        int tensor = space.indexOf(table);
        int vocabulary = space.tensor(tensor).shape().get(0);
        int width = space.tensor(tensor).shape().get(1);
        List<Stage> stages = new ArrayList<>();
        for (int first = 0; first < vocabulary; first += ROWS) {
            int rows = Math.min(ROWS, vocabulary - first);
            List<Piece> pieces =
                    new ArrayList<>(List.of(new Piece(List.of(new Slice(tensor, first * width, rows * width)), false)));
            if (bias != null) {
                pieces.add(new Piece(List.of(new Slice(space.indexOf(bias), first, rows)), false));
            }
            stages.add(new Head(List.copyOf(pieces), first, rows, vocabulary));
        }
        return stages;
    }

    @Override
    public IntStream tensors() {
        return pieces.stream().flatMap(piece -> piece.slices().stream()).mapToInt(Slice::tensor);
    }

    @Override
    public List<Piece> weights(PreparedBatch batch) {
        return pieces;
    }

    @Override
    public long products() {
        return pieces.get(0).count();
    }

    @Override
    public void run(Program program, Place weights, Shard shard, Activations state) {
        List<Value> views = new ArrayList<>();
        try {
            for (int i = 0; i < pieces.size(); i++) {
                views.add(weights.piece(program, i, pieces.get(i).count(), i == 0 ? rows : 0));
            }
            try (Value list = Value.of(views)) {
                run(program, list, shard, state);
            }
        } finally {
            views.forEach(Value::close);
        }
    }

    private void run(Program program, Value weights, Shard shard, Activations state) {
        if (rows == vocabulary) { // a single product suffices
            state.logits(program.call("project", state.x(), weights));
            return;
        }
        if (first == 0) {
            try (Value n = Value.of(shard.positions());
                    Value v = Value.of(vocabulary)) {
                state.logits(program.call("room", state.x(), n, v));
            }
        }
        try (Value from = Value.of(first)) {
            program.call("logits", state.x(), weights, state.logits(), from).close();
        }
    }
}
