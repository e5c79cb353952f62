"""Files against those that read and write them: tiktoken, tokenizers, and transformers' GPT-2.

What the others know of letters is another version of Unicode than ours (see test_bpe.py), so random
texts are of characters that Python's own older one knows.
"""

import json
import os
import random
import sys
import types
import unicodedata

import pytest
import tiktoken
from tiktoken import _educational
from tiktoken.load import dump_tiktoken_bpe, load_tiktoken_bpe
from tokenizers import AddedToken, Regex, Tokenizer, models, pre_tokenizers, trainers
from tokenizers import decoders as decoding

from tinytorch.tokenization import (
    GPT2_PATTERN,
    GPT4_PATTERN,
    BPETokenizer,
    load_gpt2,
    load_tiktoken,
    load_tokenizer_json,
    save_gpt2,
    save_tiktoken,
    save_tokenizer_json,
)

TEXT = """
The quick brown fox can't jump; IT'S lazy, they've all'd 'tis. O'Reilly’s café, naïve façade, 2026.
Съешь же ещё этих мягких французских булок. 天地玄黃,宇宙洪荒。 👩‍👩‍👧‍👦 👍🏽 e\u0301 ﬁ Ⅻ ² ½ ٣

\tdef f(x):\r\n    return  {'a': [1, 22, 333, 4444]}  # # 100%
"""
KNOWN = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs")]
SPECIAL = ["<|endoftext|>", "two words", "🙂\n", '"quoted\\"']
PATTERNS = {"gpt2": GPT2_PATTERN, "gpt4": GPT4_PATTERN}
each_pattern = pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
BYTES = [bytes([byte]) for byte in range(256)]


def texts(letters="abc ", count=40):
    """Texts of any characters, of what training saw, and of some letters; with special tokens."""
    choose = random.Random(0)
    words = [*TEXT.split(" "), *SPECIAL, " ", "  "]
    for size in range(count):
        yield "".join(choose.choices(KNOWN, k=size))
        yield " ".join(choose.choices(words, k=size))
        yield "".join(choose.choices(letters, k=size))
    yield TEXT


def assert_same_ids(mine, theirs, **options):
    """Hold ids and decoding against tokenizers'."""
    for text in texts(**options):
        ids = mine.encode(text, allowed_special="all")
        assert ids == theirs.encode(text, add_special_tokens=False).ids, text
        assert mine.decode(ids) == theirs.decode(ids, skip_special_tokens=False) == text


def assert_same_ids_as_tiktoken(mine, theirs, **options):
    for text in texts(**options):
        ids = mine.encode(text, allowed_special="all")
        assert ids == theirs.encode(text, allowed_special="all"), text
        assert mine.decode(ids) == theirs.decode(ids) == text


def byte_level(model, pattern=GPT2_PATTERN, behavior="isolated", invert=False):
    """A tokenizer of theirs, which cuts by GPT-2's pattern itself, by another with a Split."""
    made = Tokenizer(model)
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoding.ByteLevel()
    if pattern != GPT2_PATTERN:
        made.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(pattern), behavior, invert),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    return made


def trained(pattern, special_tokens=SPECIAL, vocab_size=400, **options):
    made = byte_level(models.BPE(), pattern, **options)
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[AddedToken(name, normalized=False) for name in special_tokens],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([TEXT], trainer)
    return made


