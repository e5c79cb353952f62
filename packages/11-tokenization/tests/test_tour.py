"""A tour of the package: read this first."""

import pytest

from tinytorch.tokenization import BPETokenizer, CharacterTokenizer, WordTokenizer

TEXT = "the cat sat on the mat, the rat sat on the hat"


def test_a_tokenizer_turns_text_into_numbers_and_back():
    tokenizer = CharacterTokenizer.train("hello")
    assert tokenizer.characters == "ehlo"
    assert tokenizer.encode("hole") == [1, 3, 2, 0]
    assert tokenizer.decode([1, 3, 2, 0]) == "hole"


def test_characters_are_few_and_texts_become_long():
    tokenizer = CharacterTokenizer.train(TEXT)
    assert tokenizer.vocab_size == 12
    assert len(tokenizer.encode(TEXT)) == len(TEXT) == 46
    with pytest.raises(ValueError, match="text has 'k' at 4, which is not in the vocabulary"):
        tokenizer.encode("thank")


def test_words_make_texts_short_and_are_never_all_known():
    tokenizer = WordTokenizer.train(TEXT, unknown="<unknown>")
    assert tokenizer.vocab_size == 10
    assert len(tokenizer.encode(TEXT)) == 13
    assert tokenizer.decode(tokenizer.encode("the cat sang")) == "the cat<unknown>"


def test_byte_pairs_are_in_between_and_know_everything():
    tokenizer = BPETokenizer.train(TEXT, vocab_size=265)
    assert tokenizer.vocab_size == 265  # the 256 bytes, and nine pairs that were merged
    ids = tokenizer.encode(TEXT)
    assert 13 < len(ids) < 46
    assert tokenizer.decode(ids) == TEXT
    for text in ("the cat sang", "то же самое", "同じこと", "👩‍🚀\r\n\x00"):
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_what_is_frequent_becomes_one_token():
    tokenizer = BPETokenizer.train(TEXT, vocab_size=265)
    assert tokenizer.merges[:3] == [(b"a", b"t"), (b"h", b"e"), (b"t", b"he")]
    ids = tokenizer.encode("the bat sat")
    assert tokenizer.decode_tokens_bytes(ids) == [b"the", b" ", b"b", b"at", b" sat"]


def test_bytes_that_are_no_text_come_back_too():
    tokenizer = BPETokenizer.train(TEXT, vocab_size=265)
    ids = tokenizer.encode_bytes(b"the \xff\xfe")
    assert tokenizer.decode_bytes(ids) == b"the \xff\xfe"
    assert tokenizer.decode(ids) == "the \ufffd\ufffd"


def test_special_tokens_stand_between_texts_and_no_text_writes_them_unasked():
    tokenizer = BPETokenizer.train(TEXT, vocab_size=266, special_tokens=["<|end|>"])
    assert tokenizer.special_tokens == {"<|end|>": 265}
    text = "the cat<|end|>"
    with pytest.raises(ValueError, match="which is not allowed: allow it by allowed_special"):
        tokenizer.encode(text)
    the_cat = tokenizer.encode("the cat")
    assert tokenizer.encode(text, allowed_special={"<|end|>"}) == [*the_cat, 265]
    assert 265 not in tokenizer.encode(text, disallowed_special=())
