package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.estimator.Antithetic;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.Clipped;
import org.zolab.estimator.ForwardGradient;
import org.zolab.estimator.GradientEstimator;
import org.zolab.estimator.GuidedDifference;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.estimator.OneSided;
import org.zolab.estimator.Standardised;
import org.zolab.estimator.ThreePoint;
import org.zolab.model.Compute;
import org.zolab.model.ModelSource;
import org.zolab.model.Scope;
import org.zolab.model.Subset;
import org.zolab.model.adapter.Lora;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.adapter.SoftPrompt;
import org.zolab.model.families.Models;
import org.zolab.objective.Toys;
import org.zolab.sampler.Cone;
import org.zolab.sampler.CoordinateBlocks;
import org.zolab.sampler.CurvatureScaled;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Energy;
import org.zolab.sampler.FixedFactors;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.KeepsBest;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.LearnedScales;
import org.zolab.sampler.LowRankProduct;
import org.zolab.sampler.MeanStart;
import org.zolab.sampler.SamplerConfig;
import org.zolab.sampler.ScaleNets;
import org.zolab.sampler.ScaleSource;
import org.zolab.sampler.SmallWeights;
import org.zolab.sampler.SomeLayers;
import org.zolab.sampler.SomeTensors;
import org.zolab.sampler.Sphere;
import org.zolab.sampler.Subspace;
import org.zolab.space.Law;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;
import org.zolab.task.Example;
import org.zolab.task.GivenTask;
import org.zolab.task.Kind;
import org.zolab.task.Pieces;
import org.zolab.task.Split;
import org.zolab.task.Task;
import org.zolab.tensor.Device;
import org.zolab.tensor.LinearKernel;
import org.zolab.update.AdaMM;
import org.zolab.update.Adam;
import org.zolab.update.AdaptiveRate;
import org.zolab.update.Conservative;
import org.zolab.update.Decayed;
import org.zolab.update.Falling;
import org.zolab.update.Momentum;
import org.zolab.update.Muon;
import org.zolab.update.RuleConfig;
import org.zolab.update.Schedule;
import org.zolab.update.Sgd;
import org.zolab.update.Sign;
import org.zolab.update.TruncatedAdam;

/** A plan is its words: another value of any setting, and other contents of any file, are other words. */
class WordsTest {

    /** What a plan is made of. */
    private static final List<Class<?>> PARTS = List.of(
            SamplerConfig.class,
            DirectionLaw.class,
            MeanStart.class,
            Energy.class,
            ScaleSource.class,
            GradientEstimator.class,
            RuleConfig.class,
            Schedule.class,
            Scope.class,
            Subject.class);

    /** What is measured, where it is kept and what is said of it changes no number of a run. */
    private static final Set<String> OUTSIDE = Set.of("instruments", "folder", "notes");

    private static final Path MODELS = Path.of("..", "integration-tests", "goldens", "models");
    private static final DirectionLaw SIGNS = DirectionLaw.RADEMACHER;
    private static final ParameterSpace SPACE = ParameterSpace.flat(3);
    private static final Example EXAMPLE = new Example("It is", List.of(" good", " bad"), 0);
    private static final Compute COMPUTE = new Compute(LinearKernel.ATEN, 1);

    private static final LanguageSubject SUBJECT = new LanguageSubject(
            Models.opt("nano"), new Subset.Full(), FineTunerTest.TINY, Loss.OPTIONS, 16, 500, 1000, 64, COMPUTE);

    private static final Plan PLAN = new Plan(
            "named",
            SUBJECT,
            new Isotropic.Config(SIGNS),
            new CentralDifference(1e-3),
            new Sgd(),
            1e-3,
            new Falling(Falling.Shape.LINEAR, 0, 0),
            1000,
            2,
            42,
            100,
            List.of(),
            null,
            List.of());

