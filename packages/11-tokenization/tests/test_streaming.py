"""Text while its tokens come: no character is torn, and nothing waits longer than it must."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.tokenization import BPETokenizer, CharacterTokenizer, WordTokenizer

TEXT = "Größe, 日本, 🐢!\n"
BPE = BPETokenizer.train("the cat sat on the mat", 270, special_tokens=["<|end|>"])
TOKENIZERS = [BPE, CharacterTokenizer.train(TEXT), WordTokenizer.train(TEXT)]


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=lambda each: type(each).__name__)
def test_joined_it_is_the_text(tokenizer):
    pieces = list(tokenizer.decode_stream(tokenizer.encode(TEXT)))
    assert "".join(pieces) == TEXT
    assert all(pieces)
    assert "\ufffd" not in "".join(pieces)


def test_a_character_comes_with_its_last_byte():
    asked = []

    def ids():
        for token in BPE.encode("aß日"):
            asked.append(token)
            yield token

    stream = BPE.decode_stream(ids())
    assert asked == []
    assert [(next(stream), len(asked)) for _ in "aß日"] == [("a", 1), ("ß", 3), ("日", 6)]
    assert next(stream, None) is None


def test_what_never_ends_can_be_read():
    stream = CharacterTokenizer("abc").decode_stream(number % 3 for number in count())
    assert "".join(next(stream) for _ in range(7)) == "abcabca"


@given(st.lists(st.integers(0, BPE.vocab_size - 1)))
def test_any_ids_are_decoded_as_all_at_once(ids):
    assert "".join(BPE.decode_stream(ids)) == BPE.decode(ids)
    for errors in ("ignore", "backslashreplace"):
        assert "".join(BPE.decode_stream(ids, errors)) == BPE.decode(ids, errors)


def test_bytes_that_are_no_text():
    (first, second, third) = BPE.encode("日")
    assert list(BPE.decode_stream([first, second])) == ["\ufffd"]
    assert list(BPE.decode_stream([first, *BPE.encode("a"), third])) == ["\ufffda", "\ufffd"]
    stream = BPE.decode_stream([*BPE.encode("a"), first], errors="strict")
    assert next(stream) == "a"
    with pytest.raises(UnicodeDecodeError):
        next(stream)


@pytest.mark.parametrize("kind", [tuple, iter, np.array, lambda ids: map(np.int64, ids)])
def test_kinds_of_ids(kind):
    assert "".join(BPE.decode_stream(kind(BPE.encode(TEXT)))) == TEXT


def test_no_ids():
    assert list(BPE.decode_stream([])) == []


def test_an_id_that_no_token_has_is_named_with_its_place():
    stream = BPE.decode_stream([*BPE.encode("a"), 999])
    assert next(stream) == "a"
    with pytest.raises(IndexError, match=r"^decode: id 999 at 1 is no token's, expected from 0 to"):
        next(stream)


@pytest.mark.parametrize(
    "ids", [1, None, [1.0], "12", b"12", [[1, 2]], np.array(1), np.array([1.0])]
)
def test_what_are_no_ids(ids):
    with pytest.raises(TypeError, match=r"^decode: ids is .*, expected integers: a list"):
        list(BPE.decode_stream(ids))
