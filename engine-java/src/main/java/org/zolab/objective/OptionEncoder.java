package org.zolab.objective;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Family;
import org.zolab.model.LanguageModel;
import org.zolab.model.text.Tokenizer;
import org.zolab.objective.EncodedOptions.Encoded;
import org.zolab.objective.EncodedOptions.Filling;
import org.zolab.objective.EncodedOptions.Tokens;
import org.zolab.space.Problems;
import org.zolab.task.Example;
import org.zolab.task.Pieces;
import org.zolab.task.Pieces.Piece;

/**
 * Converts examples to token rows, each text once.
 *
 * <p>An option is encoded together with its prompt; blanks at both ends are stripped. Its tokens are the last |encode(prompt + option)| −
 * |encode(prompt)|, as MeZO counts them; without a prompt, all but the first of the text. Texts longer than {@code maxLength} are cut on
 * the left, keeping their first token; if it is 0, texts longer than the model takes are refused.
 *
 * <p>A masked model gets the prompt with a mask in its gap, or at its end if it has none, and an option is the one token that may fill it,
 * as in MeZO's experiments with RoBERTa; a prompt in {@link Pieces} is encoded and cut piece by piece.
 *
 * <p>A head of classes gets the prompt alone, and an option is the class with its number, whatever its words. A second text follows a
 * separator in the prompt, BERT's {@code [SEP]} or RoBERTa's {@code </s></s>}, and its tokens are of BERT's second type, as when
 * transformers encodes pairs. Texts longer than {@code maxLength} are cut on the right, keeping their last token; of two texts always the
 * longer one is cut, as by transformers.
 *
 * <p>Memory: the token ids of every option seen.
 */
public final class OptionEncoder {

    /** The most special tokens around a text, to which no byte of the text corresponds. */
    private static final int SPECIAL = 3;

    /** The most options listed in a message. */
    private static final int TOLD = 5;

    private final String model;
    private final Tokenizer tokenizer;
    private final Family family;
    private final int maxLength;
    private final int most;

    private record Text(String prompt, @Nullable Pieces pieces, String option) {}

    private final Map<Text, Encoded> known = new ConcurrentHashMap<>();
    private final Map<Text, Boolean> joined = new ConcurrentHashMap<>();

    /** An encoder for {@code model}; {@code maxLength} as described above. */
    public OptionEncoder(LanguageModel model, int maxLength) {
        this(model.name(), model.tokenizer(), model.family(), maxLength);
    }

