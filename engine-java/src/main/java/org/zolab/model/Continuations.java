package org.zolab.model;

import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.zolab.model.text.Tokenizer;

/** Texts on their way: prompts as tokens, and what the tokens that come after them spell. */
final class Continuations implements Decoder.Listener {

    private static final char UNFINISHED = '\uFFFD';

    private final Tokenizer tokenizer;
    private final Generation settings;
    private final ObjIntConsumer<String> heard;
    private final List<int[]> prompts;

    /**
     * Prompts for a model.
     *
     * @param most  the longest text that the model reads; prompts that leave no room for what comes are cut on the left
     * @param heard is told what has become of a prompt, whenever it is longer
     */
    Continuations(
            Tokenizer tokenizer, List<String> prompts, int most, Generation settings, ObjIntConsumer<String> heard) {
        if (settings.maxNewTokens() >= most) {
            throw new IllegalArgumentException("maxNewTokens leaves no room for a prompt in the " + most
                    + " tokens that the model takes: " + settings.maxNewTokens() + "; ask for fewer");
        }
        this.tokenizer = tokenizer;
        this.settings = settings;
        this.heard = heard;
        this.prompts = prompts.stream()
                .map(prompt -> cut(encode(prompt), most - settings.maxNewTokens()))
                .toList();
    }

    /** An empty prompt is the token that begins a text, or else the one that ends the text before. */
    private int[] encode(String prompt) {
        int[] ids = tokenizer.encode(prompt);
        if (ids.length > 0) {
            return ids;
        }
        int first = tokenizer
                .bos()
                .orElseGet(
                        () -> tokenizer
                                .eos()
                                .orElseThrow(
                                        () -> new IllegalArgumentException(
                                                "a prompt is empty, and the tokenizer has no token that begins a text; give the prompt a word")));
        return new int[] {first};
    }

    /** The last {@code most} tokens, the one that begins a text among them. */
    private int[] cut(int[] ids, int most) {
        if (ids.length <= most) {
            return ids;
        }
        int[] last = Arrays.copyOfRange(ids, ids.length - most, ids.length);
        if (ids[0] == tokenizer.bos().orElse(-1)) {
            last[0] = ids[0];
        }
        return last;
    }

    List<int[]> prompts() {
        return prompts;
    }

    /** What was added to each prompt, as text, up to where it stops. */
    List<String> texts(List<int[]> added) {
        return IntStream.range(0, added.size())
                .mapToObj(row -> {
                    String text = text(row, added.get(row));
                    int stop = stop(text);
                    return stop < 0 ? text : text.substring(0, stop);
                })
                .toList();
    }

    @Override
    public boolean goesOn(int row, int[] added) {
        String text = text(row, added);
        int stop = stop(text);
        heard.accept(text.substring(0, stop < 0 ? settled(text) : stop), row);
        return stop < 0;
    }

    /** Decoded with the prompt: some tokenizers write a token without its blank where a text begins. */
    private String text(int row, int[] added) {
        int[] prompt = prompts.get(row);
        int[] all =
                IntStream.concat(Arrays.stream(prompt), Arrays.stream(added)).toArray();
        return tokenizer
                .decode(all, true)
                .substring(tokenizer.decode(prompt, true).length());
    }

    /** Where the first stop is; -1 without one. */
    private int stop(String text) {
        return settings.stops().stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
    }

    /** How much of a text stays as it is: not the beginning of a character, nor of a stop, at its end. */
    private int settled(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == UNFINISHED) {
            end--;
        }
        for (String stop : settings.stops()) {
            for (int at = Math.max(0, text.length() - stop.length() + 1); at < end; at++) {
                end = stop.startsWith(text.substring(at)) ? at : end;
            }
        }
        return end;
    }
}
