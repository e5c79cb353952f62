import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.tokenization import GPT2_PATTERN, GPT4_PATTERN, BPETokenizer
from tinytorch.tokenization import pieces as pieces_module
from tinytorch.tokenization.pieces import Pieces

TEXT = (
    "It's the lowest of the lower towers; the newest, the widest of 2026: naïve 日本 日本\n"
    "Nothing else that is tall may stand where those towers stood before.\n"
)
BYTES = {bytes([byte]): byte for byte in range(256)}
NAMES = ["<|end|>", "<|start|>"]

GPT2 = BPETokenizer.train(TEXT, 300, special_tokens=NAMES)
GPT4 = BPETokenizer.train(TEXT, 300, pattern=GPT4_PATTERN)
both = pytest.mark.parametrize("tokenizer", [GPT2, GPT4], ids=["gpt2", "gpt4"])


@pytest.fixture
def tokenizer():
    return BPETokenizer.train(TEXT, 300, special_tokens=NAMES)


# There and back


@both
@given(text=st.text(st.characters(exclude_categories=["Cs"])) | st.text(" \nthelow'S日本1"))
def test_any_text_comes_back(tokenizer, text):
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert tokenizer.encode_ordinary(text) == ids
    assert tokenizer.encode_bytes(text.encode()) == ids


@both
@given(data=st.binary() | st.lists(st.sampled_from([b" ", b"\n", b"the", b"\xe6", b"\xff"])))
def test_any_bytes_come_back(tokenizer, data):
    data = data if isinstance(data, bytes) else b"".join(data)
    ids = tokenizer.encode_bytes(data)
    assert tokenizer.decode_bytes(ids) == data
    assert b"".join(tokenizer.decode_tokens_bytes(ids)) == data
    assert tokenizer.encode_bytes(bytearray(data)) == ids


def test_every_code_point_comes_back():
    text = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000, 7)]))
    for tokenizer in (GPT2, GPT4):
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_an_empty_text(tokenizer):
    assert tokenizer.encode("") == tokenizer.encode_bytes(b"") == []
    assert tokenizer.decode([]) == ""
    assert tokenizer.decode_bytes([]) == b""


def test_tokens_need_not_be_whole_characters(tokenizer):
    ids = tokenizer.encode("語")
    assert b"".join(tokenizer.decode_tokens_bytes(ids)) == b"\xe8\xaa\x9e"
    assert len(ids) > 1
    assert tokenizer.decode(ids[:1]) == "\ufffd"
    assert tokenizer.decode(ids[:1], errors="ignore") == ""
    with pytest.raises(UnicodeDecodeError):
        tokenizer.decode(ids[:1], errors="strict")


def test_bytes_that_are_not_text_belong_to_the_last_piece():
    merges = [(b"a", b"\xff"), (b" ", b"b")]
    tokens = [b"a\xff", b" b"]
    tokenizer = BPETokenizer({**BYTES, **{t: 256 + i for i, t in enumerate(tokens)}}, merges)
    encode = tokenizer.encode_bytes
    assert encode(b"a\xff") == [256]
    assert encode(b"a\xff b") == [256, 257]
    assert encode(b" b a\xff") == [257, ord(" "), 256]
    assert encode(b"\xffa") == [0xFF, ord("a")]
    assert encode(b"\xff\xfe") == [0xFF, 0xFE]


def test_white_space_before_such_a_piece_belongs_to_it():
    pairs = [(b" ", b" "), (b"\t", b" "), (b"\r", b" "), (b"\n", b"b")]
    tokens = {left + right: 256 + i for i, (left, right) in enumerate(pairs)}
    tokenizer = BPETokenizer({**BYTES, **tokens}, pairs)

    def cut(data):
        return tokenizer.decode_tokens_bytes(tokenizer.encode_bytes(data))

    assert cut(b"\t b") == [b"\t", b" ", b"b"]
    assert cut(b"\t b\xff") == [b"\t ", b"b", b"\xff"]
    assert cut(b"   b\xff") == [b"  ", b" ", b"b", b"\xff"]
    # a carriage return is none of it
    assert cut(b"\r b\xff") == [b"\r", b" ", b"b", b"\xff"]
    # nor does it belong to a piece that starts otherwise
    assert cut(b"\nb\xff") == [b"\n", b"b", b"\xff"]
    assert cut(b"\t b") == [b"\t", b" ", b"b"]


