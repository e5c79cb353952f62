"""A tokenizer beside a model, as transformers' AutoTokenizer reads it."""

import random

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2TokenizerFast

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.tensor import tensor
from tinytorch.tokenization import (
    GPT2_PATTERN,
    GPT4_PATTERN,
    BPETokenizer,
    load_gpt2,
    load_tokenizer_json,
)
from tinytorch.transformers import GPT, GPTConfig, Llama, LlamaConfig, generate

END = "<|endoftext|>"
TEXT = (
    "The quick brown fox can't jump; IT'S lazy,   they've all'd 12345 'tis.\n\n  O’Reilly café 🙂"
)
MODELS = {
    "gpt": lambda size: GPT(GPTConfig(size, 32, 16, 1, 2)),
    "llama": lambda size: Llama(LlamaConfig(size, 16, 24, 1, 2, max_position_embeddings=32)),
}


@pytest.mark.parity("GPT", "Llama")
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("pattern", [GPT2_PATTERN, GPT4_PATTERN], ids=["gpt2", "gpt4"])
@pytest.mark.parametrize("special", [[], [END], ["<|pad|>", END]], ids=str)
def test_the_same_ids(name, pattern, special, tmp_path):
    tokenizer = BPETokenizer.train(TEXT * 3, 320, pattern=pattern, special_tokens=special)
    model = MODELS[name](tokenizer.vocab_size + 3).eval()
    model.save_pretrained(tmp_path, tokenizer)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    choose = random.Random(0)
    for size in range(40):
        text = "".join(choose.choices([*TEXT, *TEXT.split(" "), *special, " ", "  "], k=size))
        ids = tokenizer.encode(text, allowed_special="all")
        assert theirs(text)["input_ids"] == ids
        assert theirs.decode(ids) == text
    end = tokenizer.special_tokens.get(END)
    assert theirs.eos_token_id == theirs.bos_token_id == end
    their_model = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert their_model.config.eos_token_id == their_model.generation_config.eos_token_id == end
    assert load_tokenizer_json(tmp_path / "tokenizer.json") == tokenizer


@pytest.mark.parity("GPT")
def test_over_another_tokenizer(tmp_path):
    """What older versions of transformers wrote beside it, later ones still read."""
    tokenizer = BPETokenizer.train(TEXT, 300, special_tokens=[END])
    (tmp_path / "special_tokens_map.json").write_text('{"eos_token": "</s>", "pad_token": "<pad>"}')
    (tmp_path / "added_tokens.json").write_text('{"<more>": 301}')
    MODELS["gpt"](302).save_pretrained(tmp_path, tokenizer)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    assert (theirs.eos_token, theirs.pad_token, len(theirs)) == (END, None, 300)


@pytest.mark.parity("GPT", "generate")
@pytest.mark.parametrize("name", MODELS)
def test_both_write_the_same_text(name, tmp_path):
    """No setting of theirs is touched: they stop where the files say, and only there."""
    tokenizer = BPETokenizer.train(TEXT * 3, 270, special_tokens=[END])
    model = MODELS[name](tokenizer.vocab_size).eval()
    for parameter in model.parameters():
        parameter.data *= 20 if parameter.ndim == 2 else 1
    model.save_pretrained(tmp_path, tokenizer)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    their_tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    given = their_tokenizer("The fox", return_tensors="pt")
    given = {key: given[key] for key in ("input_ids", "attention_mask")}
    with torch.no_grad():
        expected = theirs.generate(**given, max_new_tokens=20, do_sample=False, pad_token_id=0)
    ids = tokenizer.encode("The fox")
    stop = tokenizer.special_tokens[END]
    found = generate(model, ids, 20, temperature=0, stop_tokens=[stop])
    assert found == expected[0].tolist()
    assert tokenizer.decode(found) == their_tokenizer.decode(expected[0])


@pytest.mark.parity("GPT")
def test_what_transformers_wrote(tmp_path):
    """Its GPT-2 tokenizer, beside a model that it wrote too."""
    tokenizer = BPETokenizer.train(TEXT * 3, 300, special_tokens=[END])
    model = MODELS["gpt"](tokenizer.vocab_size).eval()
    model.save_pretrained(tmp_path / "ours", tokenizer)
    GPT2TokenizerFast.from_pretrained(tmp_path / "ours").save_pretrained(tmp_path / "theirs")
    AutoModelForCausalLM.from_pretrained(tmp_path / "ours").save_pretrained(tmp_path / "theirs")
    again = GPT.from_pretrained(tmp_path / "theirs")
    words = load_tokenizer_json(tmp_path / "theirs" / "tokenizer.json")
    ids = tokenizer.encode(TEXT)[:32]
    assert words.encode(TEXT)[:32] == ids
    assert load_gpt2(tmp_path / "ours").encode(TEXT)[:32] == ids
    assert again(tensor([ids])).tolist() == model(tensor([ids])).tolist()
