package org.zolab.model;

import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Problems;

/** Some of a model's tensors, trained in its own memory; the others stay as they are. No copy of anything. */
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
     * All biases, those of norms included, and what a head of classes reads them off by, its module {@code classifier}, which is task-specific.
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
     * What lies behind the last block and is read nowhere else: the final norm, a transform, a projection, biases, and the matrix of the
     * logits unless it is the embedding's, which belongs to what lies below too. All blocks are computed once for a batch.
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
     * @param first the first of them
     * @param last  and the last
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
     * Tensors by name.
     *
     * @param regex is found in their names
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