def test_much_white_space_before_a_byte_that_is_not_text():
    tokenizer = BPETokenizer(BYTES, [])
    data = b" " * 200_000 + b"b\xff"
    assert tokenizer.encode_bytes(data) == list(data)


# Special tokens


def test_special_tokens_that_are_allowed(tokenizer):
    end, start = (tokenizer.special_tokens[name] for name in NAMES)
    text = "<|start|>the<|end|><|end|>"
    the = tokenizer.encode("the")
    assert tokenizer.encode(text, allowed_special="all") == [start, *the, end, end]
    assert tokenizer.encode(text, allowed_special=set(NAMES)) == [start, *the, end, end]
    assert tokenizer.decode([start, *the, end]) == "<|start|>the<|end|>"
    assert tokenizer.decode_tokens_bytes([end]) == [b"<|end|>"]


def test_special_tokens_that_nobody_decided_about(tokenizer):
    with pytest.raises(
        ValueError,
        match=r"^encode: text has the special token '<\|end\|>' at 3, which is not allowed: allow "
        r"it by allowed_special=\{'<\|end\|>'\}, or take it for text like any other by "
        r"disallowed_special=\(\)$",
    ):
        tokenizer.encode("the<|end|><|start|>")
    with pytest.raises(ValueError, match=r"special token '<\|start\|>' at 10"):
        tokenizer.encode("the<|end|><|start|>", allowed_special={"<|end|>"})


def test_special_tokens_that_are_forbidden(tokenizer):
    text = "<|end|> and <|start|>"
    ids = tokenizer.encode(text, allowed_special={"<|start|>"}, disallowed_special=())
    assert ids == [*tokenizer.encode_ordinary("<|end|> and "), 299]
    for allowed in ((), "all", ["<|end|>"]):
        with pytest.raises(ValueError, match=r"special token '<\|end\|>' at 0, which is not all"):
            tokenizer.encode(text, allowed_special=allowed, disallowed_special=["<|end|>"])
    assert tokenizer.encode("<|start|>", allowed_special=["<|start|>"]) == [299]


def test_special_tokens_that_are_text_like_any_other(tokenizer):
    text = "the<|end|>"
    ids = tokenizer.encode(text, disallowed_special=())
    assert ids == tokenizer.encode_ordinary(text) == tokenizer.encode_bytes(text.encode())
    assert max(ids) < 298
    assert tokenizer.decode(ids) == text


def test_text_is_cut_anew_after_a_special_token():
    tokenizer = BPETokenizer.train("a  b a  b", 300, special_tokens=["|"])
    both_ends = tokenizer.encode("a  |  b", allowed_special="all")
    assert both_ends == [
        *tokenizer.encode("a  "),
        tokenizer.special_tokens["|"],
        *tokenizer.encode("  b"),
    ]


def test_of_special_tokens_at_one_place_the_longer_is_taken():
    names = {"<a>": 300, "<a><b>": 301, "<b>": 302, "<a": 303}
    tokenizer = BPETokenizer(BYTES, [], special_tokens=names)
    assert tokenizer.encode("<a><b>", allowed_special="all") == [301]
    assert tokenizer.encode("<a><a><b><b>", allowed_special="all") == [300, 301, 302]
    assert tokenizer.encode("<a<a>", allowed_special="all") == [303, 300]
    # the longer one is not asked for
    assert tokenizer.encode("<a><b>", allowed_special={"<a>", "<b>"}, disallowed_special=()) == [
        300,
        302,
    ]
    with pytest.raises(ValueError, match=r"special token '<a><b>' at 0"):
        tokenizer.encode("<a><b>", allowed_special={"<a>", "<b>"})


