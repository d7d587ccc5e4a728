package org.zolab.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.zolab.estimator.Estimate;
import org.zolab.model.adapter.Lora;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.adapter.SoftPrompt;
import org.zolab.model.weights.Half;
import org.zolab.objective.DifferentiableLoss;
import org.zolab.objective.Score;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Isotropic;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Precision;
import org.zolab.space.Weighting;
import org.zolab.tensor.Arena;
import org.zolab.tensor.LinearKernel;
import org.zolab.train.Instrument.Moment;
import org.zolab.train.Instruments;
import org.zolab.update.Decayed;
import org.zolab.update.Sgd;

/** What holds for every family, on random weights. A family adds a subclass that gives it at a small size, for texts of 32 tokens. */
public abstract class FamilyContract {

    /** The family, small. */
    protected abstract Family family();

    /** Whether its losses have no kinks. */
    protected boolean smooth() {
        return true;
    }

    /** How it is computed. */
    protected Compute compute(LinearKernel linear, Precision precision, Precision theta) {
        return new Compute(linear, 2, precision, theta);
    }

    /** What puts four vectors before a text. */
    private static final List<Scope> BEFORE = List.of(Prefix.of(4, true), SoftPrompt.of(4));

    private LanguageModel model;
    private TokenBatch batch;

    private static Direction noise(int draw) {
        return Direction.noise(new NoiseKey(4, 2, draw), Law.GAUSSIAN);
    }

    @BeforeEach
    void open() {
        model = LanguageModel.withoutText(
                "random", family(), compute(LinearKernel.ONEDNN, Precision.FP32, Precision.FP32));
        model.parameters().move(noise(77), 0.2);
        Random random = new Random(8);
        List<int[]> rows = new ArrayList<>();
        List<TokenBatch.Scored> scored = new ArrayList<>();
        int vocabulary = model.family().vocabulary();
        for (int row = 0; row < 7; row++) {
            int length = row == 0 ? 32 : 1 + random.nextInt(32);
            rows.add(random.ints(length, 0, vocabulary).toArray());
            for (int i = 0; i < 3; i++) {
                scored.add(new TokenBatch.Scored(
                        row,
                        random.nextInt(length),
                        random.nextInt(model.family().outcomes())));
            }
        }
        batch = new TokenBatch(rows, scored);
    }

    @AfterEach
    void close() {
        model.close();
    }

    private float[] scores(TokenBatch batch, Point point) {
        try (PreparedBatch prepared = model.prepare(batch)) {
            return model.scores(List.of(point), prepared)[0];
        }
    }

    @Test
    void aDisplacedPointIsTheMovedParameters() {
        ParameterVector theta = model.parameters();
        float[] displaced = scores(batch, theta.along(noise(1), 1e-2));
        assertThat(displaced).isNotEqualTo(scores(batch, theta.here()));
        theta.move(noise(1), 1e-2);
        assertThat(scores(batch, theta.here())).containsExactly(displaced);
    }

    @Test
    void paddingIsNotSeen() {
        Point here = model.parameters().here();
        float[] whole = scores(batch, here);
        for (int i = 0; i < whole.length; i++) {
            TokenBatch.Scored scored = batch.scored().get(i);
            TokenBatch alone = new TokenBatch(
                    List.of(batch.rows().get(scored.row())),
                    List.of(new TokenBatch.Scored(0, scored.position(), scored.token())));
            assertThat(scores(alone, here)[0]).isCloseTo(whole[i], within(5e-5f));
        }
    }