def encoding(ranks, pattern, special_tokens=None):
    return tiktoken.Encoding(
        "x", pat_str=pattern, mergeable_ranks=ranks, special_tokens=dict(special_tokens or {})
    )


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    """Keep tiktoken from reading an older file of the same name."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")


@pytest.fixture
def dump(monkeypatch, tmp_path):
    """Write ranks as tiktoken does, to the disk, for which it asks a package for storage."""
    monkeypatch.setitem(sys.modules, "blobfile", types.SimpleNamespace(BlobFile=open))

    def dump(ranks):
        dump_tiktoken_bpe(ranks, str(tmp_path / "theirs.tiktoken"))
        return tmp_path / "theirs.tiktoken"

    return dump


# tokenizer.json


@pytest.mark.parity("load_tokenizer_json", "save_tokenizer_json")
@pytest.mark.parametrize(
    ("pattern", "options"),
    [
        (GPT2_PATTERN, {}),
        (GPT4_PATTERN, {}),
        (GPT4_PATTERN, {"behavior": "removed", "invert": True}),
    ],
    ids=["gpt2", "gpt4", "gpt4, else removed"],
)
def test_their_tokenizer_json(tmp_path, pattern, options):
    theirs = trained(pattern, **options)
    theirs.save(str(tmp_path / "theirs.json"))
    mine = load_tokenizer_json(tmp_path / "theirs.json")
    assert mine.pattern == pattern
    assert mine.special_tokens == {name: number for number, name in enumerate(SPECIAL)}
    assert mine.vocab_size == theirs.get_vocab_size()
    assert_same_ids(mine, theirs)
    save_tokenizer_json(mine, tmp_path / "mine.json")
    assert load_tokenizer_json(tmp_path / "mine.json") == mine
    again = Tokenizer.from_file(str(tmp_path / "mine.json"))
    assert again.get_vocab() == theirs.get_vocab()
    assert_same_ids(mine, again)


@pytest.mark.parity("load_tokenizer_json")
@each_pattern
def test_the_older_form_of_merges(tmp_path, pattern):
    theirs = trained(pattern)
    content = json.loads(theirs.to_str())
    content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    (tmp_path / "older.json").write_text(json.dumps(content))
    mine = load_tokenizer_json(tmp_path / "older.json")
    assert_same_ids(mine, Tokenizer.from_file(str(tmp_path / "older.json")))
    assert_same_ids(mine, theirs)


@pytest.mark.parity("save_tokenizer_json")
@each_pattern
def test_our_tokenizer_json(tmp_path, pattern):
    mine = BPETokenizer.train(TEXT, 400, pattern=pattern, special_tokens=SPECIAL)
    save_tokenizer_json(mine, tmp_path / "mine.json")
    theirs = Tokenizer.from_file(str(tmp_path / "mine.json"))
    assert {name: theirs.token_to_id(name) for name in SPECIAL} == mine.special_tokens
    assert_same_ids(mine, theirs)


def by_hand(choose, letters="abc"):
    """Tokens of a few letters by random merges in any order, some of which make the same token."""
    tokens, merges = [letter.encode() for letter in letters], {}
    for _ in range(choose.randrange(1, 40)):
        left, right = choose.choice(tokens), choose.choice(tokens)
        if len(left + right) <= 12:
            merges[left, right] = None
            tokens = list(dict.fromkeys([*tokens, left + right]))
    merges = list(merges)
    choose.shuffle(merges)
    names = list(dict.fromkeys([*BYTES, *tokens]))
    ids = choose.sample(range(2 * len(names)), len(names))
    return dict(zip(names, ids, strict=True)), merges, max(ids) + 5


@pytest.mark.parity("save_tokenizer_json", "load_tokenizer_json")
@pytest.mark.parametrize("ignore_merges", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_merges_in_any_order(tmp_path, seed, ignore_merges):
    choose = random.Random(seed)
    vocabulary, merges, free = by_hand(choose)
    if seed % 2:
        vocabulary[b"cabbac"] = free + 1  # mostly a token that no merge makes
    mine = BPETokenizer(
        vocabulary, merges, special_tokens={"<|e|>": free}, ignore_merges=ignore_merges
    )
    save_tokenizer_json(mine, tmp_path / "mine.json")
    assert load_tokenizer_json(tmp_path / "mine.json") == mine
    theirs = Tokenizer.from_file(str(tmp_path / "mine.json"))
    for letters in ("abc", ["cabbac", "a", " ", "<|e|>"]):
        assert_same_ids(mine, theirs, letters=letters)


# vocab.json and merges.txt


@pytest.mark.parity("load_gpt2")
def test_their_vocabulary_and_merges(tmp_path):
    theirs = trained(GPT2_PATTERN)
    theirs.model.save(str(tmp_path))
    mine = load_gpt2(tmp_path)
    assert mine.special_tokens == {name: number for number, name in enumerate(SPECIAL)}
    assert_same_ids(mine, theirs)
    save_gpt2(mine, tmp_path / "mine")
    again = tmp_path / "mine"
    assert (again / "merges.txt").read_bytes() == (tmp_path / "merges.txt").read_bytes()
    ids = [json.loads((folder / "vocab.json").read_bytes()) for folder in (tmp_path, again)]
    assert ids[0] == ids[1]


@pytest.mark.parity("save_gpt2")
@pytest.mark.parametrize("seed", [None, 0, 1, 2])
def test_our_vocabulary_and_merges(tmp_path, seed):
    if seed is None:
        mine = BPETokenizer.train(TEXT, 400, special_tokens=SPECIAL)
    else:
        vocabulary, merges, free = by_hand(random.Random(seed))
        mine = BPETokenizer(vocabulary, merges, special_tokens={"<|endoftext|>": free})
    save_gpt2(mine, tmp_path)
    assert load_gpt2(tmp_path) == mine
    model = models.BPE.from_file(str(tmp_path / "vocab.json"), str(tmp_path / "merges.txt"))
    theirs = byte_level(model)
    theirs.add_special_tokens([AddedToken(name, normalized=False) for name in mine.special_tokens])
    assert theirs.get_vocab_size() == len(mine.vocabulary) + len(mine.special_tokens)
    assert_same_ids(mine, theirs)


@pytest.mark.parity("save_gpt2", "load_gpt2", "load_tokenizer_json")
@pytest.mark.parametrize("vocab_size", [257, 400])
def test_transformers_gpt2(tmp_path, monkeypatch, vocab_size):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from transformers import GPT2Tokenizer

    mine = BPETokenizer.train(TEXT, vocab_size, special_tokens=["<|endoftext|>"])
    save_gpt2(mine, tmp_path)
    theirs = GPT2Tokenizer.from_pretrained(tmp_path)
    assert len(theirs) == mine.vocab_size == vocab_size
    for text in texts():
        ids = mine.encode(text, allowed_special="all")
        assert ids == theirs.encode(text)
        assert mine.encode_ordinary(text) == theirs.encode(text, split_special_tokens=True)
        assert mine.decode(ids) == theirs.decode(ids) == text
    theirs.save_pretrained(tmp_path / "theirs")
    assert sorted(os.listdir(tmp_path / "theirs")) == ["tokenizer.json", "tokenizer_config.json"]
    assert load_tokenizer_json(tmp_path / "theirs" / "tokenizer.json") == mine


# Rank files


@pytest.mark.parity("save_tiktoken", "load_tiktoken")
@each_pattern
def test_our_ranks(tmp_path, pattern):
    mine = BPETokenizer.train(TEXT, 400, pattern=pattern, special_tokens=SPECIAL)
    save_tiktoken(mine, tmp_path / "mine.tiktoken")
    ranks = load_tiktoken_bpe(str(tmp_path / "mine.tiktoken"))
    assert ranks == mine.vocabulary
    assert_same_ids_as_tiktoken(mine, encoding(ranks, pattern, mine.special_tokens))


@pytest.mark.parity("load_tiktoken", "save_tiktoken")
@each_pattern
def test_their_ranks(tmp_path, dump, pattern):
    ranks = _educational.bpe_train(TEXT, 400, pattern, visualise=None)
    path = dump(ranks)
    mine = load_tiktoken(path, pattern=pattern, special_tokens={"<|endoftext|>": 777})
    assert mine.vocabulary == ranks
    assert not mine.ignore_merges
    assert_same_ids_as_tiktoken(mine, encoding(ranks, pattern, mine.special_tokens))
    simple = _educational.SimpleBytePairEncoding(pat_str=pattern, mergeable_ranks=ranks)
    assert mine.encode(TEXT) == simple.encode(TEXT, visualise=None)
    save_tiktoken(mine, tmp_path / "mine.tiktoken")
    assert (tmp_path / "mine.tiktoken").read_bytes() == path.read_bytes()


@pytest.mark.parity("load_tiktoken", "save_tiktoken", "save_tokenizer_json")
@pytest.mark.parametrize("seed", range(30))
def test_ranks_in_any_order(tmp_path, dump, seed):
    choose = random.Random(seed)
    letters = choose.choice(["ab", "abc", "abé", "a"])
    found = {"".join(choose.choices(letters, k=choose.choice([2, 2, 3, 4, 7]))) for _ in range(25)}
    names = [*BYTES, *(name.encode() for name in sorted(found))]
    ranks = dict(zip(names, choose.sample(range(2 * len(names)), len(names)), strict=True))
    path = dump(ranks)
    mine = load_tiktoken(path, pattern=GPT2_PATTERN)
    assert_same_ids_as_tiktoken(mine, encoding(ranks, GPT2_PATTERN), letters=letters, count=150)
    for _ in range(50):
        data = bytes(choose.choices(letters.encode() + b" \xff", k=choose.randrange(30)))
        assert mine.encode_bytes(data) == encoding(ranks, GPT2_PATTERN)._encode_bytes(data)
    save_tiktoken(mine, tmp_path / "mine.tiktoken")
    assert (tmp_path / "mine.tiktoken").read_bytes() == path.read_bytes()
    save_tokenizer_json(mine, tmp_path / "mine.json")  # the merges that follow, for tokenizers
    assert_same_ids(mine, Tokenizer.from_file(str(tmp_path / "mine.json")), letters=letters)