def test_names_of_special_tokens_are_no_patterns():
    tokenizer = BPETokenizer(BYTES, [], special_tokens={".*": 256, "a|b": 257, "\\": 258})
    assert tokenizer.encode("xa|b\\.*", allowed_special="all") == [ord("x"), 257, 258, 256]


def test_a_name_may_be_what_a_token_is_too():
    tokenizer = BPETokenizer(BYTES, [], special_tokens={"a": 256})
    assert tokenizer.encode("aba", allowed_special="all") == [256, ord("b"), 256]
    assert tokenizer.encode("aba", disallowed_special=()) == list(b"aba")
    assert tokenizer.decode([256, 97]) == "aa"


@pytest.mark.parametrize("argument", ["allowed_special", "disallowed_special"])
def test_choices_that_make_no_sense(tokenizer, argument):
    with pytest.raises(
        ValueError,
        match=rf"^encode: {argument} has '<\|pad\|>', expected some of the special tokens: "
        r"<\|end\|>, <\|start\|>$",
    ):
        tokenizer.encode("", **{argument: ["<|pad|>"]})
    with pytest.raises(ValueError, match=r"expected some of the special tokens: there are none$"):
        GPT4.encode("", **{argument: {"<|end|>"}})
    for chosen in ("<|end|>", None, 3):
        with pytest.raises(
            TypeError, match=rf"^encode: {argument} is .*, expected 'all' or a set of special tok"
        ):
            tokenizer.encode("", **{argument: chosen})


def test_special_tokens_are_a_mapping(tokenizer):
    assert dict(tokenizer.special_tokens) == {"<|end|>": 298, "<|start|>": 299}
    assert list(tokenizer.special_tokens) == NAMES
    assert len(tokenizer.special_tokens) == 2
    assert repr(tokenizer.special_tokens) == "{'<|end|>': 298, '<|start|>': 299}"


# Ids


@pytest.mark.parametrize("decode", ["decode", "decode_bytes", "decode_tokens_bytes"])
@pytest.mark.parametrize(("unknown", "place"), [(300, 0), (-1, 2), (10**30, 1)])
def test_ids_that_no_token_has(tokenizer, decode, unknown, place):
    with pytest.raises(
        IndexError,
        match=rf"^decode: id {unknown} at {place} is no token's, expected from 0 to 299$",
    ):
        getattr(tokenizer, decode)([1] * place + [unknown, 1])


def test_ids_between_those_in_use():
    tokenizer = BPETokenizer(BYTES, [], special_tokens={"<|end|>": 1000})
    assert tokenizer.vocab_size == 1001
    assert tokenizer.decode([104, 105, 1000]) == "hi<|end|>"
    with pytest.raises(
        IndexError, match=r"^decode: id 500 at 0 is no .* to 1000, and some of these are not in use"
    ):
        tokenizer.decode([500])


@pytest.mark.parametrize(
    "kind", [tuple, iter, np.array, lambda ids: np.array(ids, np.uint16), lambda ids: map(int, ids)]
)
def test_kinds_of_ids(tokenizer, kind):
    ids = tokenizer.encode(TEXT)
    assert tokenizer.decode(kind(ids)) == TEXT
    assert tokenizer.decode([np.int64(number) for number in ids]) == TEXT


@pytest.mark.parametrize(
    "ids",
    [
        *(1, 1.0, [1.0], ["1"], "1", None, [None], [[1, 2]], [1, [2]]),
        *(np.array([[1, 2]]), np.array(1), np.array([1.0]), np.int64(1)),
    ],
)
def test_what_are_no_ids(tokenizer, ids):
    with pytest.raises(
        TypeError, match=r"^decode: ids is .*, expected integers: a list, or a tensor or array of o"
    ):
        tokenizer.decode(ids)