    /** Prompts with options of one token and of several, one that repeats, one that is a part of another, and one that is longer with its options than a model takes, beside rows of their own. */
    @Test
    void rowsThatBeginAlikeAreComputedTogether() {
        Random random = new Random(9);
        List<int[]> rows = new ArrayList<>();
        List<TokenBatch.Scored> scored = new ArrayList<>();
        for (int[] lengths : new int[][] {
            {9, 5, 1, 3}, {12, 0, 0, 4, 2, 6}, {2, 8, 7}, {6, 0, 0}, {11, 2, 2, 1, 3, 9, 9, 9}, {27, 5, 4, 5, 3}
        }) {
            int[] prompt =
                    random.ints(lengths[0], 0, model.family().vocabulary()).toArray();
            for (int option = 1; option < lengths.length; option++) {
                int[] own = random.ints(lengths[option], 0, model.family().vocabulary())
                        .toArray();
                int[] row = IntStream.concat(Arrays.stream(prompt), Arrays.stream(own))
                        .toArray();
                for (int position : new int[] {0, prompt.length - 1, row.length - 1}) {
                    scored.add(new TokenBatch.Scored(
                            rows.size(), position, random.nextInt(model.family().outcomes())));
                }
                rows.add(row);
            }
        }
        TokenBatch options = new TokenBatch(rows, scored);
        BEFORE.forEach(scope -> equalAlone(model.tuned(scope, 7), options));
        equalAlone(model, options);
        try (PreparedBatch prepared = model.prepare(options);
                LanguageModel narrow = copy(Precision.BF16, Precision.FP32)) {
            float[] single = model.scores(List.of(model.parameters().here()), prepared)[0];
            float[] rounded = narrow.scores(List.of(narrow.parameters().here()), prepared)[0];
            assertThat(farthest(rounded, single)).isBetween(1e-4, 0.3);
            int bundles = prepared.shards().stream()
                    .mapToInt(shard -> shard.rows().length)
                    .sum();
            assertThat(bundles).isEqualTo(model.family().masked() ? 23 : 8);
            if (!model.family().masked()) {
                assertThat(prepared.states()).isLessThan(options.tokens());
            }
        }
    }

    /** Scores and a gradient are those of the rows one by one. */
    private static void equalAlone(LanguageModel model, TokenBatch batch) {
        ParameterVector theta = model.parameters();
        ParameterVector gradient = theta.zeros();
        ParameterVector sum = theta.zeros();
        ParameterVector one = theta.zeros();
        try (PreparedBatch prepared = model.prepare(batch)) {
            float[] together = model.scores(List.of(theta.here()), prepared)[0];
            for (int row = 0; row < batch.rows().size(); row++) {
                int its = row;
                int[] entries = IntStream.range(0, together.length)
                        .filter(i -> batch.scored().get(i).row() == its)
                        .toArray();
                TokenBatch alone = new TokenBatch(
                        List.of(batch.rows().get(row)),
                        Arrays.stream(entries)
                                .mapToObj(i -> batch.scored().get(i))
                                .map(each -> new TokenBatch.Scored(0, each.position(), each.token()))
                                .toList());
                try (PreparedBatch single = model.prepare(alone)) {
                    float[] y = model.scores(List.of(theta.here()), single)[0];
                    for (int i = 0; i < y.length; i++) {
                        assertThat(y[i]).isCloseTo(together[entries[i]], within(5e-5f));
                    }
                    model.gradient(theta.here(), single, BackwardTest.SQUARES, one);
                    sum.move(Direction.of(one), 1.0 / batch.rows().size()); // it is a mean over entries
                }
            }
            model.gradient(theta.here(), prepared, BackwardTest.SQUARES, gradient);
        }
        double norm = Fold.norm(theta, Direction.of(sum));
        assertThat(norm).isPositive();
        assertThat(Fold.norm(theta, Direction.of(gradient).minus(Direction.of(sum))))
                .isLessThan(1e-4 * norm);
    }

