# -*- coding: utf-8 -*-
"""A second set beside profile.py's: every family but OPT, and the shapes that its architecture allows. Smaller texts."""
import os
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "profile.py"), encoding="utf-8") as f: exec(f.read())
SEED = 20262
NAME = "families"

STRINGS = [s for s in STRINGS if len(s) < 60]
LONG = LONG[:400]
LOGIT_TEXTS_A = ["The film was great.", "I can't say we'll win", "\u4f60\u597d \U0001F600", "no"]
LONG_T = 60

MODELS = {
    "llama-2-style": dict(family="llama", vocab=340, sentencepiece=True, hidden_size=32, num_hidden_layers=2, intermediate_size=48,
                          num_attention_heads=4, num_key_value_heads=4, max_position_embeddings=128, tie_word_embeddings=False,
                          rope_scaling=dict(type="linear", factor=4.0)),
    "llama-3-style": dict(family="llama", vocab=300, hidden_size=32, num_hidden_layers=2, intermediate_size=48, num_attention_heads=8,
                          num_key_value_heads=1, max_position_embeddings=512, rope_theta=500000.0, tie_word_embeddings=True,
                          rope_scaling=dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                            original_max_position_embeddings=64)),
    "llama-wide-heads": dict(family="llama", vocab=300, hidden_size=20, num_hidden_layers=2, intermediate_size=48, num_attention_heads=6,
                             num_key_value_heads=2, head_dim=8, max_position_embeddings=128, tie_word_embeddings=False),
    "qwen2-window": dict(family="qwen2", vocab=300, hidden_size=24, num_hidden_layers=2, intermediate_size=56, num_attention_heads=3,
                         num_key_value_heads=1, max_position_embeddings=128, rope_theta=1000000.0, tie_word_embeddings=True,
                         use_sliding_window=True, sliding_window=16, max_window_layers=1),
    "mistral-tiny": dict(family="mistral", vocab=340, hidden_size=32, num_hidden_layers=2, intermediate_size=48, num_attention_heads=4,
                         num_key_value_heads=2, max_position_embeddings=128, sliding_window=8),
    "gpt2-tiny": dict(family="gpt2", vocab=300, n_embd=32, n_layer=2, n_head=4, n_positions=128),
    "roberta-tiny": dict(family="roberta", vocab=340, hidden_size=32, num_hidden_layers=2, intermediate_size=64, num_attention_heads=4,
                         max_position_embeddings=66),
    "bert-tiny": dict(family="bert", vocab=600, hidden_size=32, num_hidden_layers=2, intermediate_size=64, num_attention_heads=4,
                      max_position_embeddings=64),
    "bert-classes": dict(family="bert", vocab=600, labels=["no", "maybe", "yes"], hidden_size=32, num_hidden_layers=2, intermediate_size=64,
                         num_attention_heads=4, max_position_embeddings=64),
    "roberta-classes": dict(family="roberta", vocab=340, labels=["bad", "good"], hidden_size=32, num_hidden_layers=2, intermediate_size=64,
                            num_attention_heads=4, max_position_embeddings=66),
}
LORA_OTHERS = {"llama-2-style": ["q_proj", "down_proj"], "roberta-tiny": ["query", "value"], "gpt2-tiny": ["c_attn"],
               "bert-classes": ["query", "value"], "roberta-classes": ["query", "dense"],
               "llama-wide-heads": ["q_proj", "v_proj", "down_proj"]}
# ranks and scales that differ from layer to layer, as regular expressions, of which the first that matches counts; sorted, as peft writes them
LORA_PATTERNS = {"llama-wide-heads": dict(use_rslora=True, rank_pattern={"^model.layers.0.*(q|v)_proj": 3, "_proj": 9, "layers.1.mlp.down_proj": 6, "q_proj": 2},
                                          alpha_pattern={"^layers.0.mlp.down_proj": 1, "mlp.down_proj": 5, "v_proj": 2.5})}

# one text or two, and the most tokens of both with special ones, if there is such a limit
LABELLED = [(s, None, None) for s, _ in SENTENCES[:3]] + [(SENTENCES[3][0], SENTENCES[4][0], None), ("no", "yes", None)] + \
           [(SENTENCES[9][0], None, 7), (SENTENCES[6][0], SENTENCES[7][0], 12), (SENTENCES[0][0], "no", 11), ("no", SENTENCES[1][0], 10)] + \
           [(SENTENCES[9][0], SENTENCES[10][0], n) for n in (13, 14, 31)] + [(SENTENCES[10][0], SENTENCES[9][0], n) for n in (13, 14, 31)]