    /** One of each, with no value that makes another one mean nothing. */
    private static final List<Record> ALL = List.of(
            new Isotropic.Config(SIGNS),
            new Cone.Config(1.0, 0.5, 10, SIGNS),
            new CurvatureScaled.Config(0.5, SIGNS),
            new KeepsBest.Config(new Isotropic.Config(SIGNS)),
            new LearnedMean.Config(
                    1e-2, 1, LearnedMean.Form.SCALE_FREE, SIGNS, 0.1, MeanStart.UNIT, true, Precision.FP32),
            new LearnedScales.Config(ScaleSource.UNIFORM, Energy.SIZE, SIGNS),
            new DirectionLaw.Independent(Law.GAUSSIAN),
            new CoordinateBlocks(4, SIGNS),
            new FixedFactors(2, 10),
            new LowRankProduct(2, 10),
            new SmallWeights(0.25, 10, SIGNS),
            new SomeLayers(0.25, SIGNS),
            new SomeTensors(0.25, SIGNS),
            new Sphere(),
            new Subspace(2, 10),
            new MeanStart.Zero(),
            new MeanStart.Unit(),
            new MeanStart.GradientEstimate(8, 1e-3, 0.5),
            new SavedMean(Path.of("mean.safetensors")),
            new Energy.Touched(),
            new Energy.Size(),
            new Energy.Published(16, 768),
            new ScaleSource.Uniform(),
            new ScaleSource.Random(1),
            new ScaleSource.Nets("nets", ScaleNets.random(SPACE, 1)),
            new ScaleSource.Measured(),
            new ScaleSource.Proportional(Map.of("x", 2.0)),
            new Antithetic(new BestOf(4, true, 1e-3)),
            new BestOf(5, true, 1e-3),
            new CentralDifference(2, 1e-3),
            new Clipped(new OneSided(2, 1e-3), 0.5),
            new ForwardGradient(),
            new GuidedDifference(8, 0.5, true, 1e-3),
            new LeaveOneOut(4, 1e-3),
            new OneSided(2, 1e-3),
            new Standardised(4, 1e-3),
            new ThreePoint(2, 0.5, 1e-3),
            new Sgd(),
            new Momentum(0.9),
            new Adam(0.5, 0.5, 1e-8),
            new AdaMM(0.5, 0.5, 1e-10),
            new TruncatedAdam(0.5, 0.5, 10, 1e-8),
            new AdaptiveRate(0.5),
            new Sign(0.5),
            new Conservative(),
            new Muon(0.5, 0.1),
            new Decayed(new Momentum(0.9), 0.1),
            new Falling(Falling.Shape.PLATEAU, 0.25, 10, 50),
            new Subset.Full(),
            new Subset.BitFit(),
            new Subset.Top(),
            new Subset.Layers(1, 2),
            new Subset.Tensors("fc1"),
            Lora.of(2, 4, List.of("fc1"), List.of("pooler")),
            new Prefix(3, true, null),
            new SoftPrompt(3, null),
            SUBJECT,
            COMPUTE,
            EXAMPLE,
            PLAN);

    /** Other values, beside what {@link #ALL} holds. */
    private static final List<Object> OTHERS = List.of(
            Path.of("elsewhere"),
            List.of(" other", " another", " words"),
            List.of(1),
            Map.of("x", 3.0),
            new Lora.Scaling(true, Map.of(), Map.of()),
            new Lora.Scaling(false, Map.of("fc1", 3), Map.of()),
            new Lora.Scaling(false, Map.of(), Map.of("fc1", 3.0)),
            ScaleNets.random(SPACE, 2),
            Law.RADEMACHER,
            new Device(0),
            new Compute(LinearKernel.ATEN, 2),
            new Pieces(List.of(new Pieces.Text("It is", 8), new Pieces.Gap()), 16),
            Models.opt("nano").beginningWith(0),
            Loss.F1,
            Loss.own("mine", (scores, right) -> -scores[right]),
            task(EXAMPLE),
            new FunctionSubject(Toys.quadratic(2, 1)));

    @TempDir
    Path folder;

    private static Task task(Example example) {
        return new GivenTask("tiny", Kind.CLASSIFICATION, Map.of(Split.TRAIN, List.of(example)));
    }

    private static String words(Object part) {
        return part instanceof Subject subject
                ? subject.settings()
                : part instanceof Example example ? task(example).fingerprint() : part.toString();
    }