    /** A direction's slope by the gradient is that of a central difference, and every tensor has a share in it. */
    @Test
    void aGradientTellsSlopes() {
        ParameterVector theta = model.parameters();
        ParameterVector gradient = theta.zeros();
        try (PreparedBatch prepared = model.prepare(batch)) {
            double f = model.gradient(theta.here(), prepared, BackwardTest.SQUARES, gradient);
            assertThat(f).isCloseTo(BackwardTest.SQUARES.value(scores(batch, theta.here())), within(1e-5 * f));
            double norm = Fold.norm(theta, Direction.of(gradient));
            for (int i = 0; i < 3; i++) {
                List<Point> both = List.of(theta.along(noise(i), 1e-3), theta.along(noise(i), -1e-3));
                float[][] y = model.scores(both, prepared);
                double slope = (BackwardTest.SQUARES.value(y[0]) - BackwardTest.SQUARES.value(y[1])) / 2e-3;
                assertThat(Fold.product(theta, Direction.of(gradient), noise(i)))
                        .isCloseTo(slope, within(0.05 * norm));
            }
        }
        for (int t = 0; t < theta.space().tensors().size(); t++) {
            float[] values = new float[theta.space().tensor(t).size()];
            gradient.storage().read(t, 0, values, 0, values.length);
            assertThat(IntStream.range(0, values.length).anyMatch(i -> values[i] != 0))
                    .as(theta.space().tensor(t).name())
                    .isTrue();
        }
    }

    /** ⟨u, Hv⟩ = ⟨v, Hu⟩, and without kinks Hv is how the gradient changes along v. */
    @Test
    void theHessianIsSymmetricAndTheChangeOfTheGradient() {
        ParameterVector theta = model.parameters();
        ParameterVector hu = theta.zeros();
        ParameterVector hv = theta.zeros();
        ParameterVector ahead = theta.zeros();
        ParameterVector behind = theta.zeros();
        try (PreparedBatch prepared = model.prepare(batch)) {
            model.hessianProduct(theta.here(), prepared, BackwardTest.SQUARES, noise(3), hu);
            model.hessianProduct(theta.here(), prepared, BackwardTest.SQUARES, noise(4), hv);
            model.gradient(theta.along(noise(3), 1e-4), prepared, BackwardTest.SQUARES, ahead);
            model.gradient(theta.along(noise(3), -1e-4), prepared, BackwardTest.SQUARES, behind);
        }
        double norm = Fold.norm(theta, Direction.of(hu));
        assertThat(Fold.product(theta, noise(4), Direction.of(hu)))
                .isCloseTo(Fold.product(theta, noise(3), Direction.of(hv)), within(1e-3 * norm));
        Direction change = Direction.of(ahead).minus(Direction.of(behind)).times(1 / 2e-4);
        if (smooth()) {
            assertThat(Fold.norm(theta, change.minus(Direction.of(hu)))).isLessThan(0.05 * norm);
        }
    }

    @Test
    void goesOnWithTheLikeliestTokensTheSameInAnyCompany() {
        List<int[]> prompts = new ArrayList<>(batch.rows().subList(1, 7));
        prompts.addAll(batch.rows().subList(1, 7));
        Generation settings = Generation.greedy(6).beyondEos();
        ParameterVector theta = model.parameters();
        if (model.family().masked()) {
            assertThatThrownBy(() -> model.generateTokens(theta.here(), prompts, settings))
                    .hasMessageMatching("random (fills gaps|tells classes apart) and does not go on with a text;"
                            + " take a model such as opt or qwen");
            return;
        }
        whatWasReadIsKept(model);
        for (Scope scope : BEFORE) {
            try (LanguageModel with = model.tuned(scope, 7).merged()) {
                whatWasReadIsKept(with);
            }
        }
        List<int[]> together = model.generateTokens(theta.here(), prompts, settings);
        areLikeliest(model, prompts, together);
        for (int row = 0; row < prompts.size(); row++) {
            assertThat(model.generateTokens(theta.here(), List.of(prompts.get(row)), settings)
                            .get(0))
                    .containsExactly(together.get(row));
        }
        assertThat(together.get(0)).hasSize(6);
        Point point = theta.along(noise(5), 0.05);
        List<int[]> displaced = model.generateTokens(point, prompts, settings);
        theta.move(noise(5), 0.05);
        assertThat(model.generateTokens(theta.here(), prompts, settings)).containsExactlyElementsOf(displaced);
        assertThat(displaced).isNotEqualTo(together);
        LanguageModel tuned = model.tuned(Lora.of(3, 5, linearLayers()), 11);
        tuned.parameters().move(noise(6), 0.3);
        List<int[]> merged = tuned.generateTokens(tuned.parameters().here(), prompts, settings);
        areLikeliest(tuned, prompts, merged);
        assertThat(merged).isNotEqualTo(displaced);
    }

