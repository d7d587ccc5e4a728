package org.zolab.model;

import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.zolab.model.text.Tokenizer;

/** Texts being generated: the prompts as tokens, and the text that the tokens after them spell. */
final class Continuations implements Decoder.Listener {

    private static final char UNFINISHED = '\uFFFD';

    private final Tokenizer tokenizer;
    private final Generation settings;
    private final ObjIntConsumer<String> heard;
    private final List<int[]> prompts;

    /**
     * Prompts for a model.
     *
     * @param most  the most tokens that the model reads; prompts that leave no room for the new tokens are cut on the left
     * @param heard is given the generated text so far and its prompt's index, after every new token
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

    /** A prompt's tokens. An empty prompt becomes the token that begins a text, or else the one that ends the previous text. */
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

    /** The last {@code most} tokens; the token that begins a text is kept in front of them, in place of the first. */
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

    /** The text added to each prompt, up to the first stop. */
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

    /**
     * The text added to a prompt. It is decoded together with the prompt, since some tokenizers drop a token's leading blank at the
     * beginning of a text.
     */
    private String text(int row, int[] added) {
        int[] prompt = prompts.get(row);
        int[] all =
                IntStream.concat(Arrays.stream(prompt), Arrays.stream(added)).toArray();
        return tokenizer
                .decode(all, true)
                .substring(tokenizer.decode(prompt, true).length());
    }

    /** Where the first stop text begins; −1 if there is none. */
    private int stop(String text) {
        return settings.stops().stream()
                .mapToInt(text::indexOf)
                .filter(at -> at >= 0)
                .min()
                .orElse(-1);
    }

    /**
     * The length of the part of a text that further tokens will not change: excludes an incomplete character, or the beginning of a stop
     * text, at its end.
     */
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
