"""GPT-2's two files: what they keep, what they have no place for, and what may be wrong in them."""

import json
import re

import pytest

from tinytorch.tokenization import BPETokenizer, load_gpt2, save_gpt2
from tinytorch.tokenization.byte_alphabet import write

# What the files have no place for, and what is said about it.
REFUSED = {
    "another pattern": "by another pattern than GPT2_PATTERN",
    "a pattern with signs": "by another pattern than GPT2_PATTERN",
    "the same, whole": "has ignore_merges, which the files have no place for",
    "a token of no merge": "token b'tower' is made by no merge",
    "the same token, whole": "has ignore_merges",
    "ignore_merges for nothing": "has ignore_merges",
    "a special token called as one is written": "'Ġlow' has the name by which the token of id 258",
    "a special token that begins like a space": "'Ġnew' looks like a token that has lost its",
    "a special token called as a byte is": "'!' has the name by which the token of id 33",
}
TOKENIZER = BPETokenizer.train("low lower", 260, special_tokens=["<|end|>"])
MERGES = "#version: 0.2\nl o\nlo w\ne r\n"


@pytest.fixture
def folder(tmp_path):
    """Both files of a small tokenizer, to be spoilt."""
    save_gpt2(TOKENIZER, tmp_path)
    return tmp_path


def spoil(folder, **changes):
    """Give tokens of vocab.json other ids; None takes one away."""
    ids = json.loads((folder / "vocab.json").read_bytes())
    ids.update(changes)
    kept = {name: number for name, number in ids.items() if number is not None}
    (folder / "vocab.json").write_text(json.dumps(kept))


def refuses(folder, file, *parts):
    """Hold that reading names function, file and fault."""
    with pytest.raises(ValueError, match=r"^load_gpt2: ") as caught:
        load_gpt2(folder)
    for part in (str(folder / file), *parts):
        assert part in str(caught.value)


def test_what_is_saved_is_loaded(odd, tmp_path):
    held = {name: tokenizer for name, tokenizer in odd.items() if name not in REFUSED}
    assert len(held) == len(odd) - len(REFUSED)
    for number, (name, tokenizer) in enumerate(held.items()):
        folder = tmp_path / str(number) / "made"
        save_gpt2(tokenizer, folder)
        assert sorted(path.name for path in folder.iterdir()) == ["merges.txt", "vocab.json"]
        assert load_gpt2(folder) == tokenizer, name


@pytest.mark.parametrize(("name", "message"), REFUSED.items())
def test_what_has_no_place_is_refused_and_nothing_is_written(odd, folder, name, message):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ValueError, match=f"^save_gpt2: .*{re.escape(message)}"):
        save_gpt2(odd[name], folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_files_are_gpt2s(folder):
    assert (folder / "merges.txt").read_bytes() == MERGES.encode()
    ids = json.loads((folder / "vocab.json").read_bytes())
    assert list(ids.values()) == list(range(260))
    assert list(ids)[:3] == ["!", '"', "#"]
    assert (ids["Ġ"], ids["lo"], ids["<|end|>"]) == (220, 256, 259)


def test_only_a_tokenizer_of_bytes_is_written(tmp_path):
    with pytest.raises(TypeError, match=r"^save_gpt2: tokenizer is of type dict, expected a BPE"):
        save_gpt2({}, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_old_files(folder, full_disk):
    with pytest.raises(OSError, match="was not written: No space left"):
        save_gpt2(BPETokenizer.train("new text", 260), folder)
    assert len(list(folder.iterdir())) == 2
    assert load_gpt2(str(folder)) == TOKENIZER


@pytest.mark.parametrize("file", ["vocab.json", "merges.txt"])
def test_a_file_that_is_missing_is_named(folder, file):
    (folder / file).unlink()
    with pytest.raises(FileNotFoundError, match=re.escape(str(folder / file))):
        load_gpt2(folder)


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "none"))):
        load_gpt2(tmp_path / "none")


