"""Words and characters against Hugging Face's tokenizers."""

import inspect
import random

import pytest
import tokenizers
from tokenizers import Regex, models, pre_tokenizers, trainers

from tinytorch.tokenization import (
    GPT2_PATTERN,
    GPT4_PATTERN,
    CharacterTokenizer,
    WordTokenizer,
    tokenizer,
)

ANY = "(?m:.)"  # there, `m` lets the dot match the end of a line too
SOURCE = inspect.getsource(tokenizer)
choose = random.Random(0)
TEXTS = {
    "source": SOURCE,
    "languages": "A naïve façade: 日本 日本語 Съешь ещё 1234 😀👩\u200d👧 e\u0301 they'Ve\r\n\n x",
    "many words that occur equally often": "".join(choose.choices("abcd é日😀", k=9_000)),
    "nothing": "",
}
every_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def reference(pattern, vocabulary, **settings):
    made = tokenizers.Tokenizer(models.WordLevel(vocabulary, **settings))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    return made


@pytest.mark.parity("WordTokenizer", "WordTokenizer.train")
@pytest.mark.parametrize("vocab_size", [2, 30, 10_000])
@pytest.mark.parametrize("pattern", [GPT2_PATTERN, GPT4_PATTERN])
@every_text
def test_the_same_words_are_learned_and_found(text, pattern, vocab_size):
    ours = WordTokenizer.train([text, text[:500]], vocab_size, pattern=pattern, unknown="?!")
    theirs = reference(pattern, {}, unk_token="?!")
    trainer = trainers.WordLevelTrainer(
        vocab_size=vocab_size, special_tokens=["?!"], show_progress=False
    )
    theirs.train_from_iterator([text, text[:500]], trainer)
    vocabulary = theirs.get_vocab()
    # Their special tokens have the first ids, ours the last.
    assert ["?!", *ours.words] == sorted(vocabulary, key=vocabulary.get)
    for read in TEXTS.values():
        ids = [ours.vocab_size - 1 if i == 0 else i - 1 for i in theirs.encode(read).ids]
        assert ours.encode(read) == ids


@pytest.mark.parity("CharacterTokenizer")
@every_text
def test_the_same_characters_are_found(text):
    ours = CharacterTokenizer.train(text)
    theirs = reference(ANY, {c: i for i, c in enumerate(ours.characters)}, unk_token="?!")
    assert ours.encode(text) == theirs.encode(text).ids
