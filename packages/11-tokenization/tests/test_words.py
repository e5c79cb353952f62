import copy
import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.tokenization import GPT2_PATTERN, GPT4_PATTERN, WordTokenizer
from tinytorch.tokenization.splitting import Splitter

texts = st.text(st.characters(codec="utf-8") | st.sampled_from("ab  .\n"))
TEXT = "to be or not to be, that is the question"


@given(texts, st.sampled_from([GPT2_PATTERN, GPT4_PATTERN, r"(?s)."]))
def test_a_text_comes_back_from_the_tokenizer_that_it_trained(text, pattern):
    tokenizer = WordTokenizer.train(text, pattern=pattern)
    ids = tokenizer.encode(text)
    assert all(0 <= i < tokenizer.vocab_size for i in ids)
    assert tokenizer.decode(ids) == text
    assert tokenizer.decode_bytes(ids) == text.encode()
    words = [token.decode() for token in tokenizer.decode_tokens_bytes(ids)]
    assert words == Splitter(pattern)(text) == [tokenizer.words[i] for i in ids]


@given(texts, texts)
def test_words_are_ordered_by_how_often_they_occur_then_by_themselves(first, second):
    split = Splitter(GPT2_PATTERN)
    counts = Counter(split(first) + split(second))
    ordered = [word for _, word in sorted((-count, word) for word, count in counts.items())]
    assert WordTokenizer.train([first, second]).words == ordered
    assert WordTokenizer.train(iter([second, first])).words == ordered


@given(texts, st.integers(1, 8), st.none() | st.just("<unknown>"))
def test_the_size_of_a_vocabulary_counts_the_unknown_token(text, size, unknown):
    every = WordTokenizer.train(text, unknown=unknown)
    tokenizer = WordTokenizer.train(text, size, unknown=unknown)
    assert tokenizer.vocab_size == min(size, every.vocab_size)
    assert tokenizer.words == every.words[: len(tokenizer.words)]


def test_words_that_it_does_not_know_are_the_unknown_token():
    tokenizer = WordTokenizer.train(TEXT, 5, unknown="?!")
    assert tokenizer.words == [" be", " is", " not", " or"]
    assert tokenizer.special_tokens == {"?!": 4}
    assert tokenizer.encode("to be or 日本") == [4, 0, 3, 4]
    assert tokenizer.decode([4, 0, 3, 4]) == "?! be or?!"
    assert tokenizer.decode_tokens_bytes([0, 4]) == [b" be", b"?!"]


def test_all_may_be_unknown():
    tokenizer = WordTokenizer.train(TEXT, 1, unknown="?")
    assert tokenizer == WordTokenizer([], unknown="?")
    assert tokenizer.encode("to be") == [0, 0]


def test_a_text_cannot_write_the_unknown_token():
    tokenizer = WordTokenizer(["a", " b"], pattern=r" ?\w+", unknown="c")
    assert tokenizer.encode("a b c") == [0, 1, 2]
    assert tokenizer.words == ["a", " b"]


def test_the_unknown_token_is_called_as_no_word():
    message = r"^WordTokenizer: unknown is '\?', and so is words\[3\], .*such as '<unknown>'$"
    with pytest.raises(ValueError, match=message):
        WordTokenizer.train("is it so? yes", unknown="?")


def test_unknown_words_are_named_with_their_place_where_no_token_stands_for_them():
    tokenizer = WordTokenizer.train(TEXT)
    message = (
        r"^encode: text has the word ' see' at 5, which is not in the vocabulary, expected some of "
        "its 10 words: make the tokenizer with unknown='<unknown>', or use a BPETokenizer"
    )
    with pytest.raises(ValueError, match=message):
        tokenizer.encode("to be see or see")
    assert tokenizer.decode(tokenizer.encode("to be")) == "to be"


def test_what_a_pattern_matches_besides_text_is_no_word():
    tokenizer = WordTokenizer.train("ab cd", pattern=r"\w*|\s")
    assert tokenizer.words == [" ", "ab", "cd"]
    assert tokenizer.encode("cd ab") == [2, 0, 1]


def test_a_pattern_that_leaves_something_out():
    with pytest.raises(ValueError, match=r"^encode: pattern leaves out ' ' at 2 of text"):
        WordTokenizer.train("ab cd", pattern=r"\w+")
    with pytest.raises(ValueError, match=r"^encode: pattern leaves out ' ' at 2 of text"):
        WordTokenizer(["ab"], pattern=r"\w+").encode("ab cd")


@pytest.mark.parametrize("pattern", ["(", "(a)|b"])
def test_a_pattern_that_is_none(pattern):
    with pytest.raises(ValueError, match=r"^pattern is "):
        WordTokenizer(["a"], pattern=pattern)