# merges.txt


@pytest.mark.parametrize(
    "text",
    [
        MERGES.removeprefix("#version: 0.2\n"),
        MERGES.replace("\n", "\r\n"),
        MERGES.removesuffix("\n"),
        MERGES.replace("0.2", "0.3 - by another"),
        "\n" + MERGES.partition("\n")[2],
    ],
    ids=["no version", "CRLF", "no end of line", "another version", "an empty version"],
)
def test_other_ways_to_write_the_merges(folder, text):
    (folder / "merges.txt").write_bytes(text.encode())
    assert load_gpt2(folder) == TOKENIZER


@pytest.mark.parametrize("head", ["", "#version: 0.2\n"])
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_merge_of_hashes_is_no_comment(folder, head, before):
    lines = MERGES.splitlines()[1:]
    lines.insert(before, "# #")
    (folder / "merges.txt").write_text(head + "\n".join(lines))
    spoil(folder, **{"##": 300})
    tokenizer = load_gpt2(folder)
    assert tokenizer.merges[before] == (b"#", b"#")
    assert tokenizer.encode("##") == [300]


def test_no_merges_at_all(tmp_path):
    tokenizer = BPETokenizer.train("low", 256)
    save_gpt2(tokenizer, tmp_path)
    for text in (b"", b"\n", b"#version: 0.2", b"#version: 0.2\n", b"#version: 0.2\r\n"):
        (tmp_path / "merges.txt").write_bytes(text)
        assert load_gpt2(tmp_path) == tokenizer


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lo", "line 5 is 'lo', expected two tokens with a space between"),
        ("lo ", "line 5 is 'lo ', expected two tokens"),
        (" lo", "line 5 is ' lo', expected two tokens"),
        ("", "line 5 is '', expected two tokens"),
        (" ", "line 5 is ' ', expected two tokens"),
        ("lo w e", "token 'w e' has the character ' ', which stands for no byte"),
        ("lo  w", "token ' w' has the character ' ', which stands for no byte"),
        ("lo\tw", r"line 5 is 'lo\tw', expected two tokens"),
        ("日 本", "token '日' has the character '日', which stands for no byte"),
    ],
)
def test_lines_that_are_no_merge(folder, line, message):
    (folder / "merges.txt").write_text(MERGES + line + "\nx y\n", "utf-8")
    refuses(folder, "merges.txt", message)


def test_merges_that_are_no_utf8(folder):
    (folder / "merges.txt").write_bytes(MERGES.encode() + b"\xff \xfe\n")
    refuses(folder, "merges.txt", "'utf-8' codec can't decode byte 0xff in position")


def test_merges_with_a_mark_of_byte_order(folder):
    (folder / "merges.txt").write_text("\ufeff" + MERGES, "utf-8")
    refuses(folder, "merges.txt", r"'\ufeff#version:' has the character '\ufeff'")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lo x", "(b'lo', b'x') at 3 has or makes b'lox', which is not in the vocabulary"),
        ("lo lo", "(b'lo', b'lo') at 3 has or makes b'lolo'"),
        ("qu o", "(b'qu', b'o') at 3 has or makes b'qu'"),
        ("l o", "merges has (b'l', b'o') at 0 and at 3"),
        ("#version: 0.2", "(b'#version:', b'0.2') at 3 has or makes b'#version:'"),
    ],
)
def test_merges_that_contradict(folder, line, message):
    (folder / "merges.txt").write_text(MERGES + line + "\n")
    refuses(folder, "vocab.json", message)


def test_merges_that_are_cut_off_between_any_two_lines(tmp_path):
    tokenizer = BPETokenizer.train("so lower, no lower: 日日, 12 12", 290, special_tokens=["<s>"])
    tokens = [left + right for left, right in tokenizer.merges]
    assert {b"er", b" lower", b"\xe6\x97", b"12"} <= set(tokens)
    save_gpt2(tokenizer, tmp_path)
    lines = (tmp_path / "merges.txt").read_bytes().splitlines(keepends=True)
    for kept in range(1, len(lines)):
        (tmp_path / "merges.txt").write_bytes(b"".join(lines[:kept]))
        refuses(tmp_path, "vocab.json", f"token {write(tokens[kept - 1])!r} is made by no merge")


