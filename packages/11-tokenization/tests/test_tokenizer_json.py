"""Hugging Face's tokenizer.json: what it keeps, what it may say otherwise, and what is refused."""

import json
import re

import pytest

from tinytorch.tokenization import (
    GPT2_PATTERN,
    GPT4_PATTERN,
    BPETokenizer,
    load_tokenizer_json,
    save_tokenizer_json,
)

REFUSED = {
    "a special token called as one is written": "'Ġlow' has the name by which the token of id 258",
    "a special token called as a byte is": "'!' has the name by which the token of id 33",
}
TOKENIZER = BPETokenizer.train("low lower", 260, special_tokens=["<|end|>"])
FLAGS = dict.fromkeys(["single_word", "lstrip", "rstrip", "normalized"], False)
BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
UNCUT = {**BYTE_LEVEL, "use_regex": False}
SPLIT = {
    "type": "Split",
    "pattern": {"Regex": GPT4_PATTERN},
    "behavior": "Isolated",
    "invert": False,
}
ALONE = {"Sequence": {"id": "A", "type_id": 0}}
END = {"SpecialToken": {"id": "<|end|>", "type_id": 0}}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tokenizer.json"


@pytest.fixture
def content(path):
    """What a file of a small tokenizer says, to be spoilt."""
    save_tokenizer_json(TOKENIZER, path)
    return json.loads(path.read_bytes())


def load(path, content):
    path.write_text(json.dumps(content))
    return load_tokenizer_json(path)


def refuses(path, content, message):
    with pytest.raises(ValueError, match=r"^load_tokenizer_json: ") as caught:
        load(path, content)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def put(content, place, value):
    """Set what stands at a place such as `model.type`; ... takes it away."""
    *parents, last = place.split(".")
    for name in parents:
        content = content[name]
    if value is ...:
        del content[last]
    else:
        content[last] = value


# What is kept


def test_what_is_saved_is_loaded(odd, path):
    for name in odd.keys() - REFUSED.keys():
        save_tokenizer_json(odd[name], path)
        assert load_tokenizer_json(path) == odd[name], name


@pytest.mark.parametrize(("name", "message"), REFUSED.items())
def test_what_has_no_place_is_refused(odd, path, name, message):
    path.write_text("old")
    with pytest.raises(ValueError, match=f"^save_tokenizer_json: .*{re.escape(message)}"):
        save_tokenizer_json(odd[name], path)
    assert path.read_text() == "old"


def test_the_file_is_hugging_faces(content):
    assert content["version"] == "1.0"
    assert content["added_tokens"] == [{"id": 259, "content": "<|end|>", **FLAGS, "special": True}]
    assert content["pre_tokenizer"] == {**BYTE_LEVEL, "use_regex": True}
    assert content["decoder"]["type"] == "ByteLevel"
    assert content["model"]["merges"] == [["l", "o"], ["lo", "w"], ["e", "r"]]
    assert content["model"]["vocab"]["<|end|>"] == 259
    assert list(content["model"]["vocab"].values()) == list(range(260))


def test_only_a_tokenizer_of_bytes_is_written(path):
    with pytest.raises(
        TypeError, match=r"^save_tokenizer_json: tokenizer is of type str, expected"
    ):
        save_tokenizer_json("tokenizer", path)
    assert not path.exists()


def test_a_full_disk_leaves_the_old_file(path, full_disk):
    path.write_text("old")
    with pytest.raises(OSError, match="was not written: No space left"):
        save_tokenizer_json(TOKENIZER, path)
    assert [file.read_text() for file in path.parent.iterdir()] == ["old"]


def test_a_file_that_is_missing_is_named(path):
    with pytest.raises(FileNotFoundError, match=re.escape(str(path))):
        load_tokenizer_json(path)


