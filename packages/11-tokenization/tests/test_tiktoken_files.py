"""Rank files: what follows from ranks, what they have no place for, and what may be wrong."""

import random
import re
from base64 import b64encode
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.tokenization import GPT2_PATTERN, BPETokenizer, load_tiktoken, save_tiktoken

# What follows from no ranks, or not from them alone, and what is said about it.
REFUSED = {
    "merges not by id": "merges are not those that follow from its ids",
    "a token made twice": "merges are not those that follow from its ids",
    "a token that its bytes pass by": "merges are not those that follow from its ids",
    "the same, whole": "merges are not those that follow from its ids",
    "ids in no order": "merges are not those that follow from its ids",
    "a token of no merge": "has tokens that no merge makes",
}
TOKENIZER = BPETokenizer.train("low lower", 259)


def line(token, rank):
    return f"{b64encode(token).decode()} {rank}\n"


BYTES = "".join(line(bytes([byte]), byte) for byte in range(256))
RANKS = BYTES + line(b"lo", 256) + line(b"low", 257)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.tiktoken"


def load(path, text, **options):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_tiktoken(path, pattern=r"\w+|\W+", **options)


def refuses(path, text, message, **options):
    with pytest.raises(ValueError, match=r"^load_tiktoken: ") as caught:
        load(path, text, **options)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_what_is_saved_is_loaded(odd, path):
    for name in odd.keys() - REFUSED.keys():
        mine = odd[name]
        save_tiktoken(mine, path)
        again = load_tiktoken(path, pattern=mine.pattern, special_tokens=mine.special_tokens)
        if name == "ignore_merges for nothing":  # all tokens are what their bytes merge to
            assert not again.ignore_merges
            again.ignore_merges = True
        assert again == mine, name


@pytest.mark.parametrize(("name", "message"), REFUSED.items())
def test_what_does_not_follow_from_ranks_is_refused(odd, path, name, message):
    path.write_text("old")
    with pytest.raises(ValueError, match=f"^save_tiktoken: .*{message}.*save_tokenizer_json"):
        save_tiktoken(odd[name], path)
    assert path.read_text() == "old"


def test_the_file_is_tiktokens(path):
    save_tiktoken(TOKENIZER, str(path))
    lines = path.read_bytes().split(b"\n")
    assert lines[:2] == [b"IQ== 0", b"Ig== 1"]
    assert lines[256:] == [b"bG8= 256", b"bG93 257", b"ZXI= 258", b""]


def test_only_a_tokenizer_of_bytes_is_written(path):
    with pytest.raises(TypeError, match=r"^save_tiktoken: tokenizer is of type NoneType, expected"):
        save_tiktoken(None, path)
    assert not path.exists()


def test_a_full_disk_leaves_the_old_file(path, full_disk):
    path.write_text("old")
    with pytest.raises(OSError, match="was not written: No space left"):
        save_tiktoken(TOKENIZER, path)
    assert [file.read_text() for file in path.parent.iterdir()] == ["old"]


def test_a_file_that_is_missing_is_named(path):
    with pytest.raises(FileNotFoundError, match=re.escape(str(path))):
        load_tiktoken(path, pattern=GPT2_PATTERN)


def test_the_pattern_and_the_special_tokens_are_as_told(path):
    tokenizer = load(path, RANKS, special_tokens={"<|end|>": 300})
    assert tokenizer.pattern == r"\w+|\W+"
    assert tokenizer.encode("low<|end|>", allowed_special="all") == [257, 300]


@pytest.mark.parametrize(
    "text",
    [
        RANKS.replace("\n", "\r\n"),
        RANKS.replace("\n", "\n\n"),
        RANKS.removesuffix("\n"),
        RANKS.replace(" ", "\t "),
        "".join(random.Random(0).sample(RANKS.splitlines(keepends=True), 258)),
        RANKS.replace(" 7\n", " 007\n"),
    ],
    ids=["CRLF", "empty lines", "no end of line", "tabs", "shuffled", "zeros before"],
)
def test_other_ways_to_write_ranks(path, text):
    assert load(path, text) == load(path, RANKS)


# What follows from ranks: these are tiktoken's rules, applied step by step


def slowly(ranks, piece):
    """The tokens of a piece as tiktoken makes them: whole, or by the lowest rank of all."""
    if piece in ranks:
        return [piece]
    parts = [bytes([byte]) for byte in piece]
    while True:
        joined = [a + b for a, b in pairwise(parts)]
        known = [token for token in joined if token in ranks]
        if not known:
            return parts
        i = joined.index(min(known, key=ranks.__getitem__))
        parts[i : i + 2] = [joined[i]]


