"""What Python's peft and transformers compute with adapters and models that ZoLab wrote.

    reference.py MODELS WRITTEN

WRITTEN holds a folder for each model: adapter/, merged/, prefix/, prompt/ and the logits that ZoLab computed with each. Ends with 1 if any
differ.
"""

import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer

TOLERANCE = 5e-5
MASKED = {"roberta", "bert"}


def model(folder):
    kind = AutoModelForMaskedLM if AutoConfig.from_pretrained(folder).model_type in MASKED else AutoModelForCausalLM
    return kind.from_pretrained(folder, attn_implementation="eager").eval()


@torch.no_grad()
def main(models, written):
    ids = torch.arange(24)[None] * 11 + 5
    read = 0
    for folder in sorted(written.iterdir()):
        base = models / folder.name
        plain = model(base)(input_ids=ids).logits[0]
        kinds = [kind for kind in ("adapter", "prefix", "prompt") if (folder / kind).exists()]
        found = {kind: (kind, PeftModel.from_pretrained(model(base), folder / kind).eval()) for kind in kinds}
        found["merged model"] = "adapter", model(folder / "merged")
        for what, (kind, their) in found.items():
            logits = load_file(folder / f"{kind}.safetensors")["logits"]
            theirs = their(input_ids=ids).logits[0, -ids.shape[1] :]  # those of a prompt come first
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
