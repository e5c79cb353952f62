"""Training, held against one that counts everything anew for each merge."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.tokenization import GPT4_PATTERN, BPETokenizer
from tinytorch.tokenization.training import learn_merges

WHOLE = r"[\s\S]+"  # a text is one piece


def literal_merges(words, first, wanted, min_count):
    rows = [(list(word), count) for word, count in words.items()]
    merges = []
    while len(merges) < wanted:
        counts = Counter()
        for tokens, count in rows:
            for pair in pairwise(tokens):
                counts[pair] += count
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if best is None or counts[best] < min_count:
            break
        for tokens, _ in rows:
            i = 0
            while i < len(tokens) - 1:
                if (tokens[i], tokens[i + 1]) == best:
                    tokens[i : i + 2] = [first + len(merges)]
                i += 1
        merges.append(best)
    return merges


runs = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), max_size=5).map(
    lambda parts: tuple(token for token, length in parts for _ in range(length))
)
mixed = st.lists(st.integers(0, 4), max_size=15).map(tuple)


@given(
    words=st.dictionaries(runs | mixed, st.integers(1, 9), max_size=8),
    wanted=st.integers(0, 30),
    min_count=st.integers(1, 4),
)
def test_it_learns_what_counting_anew_learns(words, wanted, min_count):
    expected = literal_merges(words, 5, wanted, min_count)
    assert learn_merges(words, 5, wanted, min_count) == expected


@pytest.mark.parametrize("length", [2, 3, 4, 5, 7, 8, 15, 16, 17, 100])
def test_runs_of_one_token(length):
    words = {(0,) * length: 1, (0,) * (length - 1) + (1,): 2, (1,) + (0,) * (length - 1): 3}
    assert learn_merges(words, 2, 50) == literal_merges(words, 2, 50, 1)


@given(st.text("abc", max_size=40), st.integers(256, 290))
def test_no_two_merges_make_the_same_token(text, vocab_size):
    tokenizer = BPETokenizer.train(text, vocab_size, pattern=WHOLE)
    assert len(tokenizer.vocabulary) == 256 + len(tokenizer.merges)
    assert sorted(tokenizer.vocabulary.values()) == list(range(tokenizer.vocab_size))


@given(st.text("abc", min_size=1, max_size=40), st.integers(256, 290))
def test_each_token_is_what_its_own_text_becomes(text, vocab_size):
    tokenizer = BPETokenizer.train(text, vocab_size, pattern=WHOLE)
    for token, number in tokenizer.vocabulary.items():
        assert tokenizer.encode_bytes(token) == [number]


@pytest.mark.parametrize(
    ("text", "merges"),
    [
        # all occur once, and the smallest left token is b
        ("dcba", [(b"b", b"a"), (b"c", b"ba"), (b"d", b"cba")]),
        # two with a on the left: the smaller right one first
        ("acab", [(b"a", b"b"), (b"a", b"c"), (b"ac", b"ab")]),
        # by id, not by byte: the space has id 220, after every letter
        ("b a", [(b"b", b" "), (b"b ", b"a")]),
        # the more frequent wins over the smaller
        ("abzyzy", [(b"z", b"y"), (b"a", b"b"), (b"zy", b"zy"), (b"ab", b"zyzy")]),
    ],
)
def test_ties(text, merges):
    assert BPETokenizer.train(text, 300, pattern=WHOLE).merges == merges


def test_pairs_overlap_when_they_are_counted_not_when_they_are_merged():
    # aa occurs twice in "aaa", as often as xy; its left token is smaller
    tokenizer = BPETokenizer.train(["aaa", "xy", "xy"], 258, pattern=WHOLE)
    assert tokenizer.merges == [(b"a", b"a"), (b"x", b"y")]
    assert tokenizer.decode_tokens_bytes(tokenizer.encode("aaa")) == [b"aa", b"a"]


def test_what_is_rarer_than_min_count_is_no_token():
    text = "ab ab ab cd cd ef"
    merges = [(b"a", b"b"), (b"c", b"d"), (b" ", b"ab"), (b" ", b"cd"), (b"e", b"f"), (b" ", b"ef")]
    assert BPETokenizer.train(text, 300).merges == merges
    assert BPETokenizer.train(text, 300, min_count=2).merges == merges[:4]
    assert BPETokenizer.train(text, 300, min_count=3).merges == [(b"a", b"b")]
    assert BPETokenizer.train(text, 300, min_count=4).merges == []


def test_the_bytes_come_first_in_the_order_of_gpt2():
    tokenizer = BPETokenizer.train("", 256)
    assert tokenizer.vocab_size == 256
    assert tokenizer.decode_tokens_bytes([0, 1, 93, 94, 187, 188, 220, 255]) == [
        *(b"!", b'"', b"~", b"\xa1", b"\xff", b"\x00", b" ", b"\xad")
    ]


def test_a_text_with_too_few_pairs_gives_fewer_tokens():
    tokenizer = BPETokenizer.train("abab", 1000, special_tokens=["<|end|>"])
    assert tokenizer.merges == [(b"a", b"b"), (b"ab", b"ab")]
    assert tokenizer.special_tokens == {"<|end|>": 258}
    assert tokenizer.vocab_size == 259


@pytest.mark.parametrize("text", ["", [], [""], ["", ""], iter(())])
def test_an_empty_text_leaves_the_bytes(text):
    tokenizer = BPETokenizer.train(text, 1000, special_tokens=["<|end|>"])
    assert tokenizer.merges == []
    assert tokenizer.vocab_size == 257
    assert tokenizer.decode(tokenizer.encode("still ✓")) == "still ✓"


def test_a_vocabulary_has_room_for_the_bytes_and_special_tokens():
    assert BPETokenizer.train("abab", 258, special_tokens=["<a>", "<b>"]).merges == []
    for vocab_size, special_tokens, least in [
        (255, [], 256),
        (-1, [], 256),
        (257, ["x", "y"], 258),
    ]:
        with pytest.raises(
            ValueError,
            match=rf"^BPETokenizer.train: vocab_size is {vocab_size}, expected at least {least}: "
            rf"256 bytes and {len(special_tokens)} special tokens$",
        ):
            BPETokenizer.train("abab", vocab_size, special_tokens=special_tokens)


def test_special_tokens_are_cut_out():
    marked = BPETokenizer.train("ab<|end|>ab<|end|>", 300, special_tokens=["<|end|>"])
    parts = BPETokenizer.train(["ab", "ab"], 300, special_tokens=["<|end|>"])
    assert marked == parts
    assert marked.merges == [(b"a", b"b")]
    # with no special token the same marks are text
    assert (b"e", b"n") in BPETokenizer.train("ab<|end|>ab<|end|>", 300).merges


def test_of_special_tokens_at_one_place_the_longer_is_cut_out():
    tokenizer = BPETokenizer.train("ab<>>ab", 300, special_tokens=["<>", "<>>"])
    assert tokenizer.merges == [(b"a", b"b")]


def test_a_special_token_counts_once():
    tokenizer = BPETokenizer.train("", 258, special_tokens=["<a>", "<b>", "<a>"])
    assert tokenizer.special_tokens == {"<a>": 256, "<b>": 257}


@given(st.lists(st.text("ab \n", max_size=12), max_size=5))
def test_one_text_is_the_same_as_its_lines(lines):
    # no piece of GPT-4's pattern goes on after line ends and a letter
    lines = [f"x{line}\n" for line in lines]
    whole = BPETokenizer.train("".join(lines), 280, pattern=GPT4_PATTERN)
    assert whole == BPETokenizer.train(lines, 280, pattern=GPT4_PATTERN)
    assert whole == BPETokenizer.train(iter(reversed(lines)), 280, pattern=GPT4_PATTERN)


def test_no_token_is_learned_across_texts():
    assert BPETokenizer.train(["a", "b", "a", "b"], 300, pattern=WHOLE).merges == []


def test_no_token_is_learned_across_pieces():
    tokenizer = BPETokenizer.train("dog. dog! dog? dog.", 300)
    assert all(token in b" dog" or len(token) == 1 for token in tokenizer.vocabulary)


def test_a_long_run_and_a_long_word():
    run = BPETokenizer.train("a" * 100_000, 272)
    assert [len(left + right) for left, right in run.merges] == [2**k for k in range(1, 17)]
    word = BPETokenizer.train("abcdefghijklmnop" * 5_000, 300)
    assert b"abcdefghijklmnop" in word.vocabulary


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (("", 300.0), {}, "vocab_size is 300.0, expected an int"),
        (("", True), {}, "vocab_size is True, expected an int"),
        (("", 300), {"min_count": "2"}, "min_count is '2', expected an int"),
        ((b"ab", 300), {}, "text is of type bytes, expected a str: decode them"),
        ((None, 300), {}, "text is of type NoneType, expected a str"),
        ((["a", b"b"], 300), {}, "text is of type bytes, expected a str: decode them"),
        (([["a"]], 300), {}, "text is of type list, expected a str"),
        (("", 300), {"special_tokens": "<a>"}, "special_tokens is '<a>', expected a list of names"),
    ],
)
def test_kinds_of_arguments(arguments, settings, message):
    with pytest.raises(TypeError, match=rf"^BPETokenizer.train: {message}"):
        BPETokenizer.train(*arguments, **settings)


def test_a_pair_occurs_at_least_once():
    with pytest.raises(
        ValueError, match=r"^BPETokenizer.train: min_count is 0, expected at least 1$"
    ):
        BPETokenizer.train("ab", 300, min_count=0)


def test_texts_that_utf8_cannot_hold():
    with pytest.raises(
        ValueError, match=r"^BPETokenizer.train: text has the lone surrogate '\\udc80' at 2, which"
    ):
        BPETokenizer.train(["fine", "no\udc80"], 300)


@pytest.mark.parametrize(
    ("names", "kind", "message"),
    [
        ([""], ValueError, "special_tokens has an empty name, expected some text"),
        ([7], TypeError, "special_tokens: a name is of type int, expected a str"),
        (["\ud800"], ValueError, r"special_tokens: a name has the lone surrogate '\\ud800' at 0"),
    ],
)
def test_names_of_special_tokens(names, kind, message):
    with pytest.raises(kind, match=f"^{message}"):
        BPETokenizer.train("ab", 300, special_tokens=names)