    private static void areLikeliest(LanguageModel model, List<int[]> prompts, List<int[]> added) {
        int vocabulary = model.family().vocabulary();
        for (int row = 0; row < prompts.size(); row++) {
            int length = prompts.get(row).length;
            int[] all = IntStream.concat(Arrays.stream(prompts.get(row)), Arrays.stream(added.get(row)))
                    .toArray();
            float[] logits = model.representations()
                    .trace(model.parameters().here(), List.of(all))
                    .logits()[0];
            for (int i = length; i < all.length; i++) {
                float[] next = Arrays.copyOfRange(logits, (i - 1) * vocabulary, i * vocabulary);
                float chosen = next[all[i]];
                Arrays.sort(next);
                assertThat(chosen).isCloseTo(next[vocabulary - 1], within(1e-4f));
            }
        }
    }

    /** A text that is read piece by piece has the logits of one that is read at once. */
    private void whatWasReadIsKept(LanguageModel model) {
        int[] text = batch.rows().get(0);
        int[] ends = {5, 6, 7, 19, 20, text.length};
        Family family = model.family();
        float[] whole = model.representations()
                .trace(model.parameters().here(), List.of(text))
                .logits()[0];
        try (Arena arena = new Arena();
                Forward forward = new Forward(
                        family,
                        model.parameters(),
                        Parametrization.full(family),
                        model.parameters(),
                        compute(LinearKernel.ONEDNN, Precision.FP32, Precision.FP32),
                        arena);
                Past start = Past.start(family, arena)) {
            Past past = start;
            for (int end : ends) {
                int[] piece = Arrays.copyOfRange(text, past.next() - family.first(), end);
                TokenBatch more =
                        new TokenBatch(List.of(piece), List.of(new TokenBatch.Scored(0, piece.length - 1, 0)));
                float[] expected =
                        Arrays.copyOfRange(whole, (end - 1) * family.vocabulary(), end * family.vocabulary());
                try (PreparedBatch prepared = new PreparedBatch(more, List.of(past), arena)) {
                    forward.evaluate(
                            List.of(model.parameters().here()), prepared, null, (p, shard, state) -> assertThat(
                                            arena.toArray(state.logits()))
                                    .containsExactly(expected, within(5e-5f)));
                }
                past = past.and(piece.length);
            }
        }
    }

    @Test
    void theLongestTextIsTheLastThatIsTaken() {
        int longest = model.family().maxTokens();
        TokenBatch whole = new TokenBatch(List.of(new int[longest]), List.of(new TokenBatch.Scored(0, longest - 1, 1)));
        assertThat(scores(whole, model.parameters().here())[0]).isFinite();
    }

    @Test
    void everyBlockIsALayer() {
        ParameterVector theta = model.parameters();
        assertThat(theta.space().tensors().stream().map(ParameterSpace.Tensor::layer))
                .hasSameElementsAs(IntStream.range(-1, model.family().size().layers())
                        .boxed()
                        .toList());
        Moment step = new Moment(
                theta,
                new Known(),
                List.of(),
                new Estimate(Direction.ZERO, List.of(), List.of()),
                new Isotropic.Config(DirectionLaw.GAUSSIAN).create(theta),
                1,
                1);
        assertThat(Instruments.energy().read(step))
                .hasSize(model.family().size().layers() + 1)
                .containsKeys("energy: layer 0", "energy: the rest");
    }

    /** A loss of which nothing but its gradient is known. */
    private record Known() implements DifferentiableLoss {
        @Override
        public double gradient(Point point, ParameterVector gradient) {
            gradient.move(noise(1), 1);
            return 0;
        }

        @Override
        public List<Score> scores(List<Point> points) {
            throw new AssertionError("asked for");
        }

        @Override
        public void hessianProduct(Point point, Direction v, ParameterVector product) {
            throw new AssertionError("asked for");
        }

        @Override
        public int terms() {
            return 1;
        }

        @Override
        public void close() {}
    }

