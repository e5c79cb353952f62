import io
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console

from tinytorch.tokenization import BPETokenizer, CharacterTokenizer, TokenPicture, WordTokenizer

SVG = "{http://www.w3.org/2000/svg}"
BYTES = BPETokenizer.train("", 256)
LOW = BPETokenizer.train("low lower lowest", 261, special_tokens=["<|end|>"])
texts = st.text(st.characters(codec="utf-8"))


@pytest.fixture(autouse=True)
def usual_terminal(monkeypatch):
    """A terminal as most are: rich would believe what the environment says."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(picture, colours="truecolor", **options):
    """What a console writes; with colours, as a terminal."""
    written = io.StringIO()
    Console(
        file=written, force_terminal=True, color_system=colours, highlight=False, **options
    ).print(picture)
    return written.getvalue()


def without_codes(written):
    return re.sub(r"\x1b\[[\d;]*m", "", written)


def boxes(picture):
    """Of each box of the SVG its class, its text, its id and what it says of itself."""
    return [
        (
            group.get("class"),
            *("".join(text.itertext()) for text in group.findall(f"{SVG}text")),
            group.find(f"{SVG}title").text,
        )
        for group in ElementTree.fromstring(picture.svg()).findall(f"{SVG}g")
    ]


def drawn(tokenizer, text, **settings):
    """The texts in the boxes of the SVG."""
    return [text for _, text, _, _ in boxes(TokenPicture(tokenizer, text, **settings))]


def test_it_prints_tokens_with_their_ids_below():
    picture = TokenPicture(LOW, "lowest low")
    assert picture.ids == LOW.encode("lowest low")
    assert str(picture).split("\n") == [
        "low e  s  t  ·low",
        "257 68 82 83 258",
        "5 tokens, 10 characters, 10 bytes",
    ]
    assert repr(picture) == "<TokenPicture: 5 tokens, 10 characters, 10 bytes>"


def test_boxes_have_a_text_an_id_and_the_bytes():
    assert boxes(TokenPicture(LOW, "low <")) == [
        ("blue", "low", "257", "b'low', id 257"),
        ("amber", "·", "220", "b' ', id 220"),
        ("violet", "<", "27", "b'<', id 27"),
    ]


def test_what_cannot_be_seen_has_a_sign():
    text = " \n\t\r\0\x7f\u00a0\u200d\u202e\u3000\ufffe\U000e0001"
    assert drawn(CharacterTokenizer(text), text) == [
        *("·", "↵", "→", r"\r", r"\u0000", r"\u007f", r"\u00a0", r"\u200d", r"\u202e"),
        *(r"\u3000", r"\ufffe", r"\U000e0001"),
    ]


def test_accents_stand_on_a_circle():
    assert drawn(CharacterTokenizer("e\u0301"), "e\u0301") == ["e", "◌\u0301"]


def test_parts_of_characters_are_bytes():
    assert drawn(BYTES, "é語") == [r"\xc3", r"\xa9", r"\xe8", r"\xaa", r"\x9e"]
    mixed = BPETokenizer(
        {**BYTES.vocabulary, b" \xe8": 256, b" \xe8\xaa": 257},
        [(b" ", b"\xe8"), (b" \xe8", b"\xaa")],
    )
    assert drawn(mixed, "a 語") == ["a", r"·\xe8\xaa", r"\x9e"]


def test_signs_are_told_from_the_same_characters_in_the_text():
    (group,) = ElementTree.fromstring(
        TokenPicture(WordTokenizer([" a·"], pattern=r"(?s).+"), " a·").svg()
    ).findall(f"{SVG}g")
    text = group.find(f"{SVG}text")
    assert [sign.text for sign in text] == ["·"]
    assert text[0].tail == "a·"


def test_special_tokens_are_set_apart():
    text = "low<|end|>low"
    kinds = [box[0] for box in boxes(TokenPicture(LOW, text, allowed_special="all"))]
    assert kinds == ["blue", "special", "violet"]
    assert "special" not in [
        box[0] for box in boxes(TokenPicture(LOW, text, disallowed_special=()))
    ]
    with pytest.raises(ValueError, match=r"special token '<\|end\|>' at 3, which is not"):
        TokenPicture(LOW, text)
    words = WordTokenizer(["a", " b"], unknown="?")
    assert [box[0] for box in boxes(TokenPicture(words, "a c b"))] == ["blue", "special", "violet"]


def test_neighbours_have_different_colours():
    kinds = [kind for kind, *_ in boxes(TokenPicture(BYTES, "low " * 10))]
    assert all(left != right for left, right in pairwise(kinds))
    assert len(set(kinds)) == 5


@given(texts)
def test_any_text_is_well_formed(text):
    picture = TokenPicture(BYTES, text)
    found = boxes(picture)
    assert [int(number) for _, _, number, _ in found] == picture.ids
    tokens = BYTES.decode_tokens_bytes(picture.ids)
    assert [title for *_, title in found] == [
        f"{token}, id {i}" for token, i in zip(tokens, picture.ids, strict=True)
    ]
    assert str(picture).isprintable() or "\n" in str(picture)


@given(texts)
def test_any_characters_are_well_formed(text):
    assert len(drawn(CharacterTokenizer.train(text), text)) == len(text)


def test_ten_thousand_tokens_are_well_formed():
    text = "<&>\"' 語😀\x00\n" * 1000
    found = boxes(TokenPicture(CharacterTokenizer.train(text), text))
    assert len(found) == 10_000
    assert [text for _, text, _, _ in found[:10]] == [*"<&>\"'·語😀", r"\u0000", "↵"]


def places(picture):
    """The left, top and right of each box, and the width and height of all."""
    root = ElementTree.fromstring(picture.svg())
    rectangles = [
        (float(box.get("x")), int(box.get("y")), float(box.get("x")) + float(box.get("width")))
        for box in root.iter(f"{SVG}rect")
    ]
    return rectangles, int(root.get("width")), int(root.get("height"))


@given(texts, st.integers(10, 100))
def test_boxes_are_in_rows_that_fit(text, width):
    rectangles, right, bottom = places(TokenPicture(BYTES, text, width=width))
    for (_, top, end), (left, following, _) in pairwise(rectangles):
        assert following > top if left == 4 else following == top and left > end
    assert all(end < right and top + 38 < bottom for _, top, end in rectangles)
    assert right < width * 8.43 + 10


def test_rows_end_where_lines_do():
    tokenizer = CharacterTokenizer("ab\n")
    tops = [top for _, top, _ in places(TokenPicture(tokenizer, "ab\n\na"))[0]]
    assert tops == [4, 4, 4, 46, 88]
    lines = str(TokenPicture(tokenizer, "ab\n\na")).split("\n")
    assert lines[:-1] == ["a b ↵", "0 1 2", "↵", "2", "a", "0"]


@given(texts, st.integers(10, 100))
def test_plain_rows_fit(text, width):
    lines = str(TokenPicture(BYTES, text, width=width)).split("\n")
    assert all(cell_len(line) <= width for line in lines[:-1])
    assert [int(i) for line in lines[1:-1:2] for i in line.split()] == BYTES.encode(text)


def test_wide_characters_count_two():
    tokenizer = CharacterTokenizer("a語")
    (narrow, _, narrow_end), (wide, _, wide_end) = places(TokenPicture(tokenizer, "a語"))[0]
    assert wide_end - wide == pytest.approx(narrow_end - narrow + 8.43, abs=0.11)
    assert str(TokenPicture(tokenizer, "語a")).split("\n")[:2] == ["語 a", "1  0"]


def test_a_token_that_is_longer_than_a_row_is_cut():
    text = "\n" + "語" * 30
    tokenizer = WordTokenizer([text], pattern="(?s).+")
    assert drawn(tokenizer, text, width=10) == ["↵語語語語…"]
    assert drawn(tokenizer, text, width=61) == [f"↵{'語' * 30}"]


def test_a_terminal_shows_colours():
    written = shown(TokenPicture(LOW, "low low<|end|>", allowed_special="all"), width=80)
    assert without_codes(written) == "low·low<|end|>\n3 tokens, 14 characters, 14 bytes\n"
    styles = re.findall(r"\x1b\[([\d;]+)m([^\x1b]+)", written)
    assert styles[:4] == [
        ("38;2;28;39;51;48;2;219;232;253", "low"),
        ("38;2;150;113;44;48;2;253;237;200", "·"),  # the sign's own on the same ground
        ("38;2;28;39;51;48;2;253;237;200", "low"),
        ("38;2;255;255;255;48;2;55;71;93", "<|end|>"),
    ]


def test_a_terminal_breaks_between_tokens_and_where_lines_end():
    tokenizer = WordTokenizer(["low", " lower", "\n\n  ", "\n"], pattern=r" ?\w+|\s+")
    picture = TokenPicture(tokenizer, "low lower lower\n\n  low\n")
    assert without_codes(shown(picture, width=12)).split("\n") == [
        *("low·lower", "·lower↵", "↵", "··low↵"),
        *("6 tokens, 23", "characters, ", "23 bytes", ""),
    ]


def test_markup_and_emoji_codes_are_text():
    text = "[bold]:smile:"
    written = without_codes(shown(TokenPicture(CharacterTokenizer.train(text), text), width=80))
    assert written.startswith(text + "\n")


@pytest.mark.parametrize(
    "options", [{"colours": None}, {"colours": "standard"}, {"no_color": True}]
)
def test_without_enough_colours_it_is_plain(options):
    picture = TokenPicture(LOW, "lowest [red]")
    assert shown(picture, width=80, **options) == f"{picture}\n"


def test_256_colours_tell_neighbours_apart():
    console = Console(file=io.StringIO(), force_terminal=True, color_system="256", width=80)
    picture = TokenPicture(CharacterTokenizer("abcdef"), "abcdef")
    backgrounds = [
        segment.style.bgcolor.downgrade(ColorSystem.EIGHT_BIT).number
        for segment in console.render(picture)
        if segment.text in set("abcdef")
    ]
    assert len(backgrounds) == 6
    assert all(left != right for left, right in pairwise(backgrounds))


def test_notebooks_show_the_svg():
    picture = TokenPicture(LOW, "low")
    assert picture._repr_svg_() == picture.svg()


def test_the_svg_stands_alone_and_says_what_it_is():
    svg = TokenPicture(LOW, "low").svg()
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "A text, cut into tokens: 1 token, 3 characters, 3 bytes"
    assert set(re.findall(r"https?:[^\"]*|url\(|@import|href", svg)) == {
        "http://www.w3.org/2000/svg"  # a name only
    }
    assert "\n\n" not in svg  # Markdown would end the drawing there


def test_an_empty_text():
    picture = TokenPicture(LOW, "")
    assert str(picture) == "0 tokens, 0 characters, 0 bytes"
    assert without_codes(shown(picture)) == f"{picture}\n"
    assert boxes(picture) == []


def test_wrong_arguments():
    with pytest.raises(TypeError, match=r"^TokenPicture: tokenizer is of type str, expected a Tok"):
        TokenPicture("low", LOW)
    with pytest.raises(TypeError, match=r"^encode: text is of type int, expected a str$"):
        TokenPicture(LOW, 5)
    with pytest.raises(ValueError, match=r"^TokenPicture: width is 9, expected at least 10$"):
        TokenPicture(LOW, "low", width=9)
    for width in 20.0, "20", True:
        with pytest.raises(TypeError, match=r"^TokenPicture: width is .*, expected an int$"):
            TokenPicture(LOW, "low", width=width)