def test_long_ids_are_not_shown_whole(tokenizer):
    with pytest.raises(TypeError, match=r"^decode: ids is of type list, expected integers"):
        tokenizer.decode([0.5] * 1000)


# What is no text


@pytest.mark.parametrize("encode", ["encode", "encode_ordinary"])
@pytest.mark.parametrize("text", ["ab\ud83d", "ab\udc80c", "ab\ud83d\ude00"])
def test_surrogates(tokenizer, encode, text):
    with pytest.raises(
        ValueError, match=r"^encode: text has the lone surrogate '\\ud[8c][38][d0]' at 2, which UTF"
    ) as caught:
        getattr(tokenizer, encode)(text)
    assert "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')" in str(caught.value)
    mended = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert tokenizer.decode(tokenizer.encode(mended)) in ("ab\ufffd", "ab\ufffdc", "ab😀")


@pytest.mark.parametrize("text", [b"ab", None, 3, ["ab"]])
def test_what_is_no_text(tokenizer, text):
    for encode in (tokenizer.encode, tokenizer.encode_ordinary):
        with pytest.raises(TypeError, match=r"^encode: text is of type \w+, expected a str"):
            encode(text)


@pytest.mark.parametrize("data", ["ab", None, [1, 2], memoryview(b"ab")])
def test_what_are_no_bytes(tokenizer, data):
    with pytest.raises(TypeError, match=r"^encode_bytes: data is of type \w+, expected bytes$"):
        tokenizer.encode_bytes(data)


# Vocabularies and merges


def test_ids_may_be_in_any_order():
    vocabulary = {bytes([byte]): 1000 - byte for byte in range(256)} | {b"ab": 0}
    tokenizer = BPETokenizer(vocabulary, [(b"a", b"b")])
    assert tokenizer.encode("cab") == [1000 - ord("c"), 0]
    assert tokenizer.decode([0, 1000 - ord("c")]) == "abc"
    assert tokenizer.vocab_size == 1001


def test_whole_pieces_that_merges_do_not_lead_to():
    vocabulary = {**BYTES, b"abc": 256}
    assert BPETokenizer(vocabulary, []).encode("abc") == list(b"abc")
    whole = BPETokenizer(vocabulary, [], ignore_merges=True)
    assert whole.encode("abc abcd") == [256, *b" abcd"]
    assert whole.encode_bytes(b"abc\xff") == list(b"abc\xff")


def test_two_merges_may_make_one_token():
    vocabulary = {**BYTES, b"ab": 256, b"bc": 257, b"abc": 258}
    merges = [(b"a", b"bc"), (b"ab", b"c"), (b"b", b"c"), (b"a", b"b")]
    assert BPETokenizer(vocabulary, merges).encode("abcabd") == [258, 256, ord("d")]


def without(byte):
    return {token: number for token, number in BYTES.items() if token != byte}


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ({}, r"vocabulary has no token for the byte 0x00 and 255 more, expected one for each of t"),
        (without(b"a"), r"vocabulary has no token for the byte 0x61, expected one for each of the"),
        ({**BYTES, b"ab": 7}, r"vocabulary: tokens b'\\x07' and b'ab' both have the id 7$"),
        ({**BYTES, b"ab": -1}, r"vocabulary: token b'ab' has the id -1, expected 0 or more$"),
        ({**BYTES, b"": 256}, r"vocabulary has an empty token, expected at least one byte$"),
    ],
)
def test_contradictory_vocabularies(vocabulary, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        BPETokenizer(vocabulary, [])


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ({**BYTES, "ab": 256}, r"vocabulary has the token 'ab', expected bytes$"),
        ({**BYTES, b"ab": "256"}, r"vocabulary: token b'ab' has the id '256', expected an int$"),
        ({**BYTES, b"ab": 256.0}, r"vocabulary: token b'ab' has the id 256.0, expected an int$"),
        ({**BYTES, b"ab": True}, r"vocabulary: token b'ab' has the id True, expected an int$"),
    ],
)
def test_kinds_of_vocabularies(vocabulary, message):
    with pytest.raises(TypeError, match=f"^{message}"):
        BPETokenizer(vocabulary, [])


