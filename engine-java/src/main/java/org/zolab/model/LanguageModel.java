package org.zolab.model;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Stage.Piece;
import org.zolab.model.Stage.Slice;
import org.zolab.model.text.Tokenizer;
import org.zolab.space.Direction;
import org.zolab.space.Lanes;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Precision;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Torch;
import org.zolab.tensor.TorchStorage;

/**
 * A language model whose parameters are one flat vector θ, evaluated at any points near it. θ is all the parameters, or those that a
 * {@link Scope} trains.
 *
 * <p>Memory: the weights, in the precision that {@link Compute} says, and a scratch or two as large as the largest stage, until closed.
 */
public final class LanguageModel implements AutoCloseable {

    private final String name;
    private final Family family;
    private final @Nullable Tokenizer tokenizer;
    private final Compute compute;
    private final Arena arena;
    private final Team team;
    private final ParameterVector weights;
    private final Parametrization by;
    private final ParameterVector theta;
    private final Forward forward;
    private final Runnable above; // closes the model or resources whose memory this one shares
    private @Nullable Backward backward;

    /**
     * A model with the weights that {@code fill} writes.
     *
     * @param fill receives each tensor and the place for its numbers, which are zero at first
     */
    public LanguageModel(
            String name,
            Family family,
            @Nullable Tokenizer tokenizer,
            Compute compute,
            BiConsumer<ParameterSpace.Tensor, Lanes> fill) {
        this.name = name;
        this.family = family;
        this.tokenizer = tokenizer;
        this.compute = compute;
        compute.device().require(compute.bytes(family.space()), "model " + name);
        this.arena = new Arena(compute.device());
        this.team = Torch.team(compute.threads(), compute.device());
        this.above = () -> {
            team.close();
            arena.close();
        };
        try {
            TorchStorage storage = new TorchStorage(family.space(), arena, team, compute::kept);
            for (int i = 0; i < family.space().tensors().size(); i++) {
                fill.accept(family.space().tensor(i), storage.lanes(i));
            }
            this.weights = new ParameterVector(family.space(), storage);
            this.by = Parametrization.full(family);
            this.theta = weights;
            this.forward = new Forward(family, weights, by, theta, compute, arena);
        } catch (RuntimeException | Error e) {
            above.run();
            throw e;
        }
    }

    /** {@code model} with other trained parameters, sharing its memory. */
    private LanguageModel(LanguageModel model, Parametrization by, long seed) {
        this.name = model.name;
        this.family = by.family();
        this.tokenizer = model.tokenizer;
        this.compute = model.compute;
        this.arena = model.arena;
        this.team = model.team;
        this.weights = family.space() == model.weights.space()
                ? model.weights
                : new ParameterVector(
                        family.space(), TorchStorage.behind((TorchStorage) model.weights.storage(), family.space()));
        this.by = by;
        this.above = model::close;
        this.theta = trained(model.weights.space().tensors().size(), by.start(model, seed));
        this.forward = new Forward(family, weights, by, theta, compute, arena);
    }

    /**
     * The trained vector: trained tensors of the model stay in its memory, others get memory of their own. Start values are written to the
     * latter, and to the model's tensors from {@code known} on.
     */
    private ParameterVector trained(int known, Function<ParameterSpace.Tensor, float[]> start) {
        for (int i = known; i < family.space().tensors().size(); i++) {
            float[] first = start.apply(family.space().tensor(i));
            weights.storage().lanes(i).write(0, first, 0, first.length);
        }
        ParameterSpace space = by.space();
        if (space == weights.space()) {
            return weights;
        }
        Lanes[] views = new Lanes[space.tensors().size()];
        for (int i = 0; i < weights.space().tensors().size(); i++) {
            if (by.source(i) instanceof Parametrization.Own own) {
                views[own.parameter()] = weights.storage().lanes(i);
                if (own.replaced()) {
                    views[own.parameter()].write(
                            0,
                            start.apply(weights.space().tensor(i)),
                            0,
                            weights.space().tensor(i).size());
                }
            }
        }
        for (int i = 0; i < views.length; i++) {
            if (views[i] == null) {
                ParameterSpace.Tensor parameter = space.tensor(i);
                float[] first = start.apply(parameter);
                views[i] = arena.numbers(first.length, Precision.FP32).view(0, first.length);
                views[i].write(0, first, 0, first.length);
            }
        }
        return new ParameterVector(space, TorchStorage.of(space, List.of(views), arena, team));
    }