    @Test
    void optionsThatReadAlikeInARowAreOtherExamples() {
        assertThat(words(new Example("one", List.of("a, b", "c"), 0)))
                .isNotEqualTo(words(new Example("one", List.of("a", "b, c"), 0)));
    }

    @Test
    void everyComponentOfEveryPartIsInTheWords() throws ReflectiveOperationException {
        for (Record part : ALL) {
            RecordComponent[] components = part.getClass().getRecordComponents();
            for (int i = 0; i < components.length; i++) {
                if (OUTSIDE.contains(components[i].getName())) {
                    continue;
                }
                int other = 0;
                for (Object value : Stream.concat(
                                Stream.concat(ALL.stream(), OTHERS.stream()), near(value(part, components[i])))
                        .toList()) {
                    Record varied = with(part, i, value);
                    if (varied != null && !varied.equals(part)) {
                        other++;
                        assertThat(words(varied))
                                .as("%s of %s", components[i].getName(), part.getClass())
                                .isNotEqualTo(words(part));
                    }
                }
                assertThat(other)
                        .as("other values of %s of %s", components[i].getName(), part.getClass())
                        .isPositive();
            }
        }
    }

    @Test
    void everyKindOfPartIsAmongThem() throws IOException, URISyntaxException {
        Path classes = Path.of(
                Plan.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Set<Class<?>> known = ALL.stream().map(Object::getClass).collect(Collectors.toSet());
        Set<Class<?>> found = new HashSet<>();
        try (Stream<Path> files = Files.walk(classes)) {
            files.map(file -> classes.relativize(file).toString().replace(java.io.File.separatorChar, '.'))
                    .filter(name -> name.matches("org\\.zolab\\.(sampler|estimator|update|model|train)\\..*\\.class"))
                    .map(name -> loaded(name.replaceFirst("\\.class$", "")))
                    .filter(type -> PARTS.stream().anyMatch(part -> part.isAssignableFrom(type)))
                    .filter(type -> type.isRecord() || !type.isInterface() && !Modifier.isAbstract(type.getModifiers()))
                    .forEach(found::add);
        }
        found.remove(FunctionSubject.class); // whose words are what it does: FineTunerTest
        assertThat(found).hasSizeGreaterThan(40).isSubsetOf(known);
    }

    private static Class<?> loaded(String name) {
        try {
            return Class.forName(name, false, Plan.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(Record part, RecordComponent component) throws ReflectiveOperationException {
        component.getAccessor().setAccessible(true);
        Object value = component.getAccessor().invoke(part);
        return value == null ? "" : value;
    }

    /** Values beside one; those that a setting refuses are passed over. */
    private static Stream<Object> near(Object value) {
        if (value instanceof Double d) {
            return Stream.of(d / 2, 1.5 * d, d + 0.25);
        }
        if (value instanceof Integer i) {
            return Stream.of(i - 1, i + 1, 2 * i);
        }
        if (value instanceof Long l) {
            return Stream.of(l - 1, l + 1);
        }
        if (value instanceof Boolean b) {
            return Stream.of(!b);
        }
        if (value instanceof String s) {
            return Stream.of(s + "2");
        }
        return value instanceof Enum<?> one
                ? Arrays.stream(one.getDeclaringClass().getEnumConstants())
                : Stream.of();
    }

    /** The part with another value, or null if it takes no such one. */
    private static Record with(Record part, int index, Object value) throws ReflectiveOperationException {
        RecordComponent[] components = part.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            components[i].getAccessor().setAccessible(true);
            values[i] = i == index ? value : components[i].getAccessor().invoke(part);
        }
        Constructor<?> made = part.getClass()
                .getDeclaredConstructor(
                        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        made.setAccessible(true);
        try {
            return (Record) made.newInstance(values);
        } catch (IllegalArgumentException | InvocationTargetException e) {
            return null; // of another type, or refused
        }
    }

    /** A folder {@code parent/model} with the files of a small model. */
    private Path model(String parent) throws IOException {
        Path copy = Files.createDirectories(folder.resolve(parent).resolve("model"));
        try (Stream<Path> files = Files.list(MODELS.resolve("opt-tiny"))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return copy;
    }

    private static void spoil(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 2] ^= 1;
        Files.write(file, bytes);
    }

    private static String words(ModelSource model, Scope tune) {
        return new LanguageSubject(model, tune, FineTunerTest.TINY, Loss.OPTIONS, 1, 1, 1, 0, COMPUTE).settings();
    }

    @Test
    void foldersOfOneNameAndFilesThatChangeAreOthers() throws IOException {
        Path one = model("one");
        Path same = model("same");
        Path other = model("other");
        spoil(other.resolve("model.safetensors"));
        Scope full = new Subset.Full();
        String words = words(Models.at(one), full);
        assertThat(words(Models.at(same), full)).isEqualTo(words);
        assertThat(words(Models.at(other), full)).isNotEqualTo(words);
        Files.writeString(same.resolve("config.json"), Files.readString(same.resolve("config.json")) + " ");
        assertThat(words(Models.at(same), full)).isNotEqualTo(words);
    }

    /** Before its weights are fetched, too. */
    @Test
    void ofTheHubItIsTheCommit() throws IOException {
        Path snapshot = Files.createDirectories(folder.resolve("models--some-body--opt-x/snapshots/0123abc"));
        assertThat(words(Models.at(snapshot), new Subset.Full())).contains("files: some-body/opt-x at 0123abc\n");
    }

    @Test
    void adaptersMeansAndCheckpointsThatChangeAreOthers() throws IOException {
        Path adapter = folder.resolve("adapter");
        Path at = folder.resolve("run");
        LearnedMean.Config mean = new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN);
        Run run = new FineTuner(Plan.builder()
                        .model(Models.opt("nano"))
                        .tune(Lora.of(2, 4, List.of()))
                        .method(Method.ldsd(mean, 2))
                        .task(FineTunerTest.TINY)
                        .steps(1)
                        .batch(1)
                        .devExamples(1)
                        .testExamples(0)
                        .compute(COMPUTE)
                        .folder(at)
                        .build())
                .run(event -> {});
        run.saveAdapter(adapter);
        Map<Path, Supplier<String>> tellers = Map.of(
                adapter.resolve("adapter_model.safetensors"),
                () -> words(Models.opt("nano"), Lora.read(adapter)),
                adapter.resolve("adapter_config.json"),
                () -> words(Models.opt("nano"), Lora.read(adapter)),
                at.resolve("mean.safetensors"),
                () -> new SavedMean(at.resolve("mean.safetensors")).toString(),
                at.resolve(RunFolder.BEST),
                () -> words(run.model(), new Subset.Full()));
        for (Map.Entry<Path, Supplier<String>> teller : tellers.entrySet()) {
            String words = teller.getValue().get();
            assertThat(teller.getValue().get()).isEqualTo(words);
            if (teller.getKey().toString().endsWith(".json")) {
                Files.writeString(teller.getKey(), Files.readString(teller.getKey()) + " ");
            } else {
                spoil(teller.getKey());
            }
            assertThat(teller.getValue().get()).as(teller.getKey().toString()).isNotEqualTo(words);
        }
    }

    /** As it was shown: the second ablation of a name read the first one's runs. */
    @Test
    void anAblationWithAnotherEpsilonOfAdamIsRun() {
        List<Double> losses = Stream.of(1e-8, 1.0)
                .map(epsilon -> {
                    Plan plan = Plan.builder()
                            .subject(new FunctionSubject(Toys.quadratic(5, 1)))
                            .method(Method.mezo())
                            .rule(new Adam(0.9, 0.999, epsilon))
                            .learningRate(0.1)
                            .build();
                    Trial trial = new Ablator(new Ablation(
                                    List.of(new Ablation.Arm("adam", plan)), List.of(1L), 20, 1, null, 1, folder))
                            .run(moment -> {})
                            .trials()
                            .get(0);
                    assertThat(trial.earlier()).isFalse();
                    return trial.loss();
                })
                .toList();
        assertThat(losses.get(0)).isNotEqualTo(losses.get(1));
    }
}
