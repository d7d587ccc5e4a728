package org.zolab.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zolab.model.hub.Hub;
import org.zolab.model.hub.HubCache;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Weights;
import org.zolab.space.InitialWeights;
import org.zolab.space.Lanes;
import org.zolab.space.ParameterSpace;

/**
 * A pretrained model of any family: its files, and how its configuration is read.
 *
 * @param name      the model's name
 * @param described gives its configuration and tokenizer, located when they are needed
 * @param whole     gives these and its weights
 * @param reader    maps a configuration to the architecture it describes
 * @param bos       the token that begins texts in place of the tokenizer's own, if any
 * @param classes   how many classes of texts its head is to distinguish, if any
 */
public record StoredModel(
        String name,
        Supplier<ModelFiles> described,
        Supplier<ModelFiles> whole,
        Function<ModelFiles, Family> reader,
        OptionalInt bos,
        OptionalInt classes)
        implements ModelSource {

    private static final Logger LOG = LoggerFactory.getLogger(StoredModel.class);
    private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

    /** A model whose files are all in one place. */
    public StoredModel(String name, Supplier<ModelFiles> files, Function<ModelFiles, Family> reader) {
        this(name, files, files, reader, OptionalInt.empty(), OptionalInt.empty());
    }

    /**
     * A model of the Hub.
     *
     * @param repositories its names there, newest first; the model is named after the first, without the owner
     */
    public static StoredModel ofHub(List<String> repositories, Function<ModelFiles, Family> reader) {
        String first = repositories.get(0);
        return new StoredModel(
                first.substring(first.indexOf('/') + 1),
                () -> Hub.ofUser().described(repositories),
                () -> Hub.ofUser().whole(repositories),
                reader,
                OptionalInt.empty(),
                OptionalInt.empty());
    }

    /**
     * This model with a head that distinguishes this many classes of texts: the model's own or, where its files have none, a new one
     * initialised as by transformers, with normal weights of deviation {@code initializer_range} and zero biases, drawn with the seed that
     * the model is loaded with.
     */
    public StoredModel classifying(int classes) {
        return new StoredModel(name + ", classes " + classes, described, whole, reader, bos, OptionalInt.of(classes));
    }

    /** This model, with texts that begin with the token of this id. */
    public StoredModel beginningWith(int token) {
        return new StoredModel(name + ", bos " + token, described, whole, reader, OptionalInt.of(token), classes);
    }

    /** For a model of the Hub, its name and commit there, which need no weights; otherwise a checksum of its files. */
    @Override
    public String fingerprint() {
        ModelFiles files = described.get();
        return HubCache.version(files.location()).orElseGet(() -> SavedModel.fingerprint(files));
    }

    @Override
    public ModelFiles files() {
        return whole.get();
    }

    @Override
    public Family family() {
        return architecture(described.get());
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer(described.get());
    }

    @Override
    public LanguageModel load(Compute compute) {
        return load(compute, 0);
    }

    @Override
    public LanguageModel load(Compute compute, long seed) {
        ModelFiles open = whole.get();
        Family family = architecture(open);
        Tokenizer tokenizer = tokenizer(open);
        tokenizer.requireIdsBelow(family.vocabulary());
        Weights weights = Weights.of(open);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (ParameterSpace.Tensor tensor : family.space().tensors()) {
            if (begins(family, weights, tensor)) {
                continue;
            }
            List<Integer> shape = new ArrayList<>(tensor.shape());
            if (family.transposed(tensor)) {
                Collections.reverse(shape);
            }
            shapes.put(
                    weights.called(tensor.name()),
                    shape.stream().mapToLong(extent -> extent).toArray());
        }
        require(weights, shapes, family);
        sayWhatBegins(family, weights);
        return new LanguageModel(name, family, tokenizer, compute, (tensor, into) -> {
            String called = weights.called(tensor.name());
            if (begins(family, weights, tensor)) {
                double deviation = family.begins(tensor).getAsDouble();
                if (deviation != 0) {
                    into.write(0, InitialWeights.normal(seed, tensor, tensor.size(), deviation), 0, tensor.size());
                }
            } else if (family.transposed(tensor)) {
                transpose(weights.floats(called), tensor.shape().get(0), into);
            } else {
                weights.read(called, into);
            }
        });
    }

    private static void require(Weights weights, Map<String, long[]> shapes, Family family) {
        try {
            weights.require(shapes);
        } catch (ModelFileException e) {
            if (family.masked() && family.labels().isEmpty()) {
                throw new ModelFileException(
                        e.getMessage()
                                + "\n  if it is an encoder without a head of tokens, give it one of classes: classes = 2",
                        e);
            }
            throw e;
        }
    }

    /** Says so once per process, as other tools do. */
    private void sayWhatBegins(Family family, Weights weights) {
        List<String> names = begun(family, weights).stream()
                .map(i -> family.space().tensor(i).name())
                .toList();
        if (!names.isEmpty() && SAID.add(name)) {
            LOG.warn(
                    "{}: its head is new, and at random by the run's seed until it is trained; no file has {}",
                    name,
                    String.join(", ", names));
        }
    }

    /** The tensors of a new head of {@code family} that {@code weights} lack. */
    public static List<Integer> begun(Family family, Weights weights) {
        return IntStream.range(0, family.space().tensors().size())
                .filter(i -> begins(family, weights, family.space().tensor(i)))
                .boxed()
                .toList();
    }

    private static boolean begins(Family family, Weights weights, ParameterSpace.Tensor tensor) {
        return family.begins(tensor).isPresent() && !weights.has(weights.called(tensor.name()));
    }

    private Tokenizer tokenizer(ModelFiles files) {
        Tokenizer tokenizer = Tokenizer.load(files);
        return bos.isPresent() ? tokenizer.beginningWith(bos.getAsInt()) : tokenizer;
    }

    private Family architecture(ModelFiles files) {
        Family family = read(files);
        return classes.isPresent() ? family.classifying(classes.getAsInt()) : family;
    }

    private Family read(ModelFiles files) {
        try {
            return reader.apply(files);
        } catch (ModelFileException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new ModelFileException(
                    files.where("config.json") + " describes no model that can be: " + e.getMessage()
                            + "; copy or download it again",
                    e);
        }
    }

    /** Writes a matrix with {@code columns} columns in column-major order. */
    private static void transpose(float[] matrix, int columns, Lanes into) {
        int rows = matrix.length / columns;
        int most = Math.max(1, Lanes.RUN / rows);
        float[] some = new float[most * rows];
        for (int first = 0; first < columns; first += most) {
            int count = Math.min(most, columns - first);
            for (int c = 0; c < count; c++) {
                for (int r = 0; r < rows; r++) {
                    some[c * rows + r] = matrix[r * columns + first + c];
                }
            }
            into.write(first * rows, some, 0, count * rows);
        }
    }
}