# What others write, and means the same


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("version", ...),
        ("normalizer", ...),
        ("truncation", ...),
        ("padding", ...),
        ("post_processor", ...),
        ("post_processor", {**BYTE_LEVEL, "add_prefix_space": True}),
        ("post_processor", {"type": "TemplateProcessing", "single": [ALONE], "pair": [ALONE] * 2}),
        ("decoder", ...),
        ("pre_tokenizer", BYTE_LEVEL),
        ("pre_tokenizer", sequence({**SPLIT, "pattern": {"Regex": GPT2_PATTERN}}, UNCUT)),
        ("model.dropout", ...),
        ("model.dropout", 0.0),
        ("model.unk_token", ...),
        ("model.continuing_subword_prefix", ""),
        ("model.end_of_word_suffix", ""),
        ("model.fuse_unk", ...),
        ("model.byte_fallback", ...),
        ("model.ignore_merges", ...),
        ("model.merges", ["l o", "lo w", "e r"]),
        ("model.merges", ["l o", ["lo", "w"], "e r"]),
    ],
)
def test_other_ways_to_say_the_same(path, content, place, value):
    put(content, place, value)
    assert load(path, content) == TOKENIZER


@pytest.mark.parametrize(("behavior", "invert"), [("Isolated", False), ("Removed", True)])
def test_a_split_into_what_the_pattern_matches(path, content, behavior, invert):
    content["pre_tokenizer"] = sequence({**SPLIT, "behavior": behavior, "invert": invert}, UNCUT)
    tokenizer = load(path, content)
    assert tokenizer.pattern == GPT4_PATTERN
    assert tokenizer.merges == TOKENIZER.merges


@pytest.mark.parametrize("ignore_merges", [True, False])
def test_ignore_merges(path, content, ignore_merges):
    content["model"]["ignore_merges"] = ignore_merges
    content["model"]["vocab"]["wow"] = 260
    tokenizer = load(path, content)
    assert tokenizer.ignore_merges is ignore_merges
    assert (tokenizer.encode("wow") == [260]) is ignore_merges


@pytest.mark.parametrize("listed", [True, False])
def test_special_tokens_need_not_be_in_the_vocabulary(path, content, listed):
    content["added_tokens"].append({"id": 300, "content": "a b", "special": False})
    if listed:
        content["model"]["vocab"]["a b"] = 300
    else:
        del content["model"]["vocab"]["<|end|>"]
    assert load(path, content).special_tokens == {"<|end|>": 259, "a b": 300}


def test_no_special_tokens(path, content):
    del content["added_tokens"], content["model"]["vocab"]["<|end|>"]
    assert load(path, content).special_tokens == {}


def test_a_token_that_could_be_special_but_is_not_added_is_one_like_others(path, content):
    content["added_tokens"] = []
    tokenizer = load(path, content)
    assert tokenizer.vocabulary[b"<|end|>"] == 259
    assert not tokenizer.special_tokens


# What is not supported


@pytest.mark.parametrize("kind", ["WordPiece", "Unigram", "WordLevel", "bpe", None, 1, [], ...])
def test_models_of_another_kind(path, content, kind):
    put(content, "model.type", kind)
    kind = None if kind is ... else kind
    refuses(path, content, f"model is of type {kind!r}, expected 'BPE'")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dropout", 0.1),
        ("dropout", "0"),
        ("unk_token", "<unk>"),
        ("unk_token", ""),
        ("continuing_subword_prefix", "##"),
        ("end_of_word_suffix", "</w>"),
        ("byte_fallback", True),
        ("byte_fallback", []),
    ],
)
def test_models_that_do_more(path, content, name, value):
    content["model"][name] = value
    refuses(path, content, f"model has {name} {value!r}, which is not supported")


@pytest.mark.parametrize("value", [{"type": "NFC"}, {"type": "Lowercase"}, {}, [], False, ""])
@pytest.mark.parametrize("name", ["normalizer", "truncation", "padding"])
def test_what_changes_texts(path, content, name, value):
    content[name] = value
    refuses(path, content, f"there is a {name}, which is not supported, expected null")


@pytest.mark.parametrize(
    "value",
    [
        {"type": "TemplateProcessing", "single": [], "pair": [], "special_tokens": {}},
        {"type": "TemplateProcessing", "single": [END], "pair": []},
        {"type": "TemplateProcessing", "single": [ALONE, END], "pair": [ALONE, ALONE]},
        {"type": "TemplateProcessing", "single": [ALONE, ALONE], "pair": [ALONE, ALONE]},
        {"type": "BertProcessing", "sep": ["a", 1], "cls": ["b", 2]},
        {"type": "Sequence", "processors": [BYTE_LEVEL]},
        {},
        [],
        False,
    ],
)
def test_what_is_put_around(path, content, value):
    content["post_processor"] = value
    refuses(path, content, f"post_processor is {value!r}, which is not supported, expected null")


