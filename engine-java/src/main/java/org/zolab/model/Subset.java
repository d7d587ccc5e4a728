package org.zolab.model;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Problems;

/** Some of a model's tensors, trained in the model's own memory; the others stay as they are. Nothing is copied. */
public sealed interface Subset extends Scope {

    /** Whether tensor {@code i} of {@code family} is trained. */
    boolean trains(Family family, int i);

    /** @throws IllegalArgumentException if not one tensor is trained */
    @Override
    default Parametrization of(Family family) {
        ParameterSpace space = family.space();
        Parametrization.Builder trained = Parametrization.of(family);
        int[] chosen = IntStream.range(0, space.tensors().size())
                .filter(i -> trains(family, i))
                .toArray();
        if (chosen.length == 0) {
            throw new IllegalArgumentException("tune = " + this + " trains no tensor of this model; its tensors are "
                    + "called as " + space.tensor(0).name() + " and "
                    + space.tensor(space.tensors().size() / 2).name());
        }
        IntStream.of(chosen).forEach(trained::own);
        return trained.build();
    }

    /** All tensors. */
    record Full() implements Subset {
        @Override
        public boolean trains(Family family, int i) {
            return true;
        }

        @Override
        public Parametrization of(Family family) {
            return Parametrization.full(family);
        }

        @Override
        public String toString() {
            return "full()";
        }
    }

    /**
     * All biases, those of norms included, and a head's {@code classifier} module, which is task-specific.
     *
     * <p>Reference: Ben Zaken et al., BitFit, arXiv 2106.10199.
     */
    record BitFit() implements Subset {
        @Override
        public boolean trains(Family family, int i) {
            return family.space().tensor(i).name().endsWith("bias")
                    || family.classifier().contains(i);
        }

        @Override
        public String toString() {
            return "bitFit()";
        }
    }

    /**
     * Everything after the last block: the final norm, a transform, a projection, biases, and the matrix of the logits unless it is the
     * embedding's, which the stages below read too. All blocks are computed once per batch.
     */
    record Top() implements Subset {
        @Override
        public boolean trains(Family family, int i) {
            List<ParameterSpace.Tensor> tensors = family.space().tensors();
            return tensors.subList(i, tensors.size()).stream().allMatch(tensor -> tensor.layer() < 0);
        }

        @Override
        public String toString() {
            return "head()";
        }
    }

    /**
     * Whole layers, counted from 0.
     *
     * @param first the first layer
     * @param last  the last layer, inclusive
     */
    record Layers(int first, int last) implements Subset {

        public Layers {
            new Problems()
                    .require(first >= 0, "the first of the layers is negative", first)
                    .require(last >= first, "the last of the layers is before the first, " + first, last)
                    .orThrow();
        }

        @Override
        public boolean trains(Family family, int i) {
            int layer = family.space().tensor(i).layer();
            return layer >= first && layer <= last;
        }

        @Override
        public Parametrization of(Family family) {
            int layers = family.size().layers();
            new Problems()
                    .require(last < layers, "layers are counted from 0 to " + (layers - 1) + " in this model", last)
                    .orThrow();
            return Subset.super.of(family);
        }

        @Override
        public String toString() {
            return "layers(" + first + ".." + last + ")";
        }
    }

    /**
     * Tensors selected by name.
     *
     * @param regex a regular expression that is searched for in their names
     */
    record Tensors(String regex) implements Subset {

        public Tensors {
            try {
                Pattern.compile(regex);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        "regex of tensors is not a regular expression: " + regex + " (" + e.getDescription() + ")", e);
            }
        }

        @Override
        public boolean trains(Family family, int i) {
            return Pattern.compile(regex)
                    .matcher(family.space().tensor(i).name())
                    .find();
        }

        @Override
        public String toString() {
            return "tensors(\"" + regex + "\")";
        }
    }
}
