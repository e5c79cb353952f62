"""Tokenizers for the tests of files: trained ones, and odd ones that a file must keep or refuse."""

import os
import random

import pytest

from tinytorch.tokenization import GPT4_PATTERN, BPETokenizer

TEXT = "It's the lowest of the lower towers; the newest, the widest of 2026: naïve 日本 日本\n" * 2
BYTES = [bytes([byte]) for byte in range(256)]
ODD_NAMES = [
    *("<|end|>", " two words ", "line\nend\r\n", 'quo"te\\', "🙂", "\t", "\0", "#version: 0.2"),
    *("ABC DEF", "čokolāde", "\u2028", "\ufeff", '", "a": 1', "日本"),
]


def made(merges, *more, ids=None, **options):
    """One with the bytes, what merges make of them, and more tokens; with ids from 0 on."""
    tokens = list(dict.fromkeys([*BYTES, *(left + right for left, right in merges), *more]))
    return BPETokenizer(
        dict(zip(tokens, ids or range(len(tokens)), strict=False)), merges, **options
    )


@pytest.fixture(scope="session")
def odd():
    """Tokenizers by what is odd about them."""
    chain = [(b"l", b"o"), (b"lo", b"w"), (b" ", b"low"), (b"#", b"#")]
    twice = [(b"a", b"b"), (b"b", b"c"), (b"a", b"bc"), (b"ab", b"c")]
    shuffled = random.Random(0).sample(range(1000), 300)
    return {
        "trained": BPETokenizer.train(TEXT, 300, special_tokens=["<|end|>", "<|start|>"]),
        "another pattern": BPETokenizer.train(TEXT, 300, pattern=GPT4_PATTERN),
        "a pattern with signs": made(chain, pattern='"|\\\\|\\n|日|[^"\\\\\\n日]+'),
        "bytes only": made([]),
        "ids with gaps": made(chain, ids=range(7, 4000, 13), special_tokens={"<|end|>": 5}),
        "ids in no order": made(chain, ids=shuffled),
        "bytes after what is made of them": made(chain, ids=[*range(100, 356), *range(4)]),
        "merges not by id": made(chain, ids=[*range(256), 400, 300, 500, 256]),
        "a merge before its parts'": made([chain[1], chain[0]]),
        "a token made twice": made(twice),
        "a token that its bytes pass by": made([twice[1], twice[0], twice[3]]),
        "the same, whole": made([twice[1], twice[0], twice[3]], ignore_merges=True),
        "a token of no merge": made(chain, b"tower"),
        "the same token, whole": made(chain, b"tower", ignore_merges=True),
        "ignore_merges for nothing": made(chain, ignore_merges=True),
        "odd special tokens": made(
            chain, special_tokens={n: 300 + i for i, n in enumerate(ODD_NAMES)}
        ),
        "a special token called as one is written": made(chain, special_tokens={"Ġlow": 300}),
        "a special token that begins like a space": made(chain, special_tokens={"Ġnew": 300}),
        "a special token called as a byte is": made(chain, special_tokens={"!": 300}),
    }


@pytest.fixture
def full_disk(monkeypatch):
    """What is written does not get to the disk."""

    def fail(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
