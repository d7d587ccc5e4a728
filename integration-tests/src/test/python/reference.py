"""What Python's peft and transformers compute with adapters and models that ZoLab wrote.

    reference.py MODELS WRITTEN

WRITTEN holds a folder for each model: adapter/, merged/, prefix/, prompt/ and the logits that ZoLab computed with each; one that is called
NAME+C began with a new head of C classes. Ends with 1 if any differ.
"""

import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertForSequenceClassification,
)

TOLERANCE = 5e-5
MASKED = {"roberta", "bert"}


def model(folder, classes=None):
    config = AutoConfig.from_pretrained(folder)
    kind = AutoModelForMaskedLM if config.model_type in MASKED else AutoModelForCausalLM
    of_classes = {"num_labels": int(classes)} if classes else {}
    if classes or config.architectures[0].endswith("ForSequenceClassification"):
        kind = AutoModelForSequenceClassification
    return kind.from_pretrained(folder, attn_implementation="eager", **of_classes).eval()


def logits_of(model, ids):
    types = {}
    if isinstance(model.get_base_model() if isinstance(model, PeftModel) else model, BertForSequenceClassification):
        types = {"token_type_ids": (torch.arange(ids.shape[1])[None] >= 12).long()}  # a second text
    return model(input_ids=ids, **types).logits[0]


@torch.no_grad()
def main(models, written):
    ids = torch.arange(24)[None] * 11 + 5
    read = 0
    for folder in sorted(written.iterdir()):
        name, _, classes = folder.name.partition("+")
        base = models / name
        plain = logits_of(model(base, classes), ids)
        kinds = [kind for kind in ("adapter", "prefix", "prompt") if (folder / kind).exists()]
        found = {kind: (kind, PeftModel.from_pretrained(model(base, classes), folder / kind).eval()) for kind in kinds}
        found["merged model"] = "adapter", model(folder / "merged")
        for what, (kind, their) in found.items():
            logits = load_file(folder / f"{kind}.safetensors")["logits"]
            theirs = logits_of(their, ids)[-len(logits) :]  # those of a prompt come first
            error = (theirs - logits).abs().max().item()
            print(f"{folder.name} {what}: {error:.1e}")
            if not error <= TOLERANCE:
                sys.exit(f"{folder.name}: the {what}'s logits differ by {error}")
            if (plain - logits).abs().max() < 1e-2:
                sys.exit(f"{folder.name}: the {what} changes nothing")
        text = "The film was great."
        if AutoTokenizer.from_pretrained(folder / "merged")(text) != AutoTokenizer.from_pretrained(base)(text):
            sys.exit(f"{folder.name}: the tokenizer is another one")
        read += 1
    print(f"{read} models read")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