@given(
    tokens=st.lists(st.text("abé", min_size=2, max_size=6), min_size=1, max_size=20, unique=True),
    random=st.randoms(use_true_random=False),
    text=st.text("abé", max_size=20),
)
def test_any_ranks_give_tiktokens_ids(tmp_path_factory, tokens, random, text):
    names = [*(bytes([byte]) for byte in range(256)), *(token.encode() for token in tokens)]
    ranks = dict(zip(names, random.sample(range(600), len(names)), strict=True))
    path = tmp_path_factory.mktemp("ranks") / "x"
    tokenizer = load(path, "".join(line(*item) for item in ranks.items()))
    assert tokenizer.vocabulary == ranks
    for piece in (text, *tokens):
        expected = [ranks[token] for token in slowly(ranks, piece.encode())] if piece else []
        assert tokenizer.encode(piece) == expected
    save_tiktoken(tokenizer, path)
    assert load_tiktoken(path, pattern=tokenizer.pattern) == tokenizer


def test_a_token_that_nothing_merges_to_is_only_itself(path):
    tokenizer = load(path, RANKS + line(b"tower", 258))
    assert tokenizer.merges == [(b"l", b"o"), (b"lo", b"w")]
    assert tokenizer.ignore_merges
    assert tokenizer.decode_tokens_bytes(tokenizer.encode("tower")) == [b"tower"]
    assert tokenizer.decode_tokens_bytes(tokenizer.encode("towers")) == [
        *(bytes([byte]) for byte in b"towers")
    ]


# What may be wrong


@pytest.mark.parametrize(
    "wrong",
    [
        "bG93",
        "bG93 ",
        " 258",
        "bG93 258 1",
        "bG93 -1",
        "bG93 +258",
        "bG93 2.58e2",
        "bG93 258.0",
        "bG93 0x102",
        "bG93 2_58",
        "bG93 null",
        "bG93 ٢",
        "bG9 258",
        "bG93=A== 258",
        "b*93 258",
        "=== 258",
        "low 258",
        "\0 258",
        '{"low": 258}',
        " ",
        "é 258",
    ],
)
def test_lines_that_are_no_rank(path, wrong):
    shown = repr(wrong.encode())
    refuses(path, RANKS + wrong + "\n" + line(b"er", 259), f"line 259 is {shown}, expected a token")


def test_bytes_that_are_no_text(path):
    refuses(
        path, RANKS.encode() + b"\xff\xfe 258", r"line 259 is b'\xff\xfe 258', expected a token"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no token for the byte 0x00 and 255 more"),
        ("\n", "no token for the byte 0x00 and 255 more"),
        (BYTES.replace(line(b"a", 97), ""), "no token for the byte 0x61, expected one for each"),
        (RANKS + line(b"low", 258), "line 259 has the token b'low', which an earlier one has"),
        (RANKS + line(b"low", 257), "line 259 has the token b'low', which an earlier one has"),
        (RANKS + line(b"a", 258), "line 259 has the token b'a', which an earlier one has"),
        (RANKS + line(b"er", 256), "tokens b'lo' and b'er' both have the id 256"),
        (RANKS + line(b"er", "0256"), "tokens b'lo' and b'er' both have the id 256"),
        (RANKS + line(b"er", 97), "tokens b'a' and b'er' both have the id 97"),
        (RANKS + line(b"er", "1" * 5000), "Exceeds the limit"),
        (RANKS[:-2], "tokens b'\\x19' and b'low' both have the id 25"),
        (RANKS[:-6], "line 258 is b'bG9', expected a token"),
    ],
)
def test_ranks_that_contradict(path, text, message):
    refuses(path, text, message)


@pytest.mark.parametrize(
    ("special_tokens", "message"),
    [
        ({"<|end|>": 257}, "'<|end|>' has the id 257, which is that of b'low'"),
        ({"<|end|>": -1}, "'<|end|>' has the id -1, expected 0 or more"),
        ({"<|a|>": 300, "<|b|>": 300}, "'<|a|>' and '<|b|>' both have the id 300"),
    ],
)
def test_special_tokens_that_contradict_it(path, special_tokens, message):
    refuses(path, RANKS, message, special_tokens=special_tokens)


def test_a_pattern_that_is_none(path):
    path.write_text(RANKS)
    with pytest.raises(
        ValueError, match=r"^load_tiktoken: .*pattern is '\(', no regular expression"
    ):
        load_tiktoken(path, pattern="(")
