package org.zolab.model;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.zolab.space.InitialWeights;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;

/**
 * A family with vectors that every text begins with, in place of tokens: tensors behind its own, and stages that read them.
 *
 * @param base    the family as it was
 * @param space   its tensors, and behind them those of the vectors
 * @param stages  as many as it has
 * @param tokens  how many tokens they stand for
 * @param counted whether a text's positions begin behind them, else at 0
 * @param read    whether they pass through the blocks as tokens do
 */
public record Extended(Family base, ParameterSpace space, List<Stage> stages, int tokens, boolean counted, boolean read)
        implements Family {

    public Extended {
        stages = List.copyOf(stages);
        int most = base.size().positions();
        if (tokens >= most) {
            throw new IllegalArgumentException("tokens before a text leave no room for it in the " + most
                    + " that this model takes: " + tokens + "; ask for fewer");
        }
    }

    /** A space that begins as that of {@code family}, to be added to; throws {@link IllegalArgumentException} if that is extended already. */
    public static ParameterSpace.Builder of(Family family) {
        if (family instanceof Extended extended) {
            String name = extended.added(0).name();
            throw new IllegalArgumentException("texts of this model begin with trained vectors already: "
                    + extended.tokens + "; tune = tensors(\"^" + name.substring(0, name.indexOf('.'))
                    + "\") trains them on");
        }
        ParameterSpace.Builder space = ParameterSpace.builder();
        family.space().tensors().forEach(tensor -> space.add(tensor.name(), tensor.shape()));
        return space;
    }

    /**
     * The vectors are trained, and what reads classes off, if anything does; nothing else.
     *
     * @param replaced whether {@code start} gives the start values of that too
     */
    public Parametrization trained(boolean replaced, Parametrization.Start start) {
        Parametrization.Builder trained = Parametrization.of(this);
        classifier().forEach(i -> trained.own(i, replaced));
        IntStream.range(base.space().tensors().size(), space.tensors().size()).forEach(trained::own);
        return trained.build(start);
    }

    /** Tensor {@code i} of those behind the family's own. */
    public ParameterSpace.Tensor added(int i) {
        return space.tensor(base.space().tensors().size() + i);
    }

    /** As many tokens, drawn from the whole vocabulary: what the vectors can be started from. */
    public int[] drawn(long seed) {
        float[] uniform = InitialWeights.uniform(seed, added(0), tokens);
        return IntStream.range(0, tokens)
                .map(i -> (int) ((uniform[i] + 1.0) / 2 * vocabulary()))
                .toArray();
    }

    @Override
    public int first() {
        return counted ? tokens : 0;
    }

    @Override
    public int lead() {
        return read ? tokens : 0;
    }

    @Override
    public int maxTokens() {
        return size().positions() - first();
    }

    /** Without the vectors. */
    @Override
    public Family withLayers(int layers) {
        return base.withLayers(layers);
    }

    @Override
    public Size size() {
        return base.size();
    }

    @Override
    public int hiddenStates() {
        return base.hiddenStates();
    }

    @Override
    public Program program(LinearKernel linear) {
        return base.program(linear);
    }

    @Override
    public boolean masked() {
        return base.masked();
    }

    @Override
    public List<String> labels() {
        return base.labels();
    }

    @Override
    public OptionalDouble begins(ParameterSpace.Tensor tensor) {
        return base.begins(tensor);
    }

    @Override
    public boolean transposed(ParameterSpace.Tensor tensor) {
        return base.transposed(tensor);
    }
}
