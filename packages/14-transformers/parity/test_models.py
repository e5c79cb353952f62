"""GPT-2 and Llama against Hugging Face's transformers: random and tiny, in files there and back."""

import numpy as np
import pytest
import torch
import transformers
from transformers import AutoModelForCausalLM, GPT2LMHeadModel, LlamaForCausalLM

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.embeddings import LinearScaling, Llama3Scaling, YaRNScaling
from tinytorch.setup import manual_seed
from tinytorch.tensor import Tensor, tensor
from tinytorch.transformers import (
    GPT,
    GPTMLP,
    GatedMLP,
    GPTAttention,
    GPTBlock,
    GPTConfig,
    Llama,
    LlamaAttention,
    LlamaBlock,
    LlamaConfig,
    attention_weights,
    generate,
    stream,
)

RNG = np.random.default_rng(0)
CONTEXT = 128
GPT_SIZES = {"vocab_size": 65, "n_positions": CONTEXT, "n_embd": 32, "n_layer": 3, "n_head": 4}
LLAMA_SIZES = {
    "vocab_size": 65,
    "hidden_size": 32,
    "intermediate_size": 88,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": CONTEXT,
}
YARN = {"rope_type": "yarn", "original_max_position_embeddings": 32}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
# What is drawn at the start is small, and would hide what is wrong: 0.2 is what training makes.
CASES = {
    "gpt": (GPT2LMHeadModel, {}),
    "gpt, narrow inside": (GPT2LMHeadModel, {"n_inner": 20, "layer_norm_epsilon": 1e-2}),
    "llama": (LlamaForCausalLM, {}),
    "llama, grouped": (LlamaForCausalLM, {"num_key_value_heads": 2}),
    "llama, one key head": (LlamaForCausalLM, {"num_key_value_heads": 1, "rms_norm_eps": 1e-2}),
    "llama, tied": (LlamaForCausalLM, {"tie_word_embeddings": True}),
    "llama, wide heads": (LlamaForCausalLM, {"head_dim": 12}),
    "llama, far": (
        LlamaForCausalLM,
        {"rope_parameters": {"rope_type": "default", "rope_theta": 5e5}},
    ),
    "llama, linear": (
        LlamaForCausalLM,
        {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e4}},
    ),
    "llama, llama3": (
        LlamaForCausalLM,
        {
            "rope_parameters": {
                **LLAMA3,
                "original_max_position_embeddings": 32,
                "rope_theta": 5e5,
            }
        },
    ),
    "llama, yarn": (
        LlamaForCausalLM,
        {"rope_parameters": {**YARN, "factor": 4.0, "rope_theta": 1e4}},
    ),
    "llama, yarn, all said": (
        LlamaForCausalLM,
        {
            "rope_parameters": {
                **YARN,
                "factor": 4.0,
                "rope_theta": 1e4,
                "beta_fast": 16.0,
                "beta_slow": 2.0,
                "attention_factor": 1.5,
            }
        },
    ),
}
each_case = pytest.mark.parametrize("case", CASES)
both = pytest.mark.parametrize("case", ["gpt", "llama"])


def theirs_of(case):
    kind, settings = CASES[case]
    sizes = GPT_SIZES if kind is GPT2LMHeadModel else LLAMA_SIZES
    config = kind.config_class(**sizes, initializer_range=0.2, **settings)
    model = kind(config)
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1:  # biases, and the weights of norms, start where they hide
            torch.nn.init.normal_(parameter, mean=float(name.endswith("weight")), std=0.2)
    return model.eval()


@pytest.fixture
def pair(case, tmp_path):
    """Theirs, and what ours reads of the folder that theirs wrote."""
    theirs = theirs_of(case)
    theirs.save_pretrained(tmp_path)
    kind = GPT if isinstance(theirs, GPT2LMHeadModel) else Llama
    return kind.from_pretrained(tmp_path), theirs


def equal(ours, theirs, **tolerance):
    torch.testing.assert_close(torch.from_numpy(ours.data), theirs.detach(), **tolerance)


def draw_ids(*shape):
    ids = RNG.integers(0, 65, shape)
    return tensor(ids), torch.tensor(ids)