@pytest.mark.parametrize(
    ("merges", "message"),
    [
        ([(b"a", b"bc")], r"merges: \(b'a', b'bc'\) at 0 has or makes b'bc', which is not in the"),
        ([(b"a", b"b"), (b"ab", b"a")], r"merges: .* at 1 has or makes b'aba', which is not in t"),
        ([(b"b", b"a")], r"merges: \(b'b', b'a'\) at 0 has or makes b'ba', which is not in the vo"),
        ([(b"a", b"b")] * 2, r"merges has \(b'a', b'b'\) at 0 and at 1$"),
    ],
)
def test_contradictory_merges(merges, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        BPETokenizer({**BYTES, b"ab": 256}, merges)


@pytest.mark.parametrize("merge", [("a", "b"), [b"a", b"b"], (b"a",), (b"a", b"b", b"c"), b"ab", 3])
def test_a_merge_is_a_pair_of_bytes(merge):
    with pytest.raises(
        TypeError, match=r"^merges has .* at 1, expected a tuple of two tokens, both bytes$"
    ):
        BPETokenizer({**BYTES, b"ab": 256}, [(b"a", b"b"), merge])


@pytest.mark.parametrize(
    ("special_tokens", "kind", "message"),
    [
        ({"<a>": 65}, ValueError, "special_tokens: '<a>' has the id 65, which is that of b'A'$"),
        ({"<a>": 300, "<b>": 300}, ValueError, "special_tokens: '<a>' and '<b>' both have the id"),
        ({"<a>": -1}, ValueError, "special_tokens: '<a>' has the id -1, expected 0 or more$"),
        ({"": 300}, ValueError, "special_tokens has an empty name, expected some text$"),
        ({"\udfff": 300}, ValueError, "special_tokens: a name has the lone surrogate"),
        ({b"<a>": 300}, TypeError, "special_tokens: a name is of type bytes, expected a str"),
        ({"<a>": 300.0}, TypeError, "special_tokens: '<a>' has the id 300.0, expected an int$"),
        ({"<a>": False}, TypeError, "special_tokens: '<a>' has the id False, expected an int$"),
        (["<a>"], TypeError, r"special_tokens is \['<a>'\], expected a dictionary of ids by name$"),
    ],
)
def test_contradictory_special_tokens(special_tokens, kind, message):
    with pytest.raises(kind, match=f"^{message}"):
        BPETokenizer(BYTES, [], special_tokens=special_tokens)


def test_a_tokenizer_keeps_what_it_was_given():
    vocabulary, merges, names = {**BYTES, b"ab": 256}, [(b"a", b"b")], {"<a>": 300}
    tokenizer = BPETokenizer(vocabulary, iter(merges), special_tokens=names)
    assert tokenizer.vocabulary == vocabulary
    assert tokenizer.merges == merges
    assert tokenizer.special_tokens == names
    assert tokenizer.pattern == GPT2_PATTERN
    assert tokenizer.ignore_merges is False
    vocabulary.clear()
    names.clear()
    assert tokenizer.encode("ab<a>", allowed_special="all") == [256, 300]


# Equality, copies, and what is kept


def test_equality(tokenizer):
    arguments = tokenizer.vocabulary, tokenizer.merges
    special = {"special_tokens": tokenizer.special_tokens}
    assert BPETokenizer(*arguments, **special) == tokenizer
    others = [
        BPETokenizer(*arguments),
        BPETokenizer(*arguments, special_tokens={"<|end|>": 298}),
        BPETokenizer(*arguments, **special, pattern=GPT4_PATTERN),
        BPETokenizer(*arguments, **special, ignore_merges=True),
        BPETokenizer(tokenizer.vocabulary, tokenizer.merges[:-1], **special),
        BPETokenizer({**tokenizer.vocabulary, b"qq": 400}, tokenizer.merges, **special),
    ]
    for other in others:
        assert other != tokenizer
    assert tokenizer != "tokenizer"
    with pytest.raises(TypeError, match="unhashable"):
        hash(tokenizer)


def test_it_says_what_it_is(tokenizer):
    assert repr(tokenizer) == (
        "BPETokenizer(vocab_size=300, merges=42, special_tokens={'<|end|>': 298, '<|start|>': 299})"
    )


@pytest.mark.parametrize(
    "remake", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_copies(tokenizer, remake):
    ids = tokenizer.encode(TEXT)
    again = remake(tokenizer)
    assert again == tokenizer
    assert again.encode(TEXT) == ids
    assert again.encode("<|end|>", allowed_special="all") == [298]
    assert again.encode_bytes(b"the \xff") == tokenizer.encode_bytes(b"the \xff")
    with pytest.raises(ValueError, match="lone surrogate"):
        again.encode("\ud800")


def test_a_pickle_holds_nothing_of_the_texts_that_were_encoded(tokenizer):
    before = pickle.dumps(tokenizer)
    tokenizer.encode("a secret")
    assert pickle.dumps(tokenizer) == before


def test_results_are_the_callers(tokenizer):
    ids = tokenizer.encode("the")
    expected = list(ids)
    ids.append(5)
    tokenizer.encode_bytes(b"  the\xff")
    assert tokenizer.encode("the") == expected


def test_what_is_kept_changes_no_result(tokenizer, monkeypatch):
    first = tokenizer.encode(TEXT)
    assert tokenizer.encode(TEXT) == first
    monkeypatch.setattr(pieces_module, "MOST", 0)
    assert BPETokenizer.train(TEXT, 300, special_tokens=NAMES).encode(TEXT) == first


def test_a_bounded_number_of_short_pieces_is_kept(monkeypatch):
    pieces = Pieces(list(range(256)), {}, {})
    monkeypatch.setattr(pieces_module, "MOST", 3)
    for number in range(10):
        assert pieces[str(number)] == [ord("0") + number]
    assert list(pieces) == ["0", "1", "2"]
    long = Pieces(list(range(256)), {}, {})
    assert long["a" * 33] == [97] * 33
    assert long["a" * 32] == [97] * 32
    assert [len(piece) for piece in long] == [32]


def test_an_error_leaves_a_tokenizer_as_it_was(tokenizer):
    before = copy.deepcopy(tokenizer)
    attempts = [
        lambda: tokenizer.encode("the <|end|>"),
        lambda: tokenizer.encode("the", allowed_special={"?"}),
        lambda: tokenizer.encode("the \udc80"),
        lambda: tokenizer.encode_bytes("the"),
        lambda: tokenizer.decode([1, 2, 300]),
        lambda: tokenizer.decode([1, 2, "3"]),
    ]
    for attempt in attempts:
        with pytest.raises((ValueError, TypeError, IndexError)):
            attempt()
    assert tokenizer == before
    assert tokenizer.encode(TEXT) == before.encode(TEXT)


def test_a_pattern_with_gaps_fails_and_then_encodes_what_it_can():
    tokenizer = BPETokenizer.train(["ab", "ab"], 300, pattern=r"\w+")
    for encode in (tokenizer.encode, lambda text: tokenizer.encode_bytes(text.encode() + b"\xff")):
        with pytest.raises(ValueError, match="pattern leaves out ' ' at 2 of text"):
            encode("ab ab")
    assert tokenizer.encode("ab") == [256]


def test_arguments_of_another_kind_are_named():
    with pytest.raises(TypeError, match="vocabulary is of type NoneType, expected a dictionary"):
        BPETokenizer(None, [])
    with pytest.raises(TypeError, match="special_tokens is None, expected a list of names"):
        BPETokenizer.train("low", 300, special_tokens=None)
    with pytest.raises(TypeError, match="expected integers"):
        BPETokenizer.train("low", 256).decode(b"low")