def test_special_tokens_that_no_merge_could_have_made(tmp_path):
    names = ["<s>", "</s>", "<pad>", "[MASK]", "<|im_start|>", "madeupword0000", "E O S", "日"]
    tokenizer = BPETokenizer.train("so low", 268, special_tokens=names)
    save_gpt2(tokenizer, tmp_path)
    assert load_gpt2(tmp_path) == tokenizer
    with pytest.raises(
        ValueError, match=r"^save_gpt2: special token 'EOS' looks like a token that"
    ):
        save_gpt2(BPETokenizer.train("so low", 268, special_tokens=["EOS"]), tmp_path)


# vocab.json


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe{}", "'utf-8' codec can't decode byte 0xff"),
        (b'\xef\xbb\xbf{"a": 1}', "Unexpected UTF-8 BOM"),
        (b'{"a": 1', "Expecting ',' delimiter: line 1"),
        (b"{'a': 1}", "Expecting property name enclosed in double quotes"),
        (b'{"a": 1} {}', "Extra data"),
        (b'["a"]', "the file is of type list, expected an object"),
        (b"null", "the file is of type NoneType, expected an object"),
        (b'"a"', "the file is of type str, expected an object"),
        (b'{"a": 1, "a": 1}', "the name 'a' is there twice"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"a":' * 100_000, "it is nested too deeply"),
        (b"{}", "no token for the byte 0x00 and 255 more"),
        (b'{"a": ' + b"1" * 5000 + b"}", "Exceeds the limit"),
    ],
)
def test_what_is_no_vocabulary(folder, content, message):
    (folder / "vocab.json").write_bytes(content)
    (folder / "merges.txt").write_text("")
    refuses(folder, "vocab.json", message)


def test_a_vocabulary_that_is_cut_off_anywhere(folder):
    whole = (folder / "vocab.json").read_bytes()
    for size in range(0, len(whole) - 2, 17):  # what follows the last sign is an end of line
        (folder / "vocab.json").write_bytes(whole[:size])
        refuses(folder, "vocab.json")


@pytest.mark.parametrize("name", ["a", "lo", "<|end|>"])
@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("256", "has the id '256', expected an int"),
        (256.0, "has the id 256.0, expected an int"),
        (True, "has the id True, expected an int"),
        ([], "has the id [], expected an int"),
        ({}, "has the id {}, expected an int"),
        (-1, "has the id -1, expected 0 or more"),
        (7, "the id 7"),
    ],
)
def test_ids_that_are_none(folder, name, number, message):
    spoil(folder, **{name: number})
    refuses(folder, "vocab.json", message)


def test_an_id_that_is_null(folder):
    text = (folder / "vocab.json").read_text("utf-8")
    (folder / "vocab.json").write_text(text.replace('"lo": 256', '"lo": null'), "utf-8")
    refuses(folder, "vocab.json", "b'lo' has the id None, expected an int")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"a": None}, "no token for the byte 0x61, expected one for each"),
        ({"a": None, "Ġ": None, "ÿ": None}, "no token for the byte 0x20 and 2 more"),
        ({"lo": None}, "(b'l', b'o') at 0 has or makes b'lo', which is not in the vocabulary"),
        ({"": 300}, "special_tokens has an empty name"),
        ({"\ud800": 300}, "lone surrogate"),
        ({"<|a|>": 300, "<|b|>": 300}, "'<|a|>' and '<|b|>' both have the id 300"),
    ],
)
def test_vocabularies_that_contradict(folder, changes, message):
    spoil(folder, **changes)
    refuses(folder, "vocab.json", message)