def their_greedy(model, prompt, steps):
    out = model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        max_new_tokens=steps,
        do_sample=False,
        eos_token_id=None,
        pad_token_id=0,
    )
    return out[0].tolist()


@pytest.mark.parity("GPT", "Llama", "GPTConfig", "LlamaConfig")
@each_case
def test_scores(case, pair):
    ours, theirs = pair
    ids, their_ids = draw_ids(3, 50)
    with torch.no_grad():
        expected = theirs(their_ids).logits
    assert expected.std() > 0.5  # or there would be nothing to compare
    equal(ours(ids), expected, rtol=0, atol=1e-4)


@pytest.mark.parity("GPT", "Llama")
@each_case
@pytest.mark.parametrize("side", ["left", "right"])
def test_scores_of_texts_of_different_lengths(case, pair, side):
    ours, theirs = pair
    ids, their_ids = draw_ids(3, 20)
    mask = np.ones((3, 20), np.int64)
    for row, length in enumerate((20, 11, 1)):
        mask[row, slice(20 - length) if side == "left" else slice(length, 20)] = 0
    their_mask = torch.tensor(mask)
    positions = (their_mask.cumsum(1) - 1).clamp(min=0)  # as transformers' generate counts
    with torch.no_grad():
        expected = theirs(their_ids, attention_mask=their_mask, position_ids=positions).logits
    there = their_mask.bool()
    found = torch.from_numpy(ours(ids, tensor(mask)).data)
    torch.testing.assert_close(found[there], expected[there], rtol=0, atol=1e-4)