    /**
     * This model with only what {@code scope} selects as trained: {@link #parameters()}, points and gradients refer to that. The two
     * models share memory, weights included, so close only one of them, at the end.
     *
     * <p>Memory: what the scope adds, such as the factors of {@code lora}, and scratches of its own.
     *
     * @param seed the seed for start values that are drawn
     * @throws IllegalArgumentException if the family lacks something that the scope names
     */
    public LanguageModel tuned(Scope scope, long seed) {
        return new LanguageModel(this, scope.of(family), seed);
    }

    /** A model of this architecture with all parameters zero and without a tokenizer, for measurements. */
    public static LanguageModel withoutText(String name, Family family, Compute compute) {
        return new LanguageModel(name, family, null, compute, (tensor, zeros) -> {});
    }

    /** The model's name. */
    public String name() {
        return name;
    }

    /** The architecture. */
    public Family family() {
        return family;
    }

    /** The trained parameters θ. */
    public ParameterVector parameters() {
        return theta;
    }

    /** The tokenizer. */
    public Tokenizer tokenizer() {
        if (tokenizer == null) {
            throw new IllegalStateException("model " + name + " has no tokenizer; it takes token ids only");
        }
        return tokenizer;
    }

    /** How forward passes are computed. */
    public Compute compute() {
        return compute;
    }

    /**
     * From now on an evaluation ends with a {@link java.util.concurrent.CancellationException} soon after {@code cancelled} becomes true;
     * θ is unchanged.
     */
    public void cancelWhen(BooleanSupplier cancelled) {
        forward.cancelWhen(cancelled);
    }

    /** Nanoseconds spent so far on writing displaced weights. */
    public long passNanos() {
        return forward.passNanos();
    }

    /** Prepares a batch for {@link #scores}; tokens with which neighbouring rows begin are computed only once. Close it after its last use. */
    public PreparedBatch prepare(TokenBatch batch) {
        return prepare(batch, Bundle.of(batch, family, compute.threads()));
    }

    PreparedBatch prepare(TokenBatch batch, List<Bundle> bundles) {
        require(batch.rows(), family.maxTokens());
        return new PreparedBatch(batch, bundles, family, compute.threads(), arena);
    }

    /** Refuses texts of more than {@code most} tokens, or with tokens that the model does not know. */
    void require(List<int[]> rows, int most) {
        for (int[] row : rows) {
            if (row.length > most) {
                throw new IllegalArgumentException("a text is longer than the " + most + " tokens that " + name
                        + " takes: " + row.length + " tokens; shorten it, or set maxLength to cut such texts");
            }
            for (int id : row) {
                if (!(id >= 0 && id < family.vocabulary())) {
                    throw new IllegalArgumentException("a token is not in 0 to " + (family.vocabulary() - 1) + ": " + id
                            + "; the tokenizer and the model " + name + " do not belong together");
                }
            }
        }
    }

    /** An independent model with the weights at the present θ, everything trained merged in. Memory: as much as this model. */
    public LanguageModel merged() {
        WeightsAt here = weightsHere();
        return new LanguageModel(
                name,
                family,
                tokenizer,
                compute,
                (tensor, into) -> here.write(family.space().indexOf(tensor.name()), into));
    }

    /** The weights at the present θ, everything trained merged in; they are computed as they are read. */
    WeightsAt weightsHere() {
        return forward.at(theta.here());
    }

    /** The trained tensors of which a forward pass on {@code batch} reads only some elements, and which elements those are. */
    public Map<String, BitSet> touched(PreparedBatch batch) {
        BitSet[] read = new BitSet[family.space().tensors().size()];
        Arrays.setAll(read, tensor -> new BitSet());
        for (Stage stage : family.stages()) {
            for (Piece piece : stage.weights(batch)) {
                for (Slice slice : piece.slices()) {
                    read[slice.tensor()].set(slice.from(), slice.from() + slice.count());
                }
            }
        }
        Map<String, BitSet> touched = new TreeMap<>();
        for (int i = 0; i < read.length; i++) {
            ParameterSpace.Tensor tensor = family.space().tensor(i);
            if (by.source(i) instanceof Parametrization.Own && read[i].cardinality() < tensor.size()) {
                touched.put(tensor.name(), read[i]);
            }
        }
        return touched;
    }

    /** The intermediate results on the way to its logits. */
    public Representations representations() {
        return new Representations(this, forward, arena);
    }

    /** log p of every scored token, [points][entries], in single precision. Cost: one forward pass per point. */
    public float[][] scores(List<Point> points, PreparedBatch batch) {
        return forward.scores(points, batch);
    }

