package org.zolab.space;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A vector in parameter space, written as a formula: Σ cᵢ·noise(keyᵢ) + Σ aⱼ·vⱼ, each term weighted per tensor where a method needs it.
 *
 * <p>A direction holds a few numbers, whatever the size of the model. Sums and multiples of directions are directions, so a gradient
 * estimate, a guided direction and a draw from a learned policy all have this one type, and one kernel, the {@link Pass}, evaluates them.
 * Terms are added in order in single precision; each coefficient is rounded once.
 */
public record Direction(List<Term> terms) {

    /** The zero vector. */
    public static final Direction ZERO = new Direction(List.of());

    /** The vector that a term is a multiple of: drawn, kept, or an elementwise product of two. Equal sources have the same elements. */
    public sealed interface Source {}

    /** A noise vector, regenerated from its key wherever it is needed. */
    public record Drawn(NoiseKey key, Law law) implements Source {}

    /**
     * A stored vector, such as a learned mean or a momentum.
     *
     * @param version the vector's move count when this formula was written; once the vector moves on, evaluating the formula is an error
     */
    public record Kept(ParameterVector vector, long version) implements Source {}

    /** Another source multiplied element by element by a kept vector, such as a learned scale. */
    public record Scaled(Source source, Kept scale) implements Source {}

    /**
     * One summand: coefficient · weighting ⊙ source.
     *
     * @param source      the vector
     * @param weighting   factors per tensor, and possibly a choice of elements
     * @param coefficient a factor common to all elements
     */
    public record Term(Source source, Weighting weighting, double coefficient) {

        private record Likeness(Source source, Weighting weighting) {}

        /** A key shared by like terms, which differ in their coefficients only. */
        Object likeness() {
            return new Likeness(source, weighting);
        }

        void requireFresh() {
            requireFresh(source);
        }

        private static void requireFresh(Source source) {
            if (source instanceof Scaled scaled) {
                requireFresh(scaled.source());
                requireFresh(scaled.scale());
            } else if (source instanceof Kept kept && kept.vector().version() != kept.version()) {
                throw new IllegalStateException("a direction was written when its kept vector had moved "
                        + kept.version() + " times, and is evaluated after "
                        + kept.vector().version() + "; write it again");
            }
        }
    }

    public Direction {
        terms = List.copyOf(terms);
    }

    /** z ~ {@code law}, the vector of {@code key}. */
    public static Direction noise(NoiseKey key, Law law) {
        return of(new Drawn(key, law));
    }

    /** The vector {@code v} at its present version. */
    public static Direction of(ParameterVector v) {
        return of(new Kept(v, v.version()));
    }

    private static Direction of(Source source) {
        return new Direction(List.of(new Term(source, Weighting.ONE, 1)));
    }

    /** This direction plus {@code other}. Like terms are merged, and terms that cancel are dropped. */
    public Direction plus(Direction other) {
        Map<Object, Term> sum = new LinkedHashMap<>();
        terms.forEach(term -> sum.put(term.likeness(), term));
        other.terms.forEach(term -> sum.merge(
                term.likeness(),
                term,
                (a, b) -> new Term(a.source(), a.weighting(), a.coefficient() + b.coefficient())));
        return new Direction(
                sum.values().stream().filter(term -> term.coefficient() != 0).toList());
    }

    /** This direction minus {@code other}. */
    public Direction minus(Direction other) {
        return plus(other.times(-1));
    }

    /** This direction multiplied by {@code factor}. */
    public Direction times(double factor) {
        return new Direction(terms.stream()
                .map(term -> new Term(term.source(), term.weighting(), term.coefficient() * factor))
                .filter(term -> term.coefficient() != 0)
                .toList());
    }

    /** This direction with every element weighted. */
    public Direction times(Weighting weighting) {
        return new Direction(terms.stream()
                .map(term -> new Term(term.source(), term.weighting().times(weighting), term.coefficient()))
                .toList());
    }

    /** This direction multiplied element by element by {@code scale} at its present version. */
    public Direction times(ParameterVector scale) {
        Kept now = new Kept(scale, scale.version());
        return new Direction(terms.stream()
                .map(term -> new Term(new Scaled(term.source(), now), term.weighting(), term.coefficient()))
                .toList());
    }

    /** Whether this direction has a nonzero weight in tensor {@code i}; where it has not, none of it is drawn or read. */
    public boolean touches(int i) {
        return terms.stream().anyMatch(term -> term.weighting().at(i) != 0);
    }
}
