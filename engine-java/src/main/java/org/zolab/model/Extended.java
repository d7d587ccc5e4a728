package org.zolab.model;

import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.zolab.space.InitialWeights;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;

/**
 * A family with trained vectors in place of tokens at the beginning of every text: their tensors follow the family's own, and its stages
 * read them.
 *
 * @param base    the family without the vectors
 * @param space   the family's tensors, followed by those of the vectors
 * @param stages  the stages, as many as the family has
 * @param tokens  how many tokens the vectors stand for
 * @param counted whether a text's positions continue after them; otherwise they start at 0
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

    /** A builder that already holds the tensors of {@code family}; throws {@link IllegalArgumentException} if the family is already extended. */
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
     * Trains the vectors and, if there is one, the classifier; nothing else.
     *
     * @param replaced whether {@code start} also provides the classifier's start values
     */
    public Parametrization trained(boolean replaced, Parametrization.Start start) {
        Parametrization.Builder trained = Parametrization.of(this);
        classifier().forEach(i -> trained.own(i, replaced));
        IntStream.range(base.space().tensors().size(), space.tensors().size()).forEach(trained::own);
        return trained.build(start);
    }

    /** Tensor {@code i} of those that follow the family's own. */
    public ParameterSpace.Tensor added(int i) {
        return space.tensor(base.space().tensors().size() + i);
    }

    /** As many tokens, drawn from the whole vocabulary, from which the vectors can be initialised. */
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

    /** The family without the vectors, with this many blocks. */
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