@pytest.mark.parametrize(
    "value",
    [
        None,
        ...,
        {},
        [],
        "ByteLevel",
        {"type": "Whitespace"},
        {"type": "ByteLevel"},
        {**BYTE_LEVEL, "add_prefix_space": True},
        {**BYTE_LEVEL, "add_prefix_space": None},
        UNCUT,
        SPLIT,
        sequence(),
        sequence(SPLIT),
        sequence(UNCUT),
        sequence(BYTE_LEVEL),
        sequence(UNCUT, SPLIT),
        sequence(SPLIT, BYTE_LEVEL),
        sequence(SPLIT, UNCUT, UNCUT),
        sequence({"type": "Digits", "individual_digits": True}, UNCUT),
        sequence(SPLIT, {**UNCUT, "add_prefix_space": True}),
        sequence({**SPLIT, "pattern": {"String": " "}}, UNCUT),
        sequence({**SPLIT, "pattern": {"Regex": None}}, UNCUT),
        sequence({**SPLIT, "pattern": " "}, UNCUT),
        sequence({**SPLIT, "behavior": "Removed"}, UNCUT),
        sequence({**SPLIT, "behavior": "MergedWithNext"}, UNCUT),
        sequence({**SPLIT, "behavior": []}, UNCUT),
        sequence({**SPLIT, "invert": True}, UNCUT),
        {"type": "Sequence", "pretokenizers": None},
        {"type": "Sequence", "pretokenizers": {"a": SPLIT, "b": UNCUT}},
    ],
)
def test_other_cuts(path, content, value):
    put(content, "pre_tokenizer", value)
    value = None if value is ... else value
    refuses(path, content, f"pre_tokenizer is {value!r}, expected ByteLevel, or a Sequence of")


@pytest.mark.parametrize("pattern", ["(", "[", "*", "a(b)"])
def test_patterns_that_are_none(path, content, pattern):
    content["pre_tokenizer"] = sequence({**SPLIT, "pattern": {"Regex": pattern}}, UNCUT)
    refuses(path, content, f"pattern is {pattern!r}, ")


@pytest.mark.parametrize("flag", ["single_word", "lstrip", "rstrip"])
def test_special_tokens_that_do_more(path, content, flag):
    content["added_tokens"][0][flag] = True
    refuses(path, content, f"added token '<|end|>' has {flag}, which is not supported")