    /** What decays is what has more than one dimension. */
    @Test
    void decayLeavesBiasesAndNormsAlone() {
        ParameterVector theta = model.parameters();
        float[] before = theta.here().coordinates();
        new Decayed(new Sgd(), 0.5).create(theta).apply(theta, Direction.ZERO, 0.1);
        float[] after = theta.here().coordinates();
        for (ParameterSpace.Tensor tensor : theta.space().tensors()) {
            int from = (int) tensor.offset();
            int to = from + tensor.size();
            assertThat(Arrays.equals(before, from, to, after, from, to))
                    .as(tensor.name())
                    .isEqualTo(tensor.shape().size() == 1);
        }
    }

    @Test
    void aFamilyCutDownHasItsFirstBlocks() {
        Family cut = model.family().withLayers(1);
        int less = model.family().size().layers() - 1;
        assertThat(less).isPositive();
        assertThat(cut.stages()).hasSize(model.family().stages().size() - less);
        assertThat(names(model.family())).containsAll(names(cut));
        assertThat(cut.size().vocabulary()).isEqualTo(model.family().size().vocabulary());
    }

    private static List<String> names(Family family) {
        return family.space().tensors().stream()
                .map(tensor -> tensor.name() + tensor.shape())
                .toList();
    }

    private static final List<Scope> IN_PRECISIONS =
            List.of(new Subset.Full(), new Subset.Layers(1, 1), Lora.of(3, 5, List.of()));

    /**
     * Weights that bf16 has are the same wherever they are kept: equal bits of every loss, equal texts, whatever is
     * trained. Products in bf16 differ from single precision, by its steps; a point has the same bits in any company, and θ keeps its own.
     */
    @Test
    void precisionsDifferByRoundingAlone() {
        ParameterVector theta = model.parameters();
        theta.set((tensor, values) -> {
            for (int i = 0; i < tensor.size() && tensor.shape().size() > 1; i++) {
                values.put(i, Half.fromBf16(Half.toBf16(values.get(i))));
            }
        });
        float[] single = scores(batch, theta.here());
        for (Precision precision : Precision.values()) {
            try (LanguageModel wide = copy(precision, Precision.FP32);
                    LanguageModel narrow = copy(precision, Precision.BF16)) {
                for (Scope scope : IN_PRECISIONS) {
                    float[][] y = inAnyCompany(wide.tuned(scope, 3));
                    float[][] kept = inAnyCompany(narrow.tuned(scope, 3));
                    assertThat(Arrays.copyOf(kept, 3)).isDeepEqualTo(Arrays.copyOf(y, 3));
                    assertThat(kept[3]).containsExactly(y[3], within(1e-3f));
                    assertThat(farthest(y[0], single))
                            .isBetween(
                                    precision == Precision.FP32 ? 0 : 1e-4, precision == Precision.FP32 ? 2e-5 : 0.3);
                }
                if (!model.family().masked()) {
                    List<int[]> prompts = batch.rows().subList(1, 4);
                    Generation settings = Generation.greedy(5).beyondEos();
                    assertThat(narrow.generateTokens(narrow.parameters().here(), prompts, settings))
                            .containsExactlyElementsOf(
                                    wide.generateTokens(wide.parameters().here(), prompts, settings));
                }
            }
        }
    }

    /** With vectors before texts, too: what a forward writes in bf16 is what generating writes once. */
    @Test
    void aStageMultipliesByWhatItsPiecesSay() {
        List<Scope> scopes = List.of(new Subset.Full(), Prefix.of(2, true), SoftPrompt.of(2));
        for (Scope scope : scopes) {
            Family family = scope.of(model.family()).family();
            try (LanguageModel tuned = copy(Precision.FP32, Precision.FP32).tuned(scope, 3);
                    PreparedBatch prepared = tuned.prepare(batch)) {
                int matrices = 0;
                for (Stage stage : family.stages()) {
                    int[] said = stage.weights(prepared).stream()
                            .filter(Stage.Piece::linear)
                            .flatMap(piece -> piece.slices().stream())
                            .mapToInt(Stage.Slice::tensor)
                            .toArray();
                    assertThat(stage.linear().toArray()).containsExactly(said);
                    matrices += said.length;
                }
                assertThat(matrices).isGreaterThanOrEqualTo(4 * family.size().layers());
            }
        }
    }