    /** An encoder for a model that is not loaded; {@code model} is its name in messages, {@code maxLength} as described above. */
    public OptionEncoder(String model, Tokenizer tokenizer, Family family, int maxLength) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.family = family;
        this.maxLength = maxLength;
        this.most = maxLength > 0 ? maxLength : family.maxTokens();
    }

    /**
     * Whether {@code example} certainly fits and its options have text, decided without a tokenizer since each token stands for at least
     * one byte; {@code maxLength} as described above.
     */
    public static boolean isShort(Example example, Family family, int maxLength) {
        int fixed = maxLength > 0 ? 0 : bytes(example.prompt()); // the prompt may be cut
        return fixed + longest(example) + SPECIAL <= (maxLength > 0 ? maxLength : family.maxTokens())
                && !blank(example);
    }

    private static boolean blank(Example example) {
        return example.options().stream().anyMatch(String::isBlank);
    }

    /** The number of bytes of the longest option. */
    private static int longest(Example example) {
        return example.options().stream().mapToInt(OptionEncoder::bytes).max().orElse(0);
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** All options of {@code examples}. */
    public EncodedOptions options(List<Example> examples) {
        return EncodedOptions.ofTokens(examples.stream()
                .map(example -> example.options().stream()
                        .map(option -> tokens(example, option))
                        .toList())
                .toList());
    }

    /** Only the right answers of {@code examples}, one row each. */
    public EncodedOptions answers(List<Example> examples) {
        return EncodedOptions.ofTokens(examples.stream()
                .map(example -> List.of(tokens(example, example.answer())))
                .toList());
    }

    /** Throws an {@link IllegalArgumentException} that names the options of {@code examples} that are not a single token of a masked model. */
    public void requireWords(List<Example> examples) {
        List<String> options = examples.stream()
                .flatMap(example -> (example.isChoice() ? example.options() : List.of(example.answer())).stream())
                .distinct()
                .toList();
        Map<String, Integer> longer = new LinkedHashMap<>();
        for (String option : options) {
            int tokens = tokenizer.encodePlain(option).length;
            if (tokens != 1) {
                longer.put(option, tokens);
            }
        }
        if (!longer.isEmpty()) {
            throw new IllegalArgumentException(
                    longer.size() + " of " + options.size()
                            + " options are not one token, which is all that a masked model has room for: "
                            + longer.entrySet().stream()
                                    .limit(TOLD)
                                    .map(each -> Problems.quoted(each.getKey()) + " has " + each.getValue())
                                    .collect(Collectors.joining(", "))
                            + (longer.size() > TOLD ? ", …" : "")
                            + "; choose other words, with the blank that stands before them, a head of classes, or a model that writes, such as opt(\"125m\")");
        }
    }

    /** Throws an {@link IllegalArgumentException} if {@code example} is too long, or one of its options has no text or no tokens. */
    public void requireThatFits(Example example) {
        boolean perhaps = maxLength > 0
                || blank(example)
                || joins(example)
                || tokenizer.encode(example.prompt()).length + longest(example) + SPECIAL > most;
        if (perhaps && !family.labels().isEmpty()) {
            texts(example.prompt());
        } else if (perhaps) {
            (example.isChoice() ? example.options() : List.of(example.answer()))
                    .forEach(option -> tokens(new Text(example.prompt(), example.pieces(), option)));
        }
    }

    /**
     * Whether the tokenizer seems to merge an option of {@code example} with the last words of its prompt, leaving no token of the
     * option's own. Cost: these words are encoded, once with each option.
     */
    public boolean joins(Example example) {
        return !family.masked()
                && family.labels().isEmpty()
                && !example.prompt().isEmpty()
                && (example.isChoice() ? example.options() : List.of(example.answer()))
                        .stream()
                                .anyMatch(option -> joined.computeIfAbsent(
                                        new Text(end(example.prompt()), null, option),
                                        text -> tokenizer.encode(strip(text.prompt() + text.option())).length
                                                <= tokenizer.encode(text.prompt()).length));
    }

    /** The number of tokens of an example's prompt and right option. */
    public int length(Example example) {
        return tokens(example, example.answer()).ids().length;
    }

    private Encoded tokens(Example example, String option) {
        if (!family.labels().isEmpty()) {
            return classed(example, option);
        }
        return known.computeIfAbsent(new Text(example.prompt(), example.pieces(), option), this::tokens);
    }

    private Encoded tokens(Text text) {
        if (!family.masked()) {
            return encode(text.prompt(), text.option());
        }
        return text.pieces() == null ? fill(text.prompt(), text.option()) : fill(text.pieces(), text);
    }

    /**
     * Throws an {@link IllegalArgumentException} if {@code family} has a head of classes and {@code example} does not have one option per
     * class.
     */
    public static void requireClasses(Family family, Example example) {
        int classes = family.labels().size();
        if (classes > 0 && example.options().size() != classes) {
            boolean fresh = family.space().tensors().stream()
                    .anyMatch(tensor -> family.begins(tensor).isPresent());
            throw new IllegalArgumentException(
                    "options of an example are not one for each class that the model's head tells"
                            + " apart, " + family.labels() + ": " + example.options() + "; "
                            + (fresh ? "write" : "begin with a model without such a head and") + " classes = "
                            + example.options().size());
        }
    }

    private Filling classed(Example example, String option) {
        requireClasses(family, example);
        Filling text =
                (Filling) known.computeIfAbsent(new Text(example.prompt(), null, ""), only -> texts(only.prompt()));
        return new Filling(text.ids(), 0, example.options().indexOf(option), text.second());
    }

    /** Encodes one text, or two with the separator between them. */
    private Filling texts(String prompt) {
        int[] ids = tokenizer.encode(strip(prompt));
        int last = ids.length - 1;
        int separator = tokenizer.separator().orElse(ids[last]); // the token that ends a text also separates two
        int end = IntStream.range(1, last)
                .filter(i -> ids[i] == separator)
                .findFirst()
                .orElse(last);
        int begin = end;
        while (begin < last && ids[begin] == separator) { // RoBERTa has two of them between texts
            begin++;
        }
        int first = end - 1; // tokens of the first text, and of the second
        int second = last - begin;
        if (first + second == 0) {
            throw new IllegalArgumentException(
                    "prompt has no tokens: " + Problems.quoted(prompt) + "; give it some text");
        }
        int drop = ids.length - kept(ids.length, prompt);
        if (drop >= first + second) {
            throw new IllegalArgumentException("maxLength leaves no room for a text beside "
                    + (ids.length - first - second) + " special tokens: " + maxLength + "; raise it");
        }
        boolean secondIsLonger = first <= second;
        for (; drop > 0; drop--) {
            if (first > second || first == second && secondIsLonger) {
                first--;
            } else {
                second--;
            }
        }
        int firstEnd = 1 + first;
        int secondEnd = begin + second;
        int[] kept = IntStream.rangeClosed(0, last)
                .filter(i -> i < firstEnd || i >= end && i < secondEnd || i == last)
                .map(i -> ids[i])
                .toArray();
        return new Filling(kept, 0, 0, end == last ? kept.length : firstEnd + begin - end);
    }

    /** The last two words of a text. */
    private static String end(String text) {
        String stripped = strip(text);
        return stripped.substring(stripped.lastIndexOf(' ', stripped.lastIndexOf(' ') - 1) + 1);
    }

    private Tokens encode(String prompt, String option) {
        int[] full = tokenizer.encode(strip(prompt + option));
        int length = full.length - Math.max(tokenizer.encode(strip(prompt)).length, prompt.isEmpty() ? 1 : 0);
        if (!(length > 0)) {
            throw new IllegalArgumentException("option has no tokens of its own after the prompt: "
                    + Problems.quoted(option) + "; "
                    + (option.isBlank()
                            ? "give it a leading blank and text"
                            : "this model's tokenizer joins it to what stands before it, "
                                    + Problems.quoted(end(prompt))
                                    + ": end the prompt in another way, such as with a colon, or choose another word"));
        }
        if (length >= full.length) {
            throw new IllegalArgumentException("prompt has no tokens before the option " + Problems.quoted(option)
                    + ", so nothing predicts it; give the prompt some text");
        }
        int tokens = full.length - 1; // the last one predicts nothing
        if (length >= most && tokens > most) {
            throw new IllegalArgumentException(
                    (prompt.isEmpty() ? "a text" : "option") + " is longer than " + limit() + ": "
                            + length + " tokens of " + Problems.quoted(option) + "; "
                            + (prompt.isEmpty()
                                    ? "cut it into shorter pieces: text(…, words = " + words(option, length) + ")"
                                    : maxLength == 0 ? "shorten the option" : "raise maxLength or shorten the option"));
        }
        return new Tokens(cut(full, tokens - kept(tokens, prompt + option)), length);
    }

    private String limit() {
        return maxLength > 0 ? "maxLength " + maxLength : "the " + most + " tokens that " + model + " takes";
    }

    /** Half of the number of words that would fit, since other texts have more tokens per word. */
    private int words(String text, int tokens) {
        return Math.max(2, text.strip().split("\\s+").length * most / tokens / 2);
    }

    /** How many tokens to keep of a text that has {@code tokens} of them. */
    private int kept(int tokens, String text) {
        if (tokens > most && maxLength == 0) {
            throw new IllegalArgumentException("a text is longer than " + limit() + ": " + tokens + " tokens of "
                    + Problems.quoted(text) + "; set maxLength = " + most + " to cut such texts, or shorten it");
        }
        return Math.min(tokens, most);
    }

    private Filling fill(String prompt, String option) {
        int mask = mask();
        String gap = tokenizer.decode(new int[] {mask}, false);
        int[] ids = tokenizer.encode(prompt.contains(gap) ? prompt : strip(prompt) + gap);
        int[] places =
                IntStream.range(0, ids.length).filter(i -> ids[i] == mask).toArray();
        if (places.length != 1) {
            throw new IllegalArgumentException("gaps " + gap + " of a prompt are not one: " + places.length + " in "
                    + Problems.quoted(prompt) + "; leave one for the option");
        }
        int word = word(option);
        int drop = ids.length - kept(ids.length, prompt);
        if (drop >= places[0]) {
            throw new IllegalArgumentException(
                    "gap would be cut off with all that is before it: the text after it has " + (ids.length - places[0])
                            + " tokens, maxLength is " + maxLength + "; raise it or shorten the text");
        }
        return new Filling(cut(ids, drop), places[0] - drop, word);
    }

    /** Encodes piece by piece, between the tokens that begin and end a text. */
    private Filling fill(Pieces pieces, Text whole) {
        int[] around = tokenizer.encode("");
        IntStream.Builder ids = IntStream.builder();
        int count = around.length / 2;
        int gap = -1;
        Arrays.stream(around, 0, count).forEach(ids::add);
        for (Piece piece : pieces.all()) {
            if (piece instanceof Pieces.Text text) {
                int[] own = tokenizer.encodePlain(text.text());
                int kept = Math.min(own.length, text.most());
                Arrays.stream(own, 0, kept).forEach(ids::add);
                count += kept;
            } else {
                gap = count++;
                ids.add(mask());
            }
        }
        Arrays.stream(around, around.length / 2, around.length).forEach(ids::add);
        int[] all = ids.build().toArray();
        int kept = kept(Math.min(all.length, pieces.most()), whole.prompt());
        if (gap >= kept) {
            throw new IllegalArgumentException("gap is behind the " + kept
                    + " tokens that are kept of a prompt in pieces: " + gap + "; raise maxLength");
        }
        return new Filling(Arrays.copyOf(all, kept), gap, word(whole.option()));
    }

    private int mask() {
        return tokenizer
                .mask()
                .orElseThrow(() -> new IllegalArgumentException(
                        "tokenizer has no mask_token, which stands for the option of a masked model; copy or download the"
                                + " tokenizer's files again"));
    }

    private int word(String option) {
        int[] word = tokenizer.encodePlain(option);
        if (word.length != 1) {
            throw new IllegalArgumentException(
                    "option is not one token of this masked model: " + Problems.quoted(option) + " has " + word.length
                            + "; choose another word, with the blank that stands before it");
        }
        return word[0];
    }

    /** Removes {@code drop} tokens after the first one. */
    private static int[] cut(int[] ids, int drop) {
        int[] cut = new int[ids.length - drop];
        cut[0] = ids[0];
        System.arraycopy(ids, 1 + drop, cut, 1, cut.length - 1);
        return cut;
    }

    /** Removes blanks at both ends; line breaks stay. */
    private static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && text.charAt(from) == ' ') {
            from++;
        }
        while (to > from && text.charAt(to - 1) == ' ') {
            to--;
        }
        return text.substring(from, to);
    }
}
