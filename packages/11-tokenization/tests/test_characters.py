import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.tokenization import CharacterTokenizer

texts = st.text(st.characters(codec="utf-8"))


@given(texts)
def test_a_text_comes_back_from_the_tokenizer_that_it_trained(text):
    tokenizer = CharacterTokenizer.train(text)
    ids = tokenizer.encode(text)
    assert len(ids) == len(text)
    assert all(0 <= i < tokenizer.vocab_size for i in ids)
    assert tokenizer.decode(ids) == text
    assert tokenizer.decode_bytes(ids) == text.encode()
    assert tokenizer.decode_tokens_bytes(ids) == [character.encode() for character in text]


@given(texts, texts)
def test_characters_are_sorted_and_there_once(first, second):
    tokenizer = CharacterTokenizer.train([first, second])
    assert tokenizer.characters == "".join(sorted({*first, *second}))
    assert tokenizer.vocab_size == len({*first, *second})
    assert tokenizer == CharacterTokenizer.train(second + first)


def test_ids_are_the_places_of_the_characters():
    tokenizer = CharacterTokenizer("cab 😀")
    assert tokenizer.encode("abc 😀") == [1, 2, 0, 3, 4]
    assert tokenizer.vocab_size == 5
    assert tokenizer == CharacterTokenizer(["c", "a", "b", " ", "😀"])


def test_texts_are_read_one_at_a_time_and_from_anything():
    assert CharacterTokenizer.train(line for line in ["to be", "or not"]).characters == " benort"


def test_it_can_be_made_again():
    tokenizer = CharacterTokenizer.train("to be")
    assert CharacterTokenizer(tokenizer.characters) == tokenizer
    for other in pickle.loads(pickle.dumps(tokenizer)), copy.deepcopy(tokenizer):
        assert other == tokenizer
        assert other.encode("bet") == tokenizer.encode("bet")
    assert tokenizer != CharacterTokenizer("to be")  # not sorted: other ids
    assert tokenizer != tokenizer.characters


def test_repr_shows_how_many_and_the_first():
    assert repr(CharacterTokenizer("ab\n")) == (
        r"CharacterTokenizer(vocab_size=3, characters='ab\n')"
    )
    assert len(repr(CharacterTokenizer(list(map(chr, range(9000)))))) < 100


def test_an_empty_text_has_an_empty_vocabulary():
    tokenizer = CharacterTokenizer.train("")
    assert tokenizer == CharacterTokenizer.train([]) == CharacterTokenizer("")
    assert tokenizer.vocab_size == 0
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""
    with pytest.raises(IndexError, match="the vocabulary is empty"):
        tokenizer.decode([0])


def test_unknown_characters_are_named_with_their_place():
    tokenizer = CharacterTokenizer("helo ")
    message = (
        r"^encode: text has 'w' at 6, which is not in the vocabulary, expected some of its 5 "
        "characters: train on a text that has it, or use a BPETokenizer"
    )
    with pytest.raises(ValueError, match=message):
        tokenizer.encode("hello world, world")
    assert tokenizer.encode("hello") == [0, 1, 2, 2, 3]


@pytest.mark.parametrize("ids", [[3], [0, -1], np.array([0, 3])])
def test_ids_that_no_character_has(ids):
    with pytest.raises(IndexError, match=r"^decode: id (3|-1) at [01] is no token's, .* 0 to 2$"):
        CharacterTokenizer("abc").decode(ids)


def test_decode_takes_arrays():
    assert CharacterTokenizer("abc").decode(np.array([2, 0, 1])) == "cab"


def test_ids_that_are_no_integers():
    with pytest.raises(TypeError, match=r"^decode: ids is \[0\.5\], expected integers"):
        CharacterTokenizer("abc").decode([0.5])


def test_characters_that_are_none():
    with pytest.raises(ValueError, match=r"^CharacterTokenizer: characters\[1\] is 'bc', expected"):
        CharacterTokenizer(["a", "bc"])
    with pytest.raises(ValueError, match=r"^CharacterTokenizer: characters\[0\] is '', expected"):
        CharacterTokenizer([""])
    with pytest.raises(TypeError, match=r"^CharacterTokenizer: characters\[1\] is of type int"):
        CharacterTokenizer(["a", 1])
    with pytest.raises(TypeError, match=r"^CharacterTokenizer: characters\[0\] is of type int"):
        CharacterTokenizer(b"abc")
    with pytest.raises(ValueError, match=r"characters\[1\] has the lone surrogate '\\ud800' at 0"):
        CharacterTokenizer("a\ud800")


def test_a_character_that_is_there_twice():
    message = r"^CharacterTokenizer: characters\[3\] is 'a', and so is characters\[1\], expected"
    with pytest.raises(ValueError, match=message):
        CharacterTokenizer("banana")


@pytest.mark.parametrize("characters", [{"a", "b"}, None, 5, iter("ab")])
def test_characters_without_an_order(characters):
    with pytest.raises(TypeError, match=r"^CharacterTokenizer: characters is of type .* a list"):
        CharacterTokenizer(characters)


@pytest.mark.parametrize("text", [None, 5, b"text", ["a"]])
def test_a_text_that_is_none(text):
    with pytest.raises(TypeError, match=r"^encode: text is of type \w+, expected a str"):
        CharacterTokenizer("abc").encode(text)


@pytest.mark.parametrize("text", [None, 5, b"text", [b"text"], ["a", 5]])
def test_training_on_what_is_no_text(text):
    message = r"^CharacterTokenizer\.train: text is of type (NoneType|int|bytes), expected a str"
    with pytest.raises(TypeError, match=message):
        CharacterTokenizer.train(text)


def test_lone_surrogates():
    with pytest.raises(ValueError, match=r"^encode: text has the lone surrogate '\\udc80' at 1"):
        CharacterTokenizer("abc").encode("a\udc80")
    with pytest.raises(ValueError, match=r"^CharacterTokenizer\.train: text has the lone surrog"):
        CharacterTokenizer.train("a\ud800")