    private static double farthest(float[] y, float[] other) {
        return IntStream.range(0, y.length)
                .mapToDouble(i -> Math.abs(y[i] - other[i]))
                .max()
                .orElseThrow();
    }

    private LanguageModel copy(Precision precision, Precision kept) {
        ParameterVector theta = model.parameters();
        Compute compute = compute(LinearKernel.ATEN, precision, kept);
        return new LanguageModel(
                "copy",
                model.family(),
                null,
                compute,
                (tensor, into) ->
                        into.copy(theta.storage().lanes(theta.space().indexOf(tensor.name())), 0, 0, tensor.size()));
    }

    /** Losses at three points, which are asked together and one by one, and a gradient. */
    private float[][] inAnyCompany(LanguageModel tuned) {
        ParameterVector own = tuned.parameters();
        long before = own.fingerprint();
        List<Point> points = List.of(own.here(), own.along(noise(1), 1e-2), own.along(noise(1), -1e-2));
        float[][] y = new float[points.size() + 1][];
        ParameterVector gradient = own.zeros();
        try (PreparedBatch prepared = tuned.prepare(batch)) {
            float[][] together = tuned.scores(points, prepared);
            for (int p = 0; p < points.size(); p++) {
                y[p] = tuned.scores(List.of(points.get(p)), prepared)[0];
                assertThat(together[p]).containsExactly(y[p]);
            }
            tuned.gradient(points.get(1), prepared, BackwardTest.SQUARES, gradient);
        }
        assertThat(own.fingerprint()).isEqualTo(before);
        assertThat(y[1]).isNotEqualTo(y[2]);
        y[points.size()] = gradient.here().coordinates();
        return y;
    }

    private static final List<Scope> SCOPES = List.of(
            new Subset.Top(),
            new Subset.Layers(1, 1),
            new Subset.Tensors("norm|ln_|LayerNorm"),
            new Subset.Tensors("embed|wte"));

    /** With what lies below computed once: the bits of the whole model displaced in these tensors alone, point by point. */
    @Test
    void aSubsetIsTheModelDisplacedInItAlone() {
        ParameterVector theta = model.parameters();
        ParameterSpace.Tensor last =
                theta.space().tensor(theta.space().tensors().size() - 1);
        for (Scope scope : SCOPES) {
            if (scope instanceof Subset.Top && last.name().matches(".*\\.\\d+\\..*")) {
                assertThatThrownBy(() -> model.tuned(scope, 0))
                        .hasMessageContaining("tune = head() trains no tensor of this model");
                continue;
            }
            LanguageModel tuned = model.tuned(scope, 0);
            ParameterVector own = tuned.parameters();
            assertThat(own.space().dimension()).isBetween(1L, theta.space().dimension() - 1);
            List<String> names = own.space().tensors().stream()
                    .map(ParameterSpace.Tensor::name)
                    .toList();
            Weighting chosen = Weighting.of(
                    theta.space(), i -> names.contains(theta.space().tensor(i).name()) ? 1 : 0);
            try (PreparedBatch prepared = model.prepare(batch)) {
                List<Point> points = List.of(own.along(noise(1), 1e-2), own.here(), own.along(noise(1), -1e-2));
                float[][] y = tuned.scores(points, prepared);
                for (int p = 0; p < points.size(); p++) {
                    assertThat(scores(
                                    batch,
                                    theta.along(
                                            noise(1).times(chosen),
                                            points.get(p).distance())))
                            .containsExactly(y[p]);
                }
                ParameterVector gradient = own.zeros();
                ParameterVector whole = theta.zeros();
                tuned.gradient(own.here(), prepared, BackwardTest.SQUARES, gradient);
                model.gradient(theta.here(), prepared, BackwardTest.SQUARES, whole);
                Direction rest = Direction.of(whole).times(chosen);
                double slope = Fold.product(theta, rest, noise(2));
                assertThat(Fold.product(own, Direction.of(gradient), noise(2)))
                        .isCloseTo(slope, within(1e-4 * Fold.norm(theta, rest)));
            }
        }
    }