def test_it_can_be_made_again():
    tokenizer = WordTokenizer.train(TEXT, 5, pattern=GPT4_PATTERN, unknown="?")
    again = WordTokenizer(tokenizer.words, pattern=tokenizer.pattern, unknown=tokenizer.unknown)
    for other in again, pickle.loads(pickle.dumps(tokenizer)), copy.deepcopy(tokenizer):
        assert other == tokenizer
        assert other.encode(TEXT) == tokenizer.encode(TEXT)


def test_equality():
    tokenizer = WordTokenizer(["a", "b"])
    assert tokenizer == WordTokenizer(("a", "b"))
    assert tokenizer != WordTokenizer(["b", "a"])
    assert tokenizer != WordTokenizer(["a", "b"], unknown="?")
    assert tokenizer != WordTokenizer(["a", "b"], pattern=GPT4_PATTERN)
    assert tokenizer != ["a", "b"]


def test_repr_shows_how_many_and_the_first():
    assert repr(WordTokenizer(["a", " b"], unknown="?")) == (
        "WordTokenizer(vocab_size=3, words=['a', ' b'], unknown='?')"
    )
    assert len(repr(WordTokenizer(list(map(str, range(9000)))))) < 100


def test_the_words_given_stay_the_callers():
    words = ["a", "b"]
    tokenizer = WordTokenizer(words, unknown="?")
    words.append("c")
    assert tokenizer.words == ["a", "b"]


def test_an_empty_text_has_an_empty_vocabulary():
    tokenizer = WordTokenizer.train("")
    assert tokenizer == WordTokenizer.train([]) == WordTokenizer([])
    assert tokenizer.vocab_size == 0
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""
    with pytest.raises(IndexError, match="the vocabulary is empty"):
        tokenizer.decode([0])


@pytest.mark.parametrize("ids", [[3], [0, -1], np.array([0, 3])])
def test_ids_that_no_word_has(ids):
    with pytest.raises(IndexError, match=r"^decode: id (3|-1) at [01] is no token's, .* 0 to 2$"):
        WordTokenizer(["a", "b"], unknown="?").decode(ids)


def test_words_that_are_none():
    with pytest.raises(ValueError, match=r"^WordTokenizer: words\[1\] is empty, expected some"):
        WordTokenizer(["a", ""])
    with pytest.raises(ValueError, match=r"^WordTokenizer: unknown is empty, expected some text"):
        WordTokenizer(["a"], unknown="")
    with pytest.raises(TypeError, match=r"^WordTokenizer: words\[1\] is of type int, expected"):
        WordTokenizer(["a", 1])
    with pytest.raises(TypeError, match=r"^WordTokenizer: unknown is of type int, expected a str"):
        WordTokenizer(["a"], unknown=1)
    with pytest.raises(ValueError, match=r"words\[0\] has the lone surrogate '\\ud800' at 1"):
        WordTokenizer(["a\ud800"])


def test_a_word_that_is_there_twice():
    with pytest.raises(ValueError, match=r"^WordTokenizer: words\[2\] is 'a', and so is words\[0"):
        WordTokenizer(["a", "b", "a"])
    with pytest.raises(ValueError, match=r"^WordTokenizer: unknown is 'b', and so is words\[1\]"):
        WordTokenizer(["a", "b"], unknown="b")


@pytest.mark.parametrize("words", ["a text", {"a", "b"}, None, iter("ab")])
def test_words_without_an_order(words):
    with pytest.raises(TypeError, match=r"^WordTokenizer: words is of type .*, expected a list"):
        WordTokenizer(words)


@pytest.mark.parametrize("size", [0, -5])
def test_a_vocabulary_that_is_too_small(size):
    message = rf"^WordTokenizer\.train: vocab_size is {size}, expected at least 1$"
    with pytest.raises(ValueError, match=message):
        WordTokenizer.train(TEXT, size)


@pytest.mark.parametrize("size", [2.0, "2", True])
def test_a_size_that_is_none(size):
    with pytest.raises(
        TypeError, match=r"^WordTokenizer\.train: vocab_size is .*, expected an int"
    ):
        WordTokenizer.train(TEXT, size)


@pytest.mark.parametrize("text", [None, 5, b"text", ["a"]])
def test_a_text_that_is_none(text):
    with pytest.raises(TypeError, match=r"^encode: text is of type \w+, expected a str"):
        WordTokenizer(["a"]).encode(text)


@pytest.mark.parametrize("text", [None, 5, b"text", [b"text"], ["a", 5]])
def test_training_on_what_is_no_text(text):
    message = r"^WordTokenizer\.train: text is of type (NoneType|int|bytes), expected a str"
    with pytest.raises(TypeError, match=message):
        WordTokenizer.train(text)


def test_lone_surrogates():
    with pytest.raises(ValueError, match=r"^encode: text has the lone surrogate '\\udc80' at 1"):
        WordTokenizer(["a"], unknown="?").encode("a\udc80")
    with pytest.raises(ValueError, match=r"^WordTokenizer\.train: text has the lone surrogate"):
        WordTokenizer.train("a\ud800")
