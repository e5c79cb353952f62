"""Training and applying byte-level BPE, against Hugging Face's tokenizers and tiktoken, by Rust.

The text is real and on every machine: the sources of Python's standard library, from the first
file on as many as make the millions of characters wanted. Each encoder is new each time, so what
it remembers of words it has learned from the text itself. The baseline is Hugging Face's.
"""

import os
import pickle
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from time import perf_counter
from typing import Any

from tinytorch.benchmarking import Comparison, alternate
from tinytorch.tokenization import GPT2_PATTERN, BPETokenizer

TOKENS = 4096
MILLIONS = (1, 2, 4, 8)  # of characters
ROUNDS = 5  # at most: the longest take seconds

# tokenizers and tiktoken are imported by the calls that need them, as PyTorch is elsewhere.


@cache
def sources(millions: int) -> list[str]:
    """The first files of the standard library, the last of them cut off."""
    files: list[str] = []
    wanted = millions * 10**6
    for path in sorted(Path(os.__file__).parent.rglob("*.py")):
        if wanted > 0 and "site-packages" not in path.parts:
            files.append(path.read_text("utf-8", "replace")[:wanted])
            wanted -= len(files[-1])
    if wanted:
        raise RuntimeError(f"the standard library is {wanted} characters too short")
    return files


def seconds(make: Callable[[], Callable[[], Any]]) -> float:
    """How long what `make` makes takes to run."""
    run = make()
    start = perf_counter()
    run()
    return perf_counter() - start


def race(makers: dict[str, Callable[[], Callable[[], Any]]], title: str, rounds: int) -> Comparison:
    *ours, theirs = [make()() for make in makers.values()]
    assert all(result == theirs for result in ours), title  # the same merges, or the same ids
    probes = {name: partial(seconds, make) for name, make in makers.items()}
    return alternate(probes, title=title, rounds=min(rounds, ROUNDS))


def training(millions: int, rounds: int) -> Comparison:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    texts = sources(millions)

    def ours() -> Any:
        return lambda: len(BPETokenizer.train(texts, TOKENS).merges)

    def theirs() -> Any:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=TOKENS, initial_alphabet=alphabet, show_progress=False
        )

        def run() -> int:
            tokenizer.train_from_iterator(texts, trainer)
            return tokenizer.get_vocab_size() - len(alphabet)

        return run

    title = f"train {TOKENS} tokens on {millions} million characters"
    return race({"TinyTorch": ours, "tokenizers": theirs}, title, rounds)


@cache
def trained() -> BPETokenizer:
    return BPETokenizer.train(sources(1), TOKENS)


def encoding(millions: int, rounds: int, letters_only: bool) -> Comparison:
    import tiktoken
    from tokenizers import Tokenizer

    text = "".join(sources(millions))
    if letters_only:
        text = "".join(filter(str.isalpha, text))
    pickled, json = pickle.dumps(trained()), as_json(trained())

    def ours() -> Any:
        return partial(pickle.loads(pickled).encode_ordinary, text)

    def tiktokens() -> Any:
        ranks = trained().vocabulary
        encoding = tiktoken.Encoding(
            "ours", pat_str=GPT2_PATTERN, mergeable_ranks=ranks, special_tokens={}
        )
        return partial(encoding.encode_ordinary, text)

    def theirs() -> Any:
        tokenizer = Tokenizer.from_str(json)
        # The one of its methods that does not find out where each token stood in the text.
        return lambda: tokenizer.encode_batch_fast([text])[0].ids

    what = (
        f"{len(text) / 1e6:.1f} million letters in one piece"
        if letters_only
        else (f"{millions} million characters")
    )
    makers = {"TinyTorch": ours, "tiktoken": tiktokens, "tokenizers": theirs}
    return race(makers, f"encode {what}", rounds)


def as_json(tokenizer: BPETokenizer) -> str:
    from tempfile import TemporaryDirectory

    from tinytorch.tokenization import save_tokenizer_json

    with TemporaryDirectory() as folder:
        path = Path(folder, "tokenizer.json")
        save_tokenizer_json(tokenizer, path)
        return path.read_text("utf-8")


def workloads() -> Iterator[Callable[..., Comparison]]:
    for millions in MILLIONS:
        yield partial(training, millions)
    for letters_only in (False, True):
        for millions in MILLIONS:
            yield partial(encoding, millions, letters_only=letters_only)