    /** A product of low rank on every linear layer, or on some: scores of the model that has it merged, bit for bit. */
    @Test
    void lowRankProductsAreWhatTheirMergedModelIs() {
        for (List<String> on : List.of(List.<String>of(), linearLayers())) {
            LanguageModel tuned = model.tuned(Lora.of(3, 5, on), 11);
            ParameterVector own = tuned.parameters();
            float[] before = scores(batch, model.parameters().here());
            try (PreparedBatch prepared = tuned.prepare(batch)) {
                assertThat(tuned.scores(List.of(own.here()), prepared)[0]).containsExactly(before);
                own.move(noise(5), 0.2);
                float[][] y = tuned.scores(List.of(own.along(noise(1), 1e-2), own.here()), prepared);
                assertThat(y[0]).isNotEqualTo(y[1]);
                own.move(noise(1), 1e-2);
                assertThat(tuned.scores(List.of(own.here()), prepared)[0]).containsExactly(y[0]);
                try (LanguageModel merged = tuned.merged()) {
                    assertThat(merged.scores(List.of(merged.parameters().here()), prepared)[0])
                            .containsExactly(y[0]);
                }
            }
            if (model.family().classifier().isEmpty()) { // which would be trained in the model's own memory
                assertThat(scores(batch, model.parameters().here())).containsExactly(before);
            }
        }
    }

    /** The last parts of the names of all linear layers, as the refusal of a wrong one lists them. */
    private List<String> linearLayers() {
        try {
            Lora.of(3, 5, List.of("nowhere")).of(model.family());
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("names no linear layer of this model: nowhere; there are ");
            return List.of(e.getMessage().replaceFirst(".*there are ", "").split(", "));
        }
        throw new AssertionError("a layer that is not there was found");
    }

    /** What begins as drawn tokens is a text that begins with them; but a token that sees what comes after it has other keys then. */
    @Test
    void vectorsBeforeATextBeginAsTheTokensTheyStandFor() {
        for (Scope scope : BEFORE) {
            LanguageModel tuned = model.tuned(scope, 7);
            int[] drawn = ((Extended) tuned.family()).drawn(7);
            assertThat(IntStream.of(drawn).distinct().count()).isGreaterThan(2);
            List<int[]> whole = batch.rows().stream()
                    .map(text -> IntStream.concat(Arrays.stream(drawn), Arrays.stream(text))
                            .toArray())
                    .toList();
            Representations.Trace found =
                    tuned.representations().trace(tuned.parameters().here(), batch.rows());
            Representations.Trace expected =
                    model.representations().trace(model.parameters().here(), whole);
            Representations.Trace plain =
                    model.representations().trace(model.parameters().here(), batch.rows());
            boolean equal = !(scope instanceof Prefix && model.family().masked());
            for (int row = 0; row < whole.size(); row++) {
                assertThat(Arrays.equals(found.logits()[row], plain.logits()[row]))
                        .isFalse();
                if (equal) {
                    isTheEndOf(expected.logits()[row], found.logits()[row]);
                    for (int i = 0; i < found.hidden().size(); i++) {
                        isTheEndOf(expected.hidden().get(i)[row], found.hidden().get(i)[row]);
                    }
                }
            }
        }
    }

    private static void isTheEndOf(float[] whole, float[] end) {
        int from = whole.length - end.length;
        assertThat(IntStream.range(0, end.length)
                        .mapToDouble(i -> Math.abs(whole[from + i] - end[i]))
                        .max()
                        .orElseThrow())
                .isLessThan(1e-4);
    }