@pytest.mark.parity("attention_weights")
@each_case
def test_attention_weights(case, pair):
    ours, theirs = pair
    theirs.set_attn_implementation("eager")  # the others have no weights to show
    ids, their_ids = draw_ids(3, 20)
    with torch.no_grad():
        expected = theirs(their_ids, output_attentions=True).attentions
    for weights, other in zip(attention_weights(ours, ids), expected, strict=True):
        equal(weights, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parity("GPT", "Llama")
@each_case
def test_gradients_of_all_parameters(case, pair):
    ours, theirs = pair
    ids, their_ids = draw_ids(2, 24)
    loss = theirs(their_ids, labels=their_ids).loss
    loss.backward()
    scores = ours(ids)[:, :-1]
    mine = (scores.logsumexp(-1) - scores.gather(2, ids[:, 1:].unsqueeze(2))[..., 0]).mean()
    mine.backward()
    assert mine.item() == pytest.approx(loss.item(), abs=1e-4)
    theirs_by_name = dict(theirs.named_parameters())
    count = 0
    for name, parameter in ours.named_parameters():
        prefix = "transformer." if isinstance(ours, GPT) else "model."
        other = theirs_by_name[name if name == "lm_head.weight" else prefix + name].grad
        if other.shape != parameter.shape or ".c_" in name:
            other = other.T if other.ndim == 2 else other
        equal(parameter.grad, other, rtol=1e-4, atol=1e-5)
        count += 1
    assert count == len(theirs_by_name)


@pytest.mark.parity("generate", "stream")
@each_case
def test_100_greedy_tokens(case, pair):
    ours, theirs = pair
    prompt = [7, 1, 30]
    expected = their_greedy(theirs, prompt, 100)
    assert len(set(expected)) >= 5  # it is not one token again and again
    assert generate(ours, prompt, 100, temperature=0) == expected
    assert list(stream(ours, prompt, 100, temperature=0)) == expected[3:]


@pytest.mark.parity("generate")
@both
def test_greedy_tokens_of_a_batch(case, pair):
    ours, theirs = pair
    prompts = [[7, 1, 30], [5], [9, 9, 9, 9, 9, 2, 4]]
    found = generate(ours, prompts, 40, temperature=0)
    assert found == [their_greedy(theirs, prompt, 40) for prompt in prompts]


@pytest.mark.parity("generate")
@both
def test_a_penalty_and_stop_tokens(case, pair):
    ours, theirs = pair
    prompt = [7, 1, 30]
    how = {"max_new_tokens": 40, "do_sample": False, "pad_token_id": 0}
    their_prompt = torch.tensor([prompt])
    expected = theirs.generate(
        their_prompt,
        attention_mask=torch.ones_like(their_prompt),
        repetition_penalty=1.7,
        eos_token_id=None,
        **how,
    )[0].tolist()
    found = generate(ours, prompt, 40, temperature=0, repetition_penalty=1.7)
    assert found == expected != their_greedy(theirs, prompt, 40)
    stop = expected[20]
    expected = theirs.generate(
        their_prompt,
        attention_mask=torch.ones_like(their_prompt),
        repetition_penalty=1.7,
        eos_token_id=stop,
        **how,
    )[0].tolist()
    found = generate(ours, prompt, 40, temperature=0, repetition_penalty=1.7, stop_tokens=[stop])
    assert found == expected


WAYS_BACK = {
    "gpt": lambda: GPT(GPTConfig(**GPT_SIZES, initializer_range=0.2)),
    "gpt, narrow inside": lambda: GPT(GPTConfig(**GPT_SIZES, n_inner=20, layer_norm_epsilon=1e-2)),
    **{
        f"llama {settings}": lambda settings=settings: Llama(
            LlamaConfig(**LLAMA_SIZES, initializer_range=0.2, **settings)
        )
        for settings in (
            {},
            {"num_key_value_heads": 2},
            {"tie_word_embeddings": True},
            {"head_dim": 12, "rms_norm_eps": 1e-2},
            {"rope_theta": 5e5},
            {"rope_scaling": LinearScaling(4.0)},
            {"rope_scaling": Llama3Scaling(8.0, 1.0, 4.0, 32)},
            {"rope_scaling": YaRNScaling(4.0, 32)},
            {"rope_scaling": YaRNScaling(4.0, 32, 16.0, 2.0, 1.5)},
        )
    },
}


@pytest.mark.parity("GPT", "Llama")
@pytest.mark.parametrize("name", WAYS_BACK)
def test_the_way_back(name, tmp_path):
    ours = WAYS_BACK[name]().eval()
    ours.save_pretrained(tmp_path)
    theirs, told = AutoModelForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(told.values()), told  # nothing missing, too much or of another shape
    ids, their_ids = draw_ids(2, 50)
    with torch.no_grad():
        equal(ours(ids), theirs.eval()(their_ids).logits, rtol=0, atol=1e-4)
    found = generate(ours, [1, 2], 60, temperature=0)
    assert found == their_greedy(theirs, [1, 2], 60)


@pytest.mark.parity("GPT", "Llama")
@both
def test_written_there_in_several_files(case, tmp_path):
    theirs = theirs_of(case)
    theirs.save_pretrained(tmp_path, max_shard_size="40KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    ours = (GPT if case == "gpt" else Llama).from_pretrained(tmp_path)
    ids, their_ids = draw_ids(2, 9)
    with torch.no_grad():
        equal(ours(ids), theirs(their_ids).logits, rtol=0, atol=1e-4)


@pytest.mark.parity("GPT", "Llama")
@each_case
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_written_there_in_16_bits(case, dtype, tmp_path):
    """Both read float32 out of it; transformers, when told to."""
    theirs_of(case).to(dtype).save_pretrained(tmp_path)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    ours = (GPT if case.startswith("gpt") else Llama).from_pretrained(tmp_path)
    for parameter in ours.parameters():
        assert parameter.dtype == np.float32
    ids, their_ids = draw_ids(3, 50)
    with torch.no_grad():
        equal(ours(ids), theirs(their_ids).logits, rtol=0, atol=1e-4)


@pytest.mark.parity("GPT", "Llama")
@both
def test_what_ends_a_text_there_and_back(case, tmp_path):
    """And an older model's generation_config.json has no say."""
    theirs = theirs_of(case)
    theirs.config.bos_token_id, theirs.config.eos_token_id = 3, [7, 9]
    theirs.generation_config.eos_token_id = [7, 9]
    theirs.save_pretrained(tmp_path)
    ours = (GPT if case == "gpt" else Llama).from_pretrained(tmp_path)
    assert (ours.config.bos_token_id, ours.config.eos_token_id) == (3, (7, 9))
    ours.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert again.config.bos_token_id == again.generation_config.bos_token_id == 3
    assert again.config.eos_token_id == again.generation_config.eos_token_id == [7, 9]
    sizes = GPT_SIZES if case == "gpt" else LLAMA_SIZES
    other = GPT(GPTConfig(**sizes)) if case == "gpt" else Llama(LlamaConfig(**sizes))
    theirs.save_pretrained(tmp_path, max_shard_size="40KB")
    other.save_pretrained(tmp_path)  # which no token ends
    again = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert again.generation_config.eos_token_id is None
    ids, their_ids = draw_ids(1, 9)
    with torch.no_grad():
        equal(other.eval()(ids), again.eval()(their_ids).logits, rtol=0, atol=1e-4)


@pytest.mark.parity("GPTConfig", "LlamaConfig")
def test_defaults_are_theirs():
    for ours, theirs in (
        (GPTConfig(), transformers.GPT2Config()),
        (LlamaConfig(), transformers.LlamaConfig()),
    ):
        for name in vars(ours):
            if name in ("bos_token_id", "eos_token_id"):
                assert getattr(ours, name) is None  # theirs are those of one tokenizer
            elif name not in ("rope_theta", "rope_scaling", "head_dim", "num_key_value_heads"):
                assert getattr(ours, name) == getattr(theirs, name), name
    assert LlamaConfig().head_width == transformers.LlamaConfig().head_dim
    assert LlamaConfig().key_value_heads == transformers.LlamaConfig().num_key_value_heads


@pytest.mark.parity("GPTBlock", "GPTAttention", "GPTMLP")
@pytest.mark.parametrize("case", ["gpt"])
def test_the_parts_of_a_gpt(case, pair):
    ours, theirs = pair
    x = RNG.standard_normal((2, 9, 32)).astype(np.float32)
    block, their_block = ours.h[1], theirs.transformer.h[1]
    assert [type(part) for part in (block, block.attn, block.mlp)] == [
        GPTBlock,
        GPTAttention,
        GPTMLP,
    ]
    given, their_given = Tensor(x), torch.tensor(x)
    equal(block.mlp(given), their_block.mlp(their_given), rtol=1e-5, atol=1e-5)
    mask = torch.full((1, 1, 9, 9), -torch.inf).triu(1)
    expected = their_block.attn(their_given, attention_mask=mask)[0]
    equal(block.attn(given), expected, rtol=1e-5, atol=1e-5)
    expected = their_block(their_given, attention_mask=mask)
    expected = expected[0] if isinstance(expected, tuple) else expected
    equal(block(given), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parity("LlamaBlock", "LlamaAttention", "GatedMLP")
@pytest.mark.parametrize("case", ["llama, grouped"])
def test_the_parts_of_a_llama(case, pair):
    ours, theirs = pair
    x = RNG.standard_normal((2, 9, 32)).astype(np.float32)
    block, their_block = ours.layers[1], theirs.model.layers[1]
    assert [type(part) for part in (block, block.self_attn, block.mlp)] == [
        LlamaBlock,
        LlamaAttention,
        GatedMLP,
    ]
    given, their_given = Tensor(x), torch.tensor(x)
    equal(block.mlp(given), their_block.mlp(their_given), rtol=1e-5, atol=1e-5)
    angles = theirs.model.rotary_emb(their_given, torch.arange(9)[None])
    mask = torch.full((1, 1, 9, 9), -torch.inf).triu(1)
    expected = their_block.self_attn(their_given, position_embeddings=angles, attention_mask=mask)
    equal(block.self_attn(given, ours.rotary), expected[0], rtol=1e-5, atol=1e-5)
    expected = their_block(their_given, position_embeddings=angles, attention_mask=mask)
    expected = expected[0] if isinstance(expected, tuple) else expected
    equal(block(given, ours.rotary), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parity("GPT")
def test_how_a_gpt_starts(tmp_path):
    """The same spread of every tensor: transformers draws them by the same rules."""
    manual_seed(0)
    sizes = {"vocab_size": 500, "n_positions": 64, "n_embd": 64, "n_layer": 8, "n_head": 4}
    ours = GPT(GPTConfig(**sizes))
    GPT2LMHeadModel(transformers.GPT2Config(**sizes)).save_pretrained(tmp_path)
    theirs = GPT.from_pretrained(tmp_path)
    for (name, mine), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert mine.data.std() == pytest.approx(other.data.std(), rel=0.1), name
        assert mine.data.mean() == pytest.approx(other.data.mean(), abs=2e-3), name