# What is damaged


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe", "'utf-8' codec can't decode byte 0xff"),
        (b"\xef\xbb\xbf{}", "Unexpected UTF-8 BOM"),
        (b"{} {}", "Extra data"),
        (b'{"model": NaN}', "model is of type float, expected an object"),
        (b"[]", "the file is of type list, expected an object"),
        (b"1", "the file is of type int, expected an object"),
        (b"{}", "model is of type NoneType, expected an object"),
        (b'{"model": {}, "model": {}}', "the name 'model' is there twice in an object"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"model": ' * 100_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_such_file(path, text, message):
    path.write_bytes(text)
    with pytest.raises(ValueError, match=r"^load_tokenizer_json: ") as caught:
        load_tokenizer_json(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_a_file_that_is_cut_off_anywhere(path, content):
    whole = json.dumps(content).encode()
    for size in range(0, len(whole), 37):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=f"^load_tokenizer_json: {re.escape(str(path))}: "):
            load_tokenizer_json(path)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("model", [], "model is of type list, expected an object"),
        ("model.vocab", ..., "model's vocab is of type NoneType, expected an object"),
        ("model.vocab", [["a", 1]], "model's vocab is of type list, expected an object"),
        ("model.vocab", {}, "no token for the byte 0x00 and 255 more"),
        ("model.vocab.a", ..., "no token for the byte 0x61"),
        ("model.vocab.a", "64", "token b'a' has the id '64', expected an int"),
        ("model.vocab.a", 64.0, "token b'a' has the id 64.0, expected an int"),
        ("model.vocab.a", True, "token b'a' has the id True, expected an int"),
        ("model.vocab.a", None, "token b'a' has the id None, expected an int"),
        ("model.vocab.a", [], "token b'a' has the id [], expected an int"),
        ("model.vocab.a", -1, "token b'a' has the id -1, expected 0 or more"),
        ("model.vocab.a", 65, "tokens b'a' and b'b' both have the id 65"),
        ("model.vocab.lo", ..., "(b'l', b'o') at 0 has or makes b'lo'"),
        ("model.vocab.日", 300, "token '日' has the character '日', which stands for no byte"),
        ("model.vocab.a b", 300, "token 'a b' has the character ' ', which stands for no byte"),
        ("model.vocab.\ud800", 300, r"token '\ud800' has the character '\ud800'"),
        ("model.vocab.", 300, "an empty token"),
        ("model.vocab.<|end|>", 258, "'<|end|>' has the id 259, in the vocab 258"),
        ("model.vocab.<|end|>", 259.0, "'<|end|>' has the id 259, in the vocab 259.0"),
        ("model.vocab.<|end|>", None, "'<|end|>' has the id 259, in the vocab None"),
        ("model.ignore_merges", None, "model has ignore_merges None, expected true or false"),
        ("model.ignore_merges", "false", "model has ignore_merges 'false', expected true or false"),
        ("model.ignore_merges", 1, "model has ignore_merges 1, expected true or false"),
        ("model.merges", ..., "model's merges is of type NoneType, expected an array"),
        ("model.merges", {"l o": 1}, "model's merges is of type dict, expected an array"),
        ("model.merges", "l o", "model's merges is of type str, expected an array"),
        ("model.merges", ["lo"], "model's merges have 'lo', expected two tokens"),
        ("model.merges", ["l  o"], "model's merges have 'l  o', expected two tokens"),
        ("model.merges", ["l o w"], "model's merges have 'l o w', expected two tokens"),
        ("model.merges", [["l"]], "model's merges have ['l'], expected two tokens"),
        ("model.merges", [["l", "o", "w"]], "model's merges have ['l', 'o', 'w'], expected two"),
        ("model.merges", [["l", 1]], "model's merges have ['l', 1], expected two tokens"),
        ("model.merges", [{"l": "o"}], "model's merges have {'l': 'o'}, expected two tokens"),
        ("model.merges", [None], "model's merges have None, expected two tokens"),
        ("model.merges", [[" ", "l"]], "token ' ' has the character ' ', which stands for no byte"),
        ("model.merges", [["", "l"]], "(b'', b'l') at 0 has or makes b''"),
        ("model.merges", [" l"], "(b'', b'l') at 0 has or makes b''"),
        ("model.merges", ["x y"], "(b'x', b'y') at 0 has or makes b'xy'"),
        ("model.merges", ["l o", "l o"], "merges has (b'l', b'o') at 0 and at 1"),
        ("added_tokens", None, "added_tokens is of type NoneType, expected an array"),
        ("added_tokens", {}, "added_tokens is of type dict, expected an array"),
        ("added_tokens", [None], "added_tokens has None, expected content and id"),
        ("added_tokens", ["<|end|>"], "added_tokens has '<|end|>', expected content and id"),
        ("added_tokens", [{"id": 1}], "added_tokens has {'id': 1}, expected content and id"),
    ],
)
def test_what_contradicts(path, content, place, value, message):
    put(content, place, value)
    refuses(path, content, message)


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ({"content": 1, "id": 300}, "expected content and id"),
        ({"content": "x y", "id": "300"}, "expected content and id"),
        ({"content": "x y", "id": 300.0}, "expected content and id"),
        ({"content": "x y", "id": True}, "expected content and id"),
        ({"content": "x y", "id": None}, "expected content and id"),
        ({"content": "x y"}, "expected content and id"),
        ({"content": "x y", "id": -1}, "'x y' has the id -1, expected 0 or more"),
        ({"content": "", "id": 300}, "an empty name"),
        ({"content": "\ud800", "id": 300}, "lone surrogate"),
        ({"content": "<|end|>", "id": 259}, "added_tokens has '<|end|>' twice"),
        ({"content": "<|end|>", "id": 300}, "added_tokens has '<|end|>' twice"),
        ({"content": "x y", "id": 259}, "'<|end|>' and 'x y' both have the id 259"),
        ({"content": "x y", "id": 256}, "'x y' has the id 256, which is that of b'lo'"),
        ({"content": "lo", "id": 300}, "added token 'lo' has the id 300, in the vocab 256"),
        ({"content": "a", "id": 64}, "no token for the byte 0x61"),
    ],
)
def test_added_tokens_that_contradict(path, content, added, message):
    content["added_tokens"].append(added)
    refuses(path, content, message)