    /** Every point has vectors of its own, padding is not seen, and texts go on from them. */
    @Test
    void vectorsBeforeATextAreThoseOfThePoint() {
        List<int[]> prompts = batch.rows().subList(1, 7);
        Generation settings = Generation.greedy(4).beyondEos();
        for (Scope scope : BEFORE) {
            LanguageModel tuned = model.tuned(scope, 7);
            ParameterVector own = tuned.parameters();
            List<Point> points = List.of(own.along(noise(1), 0.3), own.here(), own.along(noise(1), -0.3));
            float[][] y;
            try (PreparedBatch prepared = tuned.prepare(batch)) {
                y = tuned.scores(points, prepared);
            }
            List<int[]> ahead =
                    model.family().masked() ? List.of() : tuned.generateTokens(points.get(0), prompts, settings);
            own.move(noise(1), 0.3);
            try (PreparedBatch prepared = tuned.prepare(batch)) {
                assertThat(tuned.scores(List.of(own.here()), prepared)[0])
                        .containsExactly(y[0])
                        .isNotEqualTo(y[1]);
                try (LanguageModel merged = tuned.merged()) {
                    assertThat(merged.scores(List.of(merged.parameters().here()), prepared)[0])
                            .containsExactly(y[0]);
                }
            }
            TokenBatch.Scored scored = batch.scored().get(5);
            TokenBatch alone = new TokenBatch(
                    List.of(batch.rows().get(scored.row())),
                    List.of(new TokenBatch.Scored(0, scored.position(), scored.token())));
            try (PreparedBatch prepared = tuned.prepare(alone)) {
                assertThat(tuned.scores(List.of(own.here()), prepared)[0][0]).isCloseTo(y[0][5], within(5e-5f));
            }
            if (!model.family().masked()) {
                assertThat(tuned.generateTokens(own.here(), prompts, settings)).containsExactlyElementsOf(ahead);
                areLikeliest(tuned, prompts, ahead);
            }
            assertThatThrownBy(() -> tuned.tuned(scope, 0))
                    .hasMessageStartingWith(
                            "texts of this model begin with trained vectors already: 4; tune = tensors(\"^");
        }
    }

    @Test
    void derivativesAreByWhatIsTrained() {
        derivatives(model.tuned(Lora.of(3, 5, linearLayers()), 11), 1e-3);
        BEFORE.forEach(scope -> derivatives(model.tuned(scope, 11), 5e-3)); // their share in a loss is small
    }

    private void derivatives(LanguageModel tuned, double distance) {
        ParameterVector theta = tuned.parameters();
        theta.move(noise(5), 0.1);
        ParameterVector hu = theta.zeros();
        ParameterVector hv = theta.zeros();
        ParameterVector ahead = theta.zeros();
        ParameterVector behind = theta.zeros();
        try (PreparedBatch prepared = tuned.prepare(batch)) {
            tuned.gradient(theta.here(), prepared, BackwardTest.SQUARES, hu);
            double norm = Fold.norm(theta, Direction.of(hu));
            for (int i = 0; i < 3; i++) {
                List<Point> both = List.of(theta.along(noise(i), distance), theta.along(noise(i), -distance));
                float[][] y = tuned.scores(both, prepared);
                double slope = (BackwardTest.SQUARES.value(y[0]) - BackwardTest.SQUARES.value(y[1])) / (2 * distance);
                assertThat(Fold.product(theta, Direction.of(hu), noise(i))).isCloseTo(slope, within(0.05 * norm));
            }
            tuned.hessianProduct(theta.here(), prepared, BackwardTest.SQUARES, noise(3), hu);
            tuned.hessianProduct(theta.here(), prepared, BackwardTest.SQUARES, noise(4), hv);
            tuned.gradient(theta.along(noise(3), 1e-4), prepared, BackwardTest.SQUARES, ahead);
            tuned.gradient(theta.along(noise(3), -1e-4), prepared, BackwardTest.SQUARES, behind);
        }
        double norm = Fold.norm(theta, Direction.of(hu));
        assertThat(Fold.product(theta, noise(4), Direction.of(hu)))
                .isCloseTo(Fold.product(theta, noise(3), Direction.of(hv)), within(1e-4 * norm));
        if (smooth()) {
            Direction change = Direction.of(ahead).minus(Direction.of(behind)).times(1 / 2e-4);
            assertThat(Fold.norm(theta, change.minus(Direction.of(hu)))).isLessThan(0.02 * norm);
        }
    }
}
