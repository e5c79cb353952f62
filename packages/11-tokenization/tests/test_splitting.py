import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.tokenization import GPT2_PATTERN, GPT4_PATTERN, BPETokenizer
from tinytorch.tokenization.splitting import Splitter

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text(" \t\r\n\u3000'sSlLa1.ſ’")


@pytest.mark.parametrize("pattern", [GPT2_PATTERN, GPT4_PATTERN])
@given(text=TEXTS)
def test_nothing_of_a_text_is_lost(pattern, text):
    pieces = Splitter(pattern)(text)
    assert "".join(pieces) == text
    assert "" not in pieces


@pytest.mark.parametrize(
    ("text", "gpt2", "gpt4"),
    [
        ("", [], []),
        ("We'll see", ["We", "'ll", " see"], ["We", "'ll", " see"]),
        # endings in capitals, and their relatives of another case
        ("WE'LL", ["WE", "'", "LL"], ["WE", "'LL"]),
        ("it'ſ", ["it", "'", "ſ"], ["it", "'ſ"]),
        ("it’s", ["it", "’", "s"], ["it", "’s"]),
        # one sign may belong to a word
        ("(word)", ["(", "word", ")"], ["(word", ")"]),
        ("1234567", ["1234567"], ["123", "456", "7"]),
        (" 12", [" 12"], [" ", "12"]),
        ("x²Ⅻ", ["x", "²Ⅻ"], ["x", "²Ⅻ"]),
        # the last space before a word is the word's
        ("a   b", ["a", "  ", " b"], ["a", "  ", " b"]),
        ("a   ", ["a", "   "], ["a", "   "]),
        ("a \n b", ["a", " \n", " b"], ["a", " \n", " b"]),
        ("end.\n\nNew", ["end", ".", "\n", "\n", "New"], ["end", ".\n\n", "New"]),
        ("\t\tif", ["\t", "\t", "if"], ["\t", "\tif"]),
        ("日本語。", ["日本語", "。"], ["日本語", "。"]),
        ("né\u0301", ["né", "\u0301"], ["né", "\u0301"]),
        ("👍🏽!", ["👍🏽!"], ["👍🏽!"]),
    ],
)
def test_pieces(text, gpt2, gpt4):
    assert Splitter(GPT2_PATTERN)(text) == gpt2
    assert Splitter(GPT4_PATTERN)(text) == gpt4


def test_a_pattern_of_ones_own():
    assert Splitter(r"\d|\D+")("a12b") == ["a", "1", "2", "b"]
    tokenizer = BPETokenizer.train("a12 a12", 300, pattern=r"\d|\D+")
    assert tokenizer.pattern == r"\d|\D+"
    assert tokenizer.merges == [(b" ", b"a")]


@pytest.mark.parametrize("pattern", ["(", "[a", "a**", r"\p{Nothing}", "(?P<name"])
def test_what_is_no_regular_expression(pattern):
    with pytest.raises(ValueError, match=r"^pattern is '.*', no regular expression: .* position"):
        Splitter(pattern)


@pytest.mark.parametrize("pattern", ["(a)|.", r"(?P<letter>\w)|\W"])
def test_groups_would_be_taken_for_the_pieces(pattern):
    with pytest.raises(ValueError, match=r"which has groups, expected none: write \(\?:…\)"):
        BPETokenizer.train("a", 300, pattern=pattern)


@pytest.mark.parametrize("pattern", [None, b"a", 3])
def test_a_pattern_is_a_str(pattern):
    with pytest.raises(TypeError, match=r"^pattern is of type (NoneType|bytes|int), expected a s"):
        BPETokenizer.train("", 300, pattern=pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "left_out"),
    [
        (r"\w+", "ab cd", "' ' at 2"),
        (r"\w+", " ab", "' ' at 0"),
        (r"\w+", "ab\n", r"'\\n' at 2"),
        ("", "ab", "'a' at 0"),
        (".", "a\nb", r"'\\n' at 1"),
        # it is the first x that is left out, though a piece is an x too
        (r"x(?= )|[ y]", "xx y", "'x' at 0"),
        # pieces that do not begin where the last one ended
        (r"a\Kb|a|b", "ab", "'a' at 0"),
        # from the end to the beginning: the pieces would stand in the wrong order
        (r"(?r)\w+|\W", "ab cd", "'a' at 0"),
    ],
)
def test_a_pattern_that_leaves_something_out(pattern, text, left_out):
    with pytest.raises(
        ValueError,
        match=rf"^encode: pattern leaves out {left_out} of text, expected one that matches every "
        r"character: let it end with \|\\s\+\|\.$",
    ):
        Splitter(pattern)(text)


def test_empty_matches_are_no_harm():
    tokenizer = BPETokenizer.train("ab ab", 300, pattern=r"\w*|\s")
    assert tokenizer.decode(tokenizer.encode("ab  ab")) == "ab  ab"