    /**
     * gradient ← ∇f(point) for a loss of the scored log-probabilities, and returns f.
     *
     * <p>Cost: a forward and a backward pass, about three and a half forward passes. Peak memory: a vector as large as the parameters, one
     * more per thread, and all activations; on a GPU two on the heap. The parameters are only read. Equal bits for equal {@link Compute},
     * in single precision by ATEN's kernels.
     *
     * @param gradient another vector of the parameters' space; its contents are replaced
     */
    public double gradient(Point point, PreparedBatch batch, ScoredLoss loss, ParameterVector gradient) {
        return backward().gradient(point, batch, loss, gradient);
    }

    /**
     * f and ∇f(point)·z: a {@link #gradient} and one read of it, summed in double precision.
     *
     * <p>Memory: in addition to a gradient's, the gradient itself, from the first call until the model is closed.
     */
    public double[] slope(Point point, PreparedBatch batch, ScoredLoss loss, Direction z) {
        return backward().slope(point, batch, loss, z);
    }

    /**
     * product ← ∇²f(point) v, by differentiating twice; kinks of a ReLU count as flat.
     *
     * <p>Cost: about twelve forward passes. Peak memory: two vectors as large as the parameters, about four more per thread, and several
     * times the activations.
     *
     * @param product another vector of the parameters' space; its contents are replaced
     */
    public void hessianProduct(
            Point point, PreparedBatch batch, ScoredLoss loss, Direction v, ParameterVector product) {
        backward().hessianProduct(point, batch, loss, v, product);
    }

    /** Continues a prompt at the present parameters with the likeliest tokens, at most 40. */
    public String generate(String prompt) {
        return generate(List.of(prompt), Generation.greedy(40)).get(0);
    }

    /** Continues prompts at the present parameters. */
    public List<String> generate(List<String> prompts, Generation settings) {
        return generate(theta.here(), prompts, settings, (text, prompt) -> {});
    }

    /**
     * Continues prompts at a point. A result does not depend on the other prompts. An empty prompt becomes the token that begins a text. A
     * prompt that leaves no room for {@code maxNewTokens} is cut to its end, with that token in front.
     *
     * <p>Cost: for each prompt a forward pass over its tokens, and then one over a single token for each new one, on one thread per
     * prompt. Peak memory: keys and values of the tokens of {@value Decoder#TOGETHER} prompts; and, at a displaced point or where
     * parameters are kept in another precision than forward passes read them in, a vector as large as the parameters, written once.
     * {@link #cancelWhen} ends it within one token.
     *
     * @param heard is given the text added to a prompt so far, and that prompt's index, after each token; it sees only whole characters,
     *              and nothing that may belong to a stop
     */
    public List<String> generate(Point point, List<String> prompts, Generation settings, ObjIntConsumer<String> heard) {
        Continuations texts = new Continuations(tokenizer(), prompts, family.maxTokens(), settings, heard);
        return texts.texts(decode(point, texts.prompts(), settings, texts));
    }

    /**
     * The tokens that follow prompts at a point, as for {@link #generate}, except that stop texts are ignored and prompts are not cut,
     * since no text is involved.
     */
    public List<int[]> generateTokens(Point point, List<int[]> prompts, Generation settings) {
        require(prompts, family.maxTokens() - settings.maxNewTokens());
        return decode(point, prompts, settings, (prompt, added) -> true);
    }

    private List<int[]> decode(Point point, List<int[]> prompts, Generation settings, Decoder.Listener listener) {
        if (family.masked()) {
            throw new IllegalArgumentException(
                    name + (family.labels().isEmpty() ? " fills gaps" : " tells classes apart")
                            + " and does not go on with a text; take a model such as opt or qwen");
        }
        int eos = settings.stopAtEos() ? tokenizer().eos().orElse(-1) : -1;
        ParameterSpace space = family.space();
        if (!forward.recasts() && !forward.displaced(point)) {
            return new Decoder(family, forward, point, arena).run(prompts, settings, eos, listener);
        }
        try (TorchStorage written =
                new TorchStorage(space, arena, team, tensor -> forward.read(space.indexOf(tensor.name())))) {
            WeightsAt at = forward.at(point);
            for (int i = 0; i < space.tensors().size(); i++) {
                at.write(i, written.lanes(i));
            }
            ParameterVector there = new ParameterVector(space, written);
            try (Forward displaced = new Forward(family, there, Parametrization.full(family), there, compute, arena)) {
                displaced.cancelWhen(forward.cancelled());
                return new Decoder(family, displaced, there.here(), arena).run(prompts, settings, eos, listener);
            }
        }
    }

    private Backward backward() {
        if (backward == null) {
            backward = new Backward(family, theta, forward, arena);
        }
        return backward;
    }

    @Override
    public void close() {
        if (backward != null) {
            backward.close();
        }
        forward.close();
        above.run();
    }
}
