package org.zolab.space;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A vector of the parameter space, written as a formula: Σ cᵢ·noise(keyᵢ) + Σ aⱼ·vⱼ.
 *
 * <p>A direction holds a few numbers, whatever the size of the model. Sums and multiples of directions are directions, so a
 * gradient estimate, a guided direction and a draw from a learned policy are all of this one type, and one kernel, the
 * {@link Pass}, evaluates them. Terms are added in their order, in single precision, coefficients rounded once.
 */
public record Direction(List<Term> terms) {

    /** The zero vector. */
    public static final Direction ZERO = new Direction(List.of());

    /** One summand: a coefficient times a vector, which is drawn or kept. */
    public sealed interface Term {
        /** What is summed; two terms with equal sources are alike. */
        Object source();

        /** How often. */
        double coefficient();

        /** The same term with another coefficient. */
        Term with(double coefficient);
    }

    /** c·z with z drawn from its key, wherever it is needed. */
    public record Drawn(NoiseKey key, Law law, double coefficient) implements Term {
        private record Source(NoiseKey key, Law law) {}

        @Override
        public Object source() {
            return new Source(key, law);
        }

        @Override
        public Drawn with(double coefficient) {
            return new Drawn(key, law, coefficient);
        }
    }

    /**
     * a·v for a vector that is kept, such as a learned mean or a momentum.
     *
     * @param version how often v had moved when this was written; once v moves on, the formula refuses to be evaluated
     */
    public record Kept(ParameterVector vector, long version, double coefficient) implements Term {
        private record Source(ParameterVector vector, long version) {}

        @Override
        public Object source() {
            return new Source(vector, version);
        }

        @Override
        public Kept with(double coefficient) {
            return new Kept(vector, version, coefficient);
        }

        void requireFresh() {
            if (vector.version() != version) {
                throw new IllegalStateException("a direction was written when its kept vector had moved " + version
                        + " times, and is evaluated after " + vector.version() + "; write it again");
            }
        }
    }

    public Direction {
        terms = List.copyOf(terms);
    }

    /** z ~ {@code law}, the vector of {@code key}. */
    public static Direction noise(NoiseKey key, Law law) {
        return new Direction(List.of(new Drawn(key, law, 1)));
    }

    /** The vector {@code v} as it is now. */
    public static Direction of(ParameterVector v) {
        return new Direction(List.of(new Kept(v, v.version(), 1)));
    }

    /** This direction plus {@code other}. Like terms merge, and what cancels is gone. */
    public Direction plus(Direction other) {
        Map<Object, Term> sum = new LinkedHashMap<>();
        terms.forEach(term -> sum.put(term.source(), term));
        other.terms.forEach(
                term -> sum.merge(term.source(), term, (a, b) -> a.with(a.coefficient() + b.coefficient())));
        return new Direction(
                sum.values().stream().filter(term -> term.coefficient() != 0).toList());
    }

    /** This direction minus {@code other}. */
    public Direction minus(Direction other) {
        return plus(other.times(-1));
    }

    /** This direction, {@code factor} times as long. */
    public Direction times(double factor) {
        return new Direction(terms.stream()
                .map(term -> term.with(term.coefficient() * factor))
                .filter(term -> term.coefficient() != 0)
                .toList());
    }
}
