"""The same GPT reads pieces of words, and is held against the one that reads characters.

Module 11's byte-level BPE learns its pieces from the text to train on. A loss for each piece says
nothing beside a loss for each character; divided by the characters that the pieces stand for, it
does. Both learn by `gpt.py`'s second recipe, from the same seeds, in as many steps.
"""

import math

from gpt import begin, finish, learn, read, write

from tinytorch.tokenization import BPETokenizer, CharacterTokenizer

VOCABULARY = 512  # 256 bytes, and as many pieces
TARGETS = {"pieces": 1.65, "pieces-full": 1.6}  # nats a character of the kept text, by pieces


def main():
    task, name = begin("pieces")
    text, rest = read(task)
    kinds = {
        "characters": (CharacterTokenizer.train([text, rest]), task.targets["Muon"]),
        "pieces": (BPETokenizer.train(text, VOCABULARY), TARGETS[name]),
    }
    curves, results = {}, {}
    for kind, (tokenizer, target) in kinds.items():
        model, curves[kind], found = learn(task, tokenizer, "Muon", kind, target)
        bits = found["mean"] / math.log(2) * len(rest) / len(rest.encode())
        print(f"{kind}: {bits:.3f} bits a byte", flush=True)
        results[kind] = {**found, "bits_per_byte": bits}
    print("--- what the last one writes, piece by piece")
    print("|".join(tokenizer.decode([token]) for token in write(model, tokenizer)))
    finish(name, task, curves, results)


if __name__ == "__main__":
    main()
