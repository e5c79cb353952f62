"""A Llama: rotary positions, shared heads, gates, ties; and what it refuses."""

import copy
import pickle

import numpy as np
import pytest

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.activations import silu
from tinytorch.attention import scaled_dot_product_attention
from tinytorch.autograd import gradcheck
from tinytorch.embeddings import LinearScaling, RotaryEmbedding
from tinytorch.tensor import allclose, randint, randn, tensor, zeros
from tinytorch.transformers import GatedMLP, Llama, LlamaAttention, LlamaBlock, LlamaConfig

SIZES = {
    "vocab_size": 11,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 8,
}
TINY = LlamaConfig(**SIZES, num_key_value_heads=2)


def test_its_parameters_are_llamas():
    model = Llama(TINY)
    block = [
        "input_layernorm",
        *(f"self_attn.{name}_proj" for name in "qkvo"),
        "post_attention_layernorm",
        *(f"mlp.{name}_proj" for name in ("gate", "up", "down")),
    ]
    expected = [f"layers.{number}.{name}.weight" for number in range(2) for name in block]
    expected = ["embed_tokens.weight", *expected, "norm.weight", "lm_head.weight"]
    assert sorted(model.state_dict()) == sorted(expected)
    assert model.layers[0].self_attn.k_proj.weight.shape == (8, 16)


def test_a_block_step_by_step():
    block, rotary = LlamaBlock(TINY), RotaryEmbedding(4, 8)
    x = randn(2, 5, 16)
    y, attn = block.input_layernorm(x), block.self_attn
    q, k, v = (
        layer(y).reshape(2, 5, -1, 4).transpose(1, 2)
        for layer in (attn.q_proj, attn.k_proj, attn.v_proj)
    )
    k, v = (each.repeat_interleave(2, 1) for each in (rotary(k), v))
    heads = scaled_dot_product_attention(rotary(q), k, v, is_causal=True)
    y = x + attn.o_proj(heads.transpose(1, 2).reshape(2, 5, 16))
    z, mlp = block.post_attention_layernorm(y), block.mlp
    expected = y + mlp.down_proj(silu(mlp.gate_proj(z)) * mlp.up_proj(z))
    assert allclose(block(x, rotary), expected, atol=1e-6)


def test_parts_alone():
    x = randn(2, 3, 16)
    assert LlamaAttention(TINY)(x, RotaryEmbedding(4)).shape == x.shape
    assert GatedMLP(16, 40)(x).shape == x.shape
    wide = LlamaConfig(**SIZES, head_dim=6)
    assert LlamaAttention(wide).o_proj.weight.shape == (16, 24)
    assert wide.head_width == 6


def test_no_token_looks_ahead_and_positions_are_relative():
    model = Llama(TINY)
    ids = randint(0, 11, (2, 8))
    assert allclose(model(ids[:, :3]), model(ids)[:, :3], atol=1e-5)


def test_texts_of_different_lengths_in_one_batch():
    model = Llama(TINY)
    scores = model(tensor([[9, 9, 1, 2], [3, 4, 5, 6]]), tensor([[0, 0, 1, 1], [1, 1, 1, 1]]))
    assert allclose(scores[0, 2:], model(tensor([[1, 2]]))[0], atol=1e-5)
    assert allclose(scores[1], model(tensor([[3, 4, 5, 6]]))[0], atol=1e-5)


@pytest.mark.parametrize("tied", [False, True])
def test_ties_and_copies(tied):
    model = Llama(LlamaConfig(**SIZES, tie_word_embeddings=tied))
    ids = randint(0, 11, (2, 5))
    for each in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert (each.lm_head.weight is each.embed_tokens.weight) == tied
        assert each(ids).tolist() == model(ids).tolist()


def test_how_it_starts():
    model = Llama(LlamaConfig(**{**SIZES, "vocab_size": 500, "hidden_size": 64}))
    assert model.embed_tokens.weight.data.std() == pytest.approx(0.02, rel=0.05)
    assert model.layers[1].mlp.down_proj.weight.data.std() == pytest.approx(0.02, rel=0.1)
    assert (model.norm.weight.data == 1).all()


def test_gradients():
    model = Llama(TINY).double()
    x = randn(1, 3, 16).double().requires_grad_()
    assert gradcheck(lambda x: model.layers[0](x, model.rotary.double()), (x,))
    model(randint(0, 11, (2, 8))).square().sum().backward()
    assert all(parameter.grad.data.any() for parameter in model.parameters())
    assert model(tensor([[1]])).dtype == np.float64


def test_scaled_positions_change_what_it_says():
    plain, scaled = (
        Llama(TINY),
        Llama(LlamaConfig(**SIZES, num_key_value_heads=2, rope_scaling=LinearScaling(4.0))),
    )
    scaled.load_state_dict(plain.state_dict())
    ids = randint(0, 11, (1, 8))
    assert allclose(plain(ids)[:, 0], scaled(ids)[:, 0])
    assert not allclose(plain(ids)[:, -1], scaled(ids)[:, -1], atol=1e-6)


@pytest.mark.parametrize(
    ("ids", "error", "message"),
    [
        ([[1] * 9], IndexError, "Llama: input has 9 tokens, expected at most the context"),
        ([[11]], IndexError, "11"),
        ([1], ValueError, r"Llama: input has shape \(1,\), expected \(B, T\)"),
    ],
)
def test_ids_that_are_none(ids, error, message):
    with pytest.raises(error, match=message):
        Llama(TINY)(tensor(ids))


@pytest.mark.parametrize(
    ("sizes", "error", "message"),
    [
        (
            {"num_attention_heads": 3},
            ValueError,
            "LlamaConfig: num_attention_heads is 3, expected a divisor of hidden_size, which is 16",
        ),
        (
            {"num_key_value_heads": 3},
            ValueError,
            "LlamaConfig: num_key_value_heads is 3, expected a divisor of num_attention_heads",
        ),
        ({"num_key_value_heads": 0}, ValueError, "num_key_value_heads is 0, expected at least 1"),
        ({"hidden_size": "big"}, TypeError, "hidden_size is 'big', expected an integer"),
        ({"rms_norm_eps": None}, TypeError, "rms_norm_eps is None"),
        ({"head_dim": 3}, ValueError, "RotaryEmbedding"),
        ({"rope_theta": 0.0}, ValueError, "LlamaConfig: rope_theta is 0.0, expected above 0"),
        ({"rope_theta": float("inf")}, ValueError, "rope_theta is inf, expected above 0"),
        ({"rms_norm_eps": -1e-6}, ValueError, "rms_norm_eps is -1e-06, expected above 0"),
        ({"tie_word_embeddings": "false"}, TypeError, "tie_word_embeddings is 'false', expected T"),
        ({"tie_word_embeddings": None}, TypeError, "tie_word_embeddings is None, expected True"),
        ({"rope_scaling": {"factor": 2}}, TypeError, "expected a RotaryScaling"),
    ],
)
def test_sizes_that_cannot_be(sizes, error, message):
    with pytest.raises(error, match=message):
        Llama(LlamaConfig(**{**SIZES, **sizes}))


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_no_tokens_have_no_scores(shape):
    config = LlamaConfig(11, 8, 16, 1, 2, 1, max_position_embeddings=8)
    assert Llama(config)(zeros(shape, dtype="int64")).shape == (*shape, 11)


def test_a_config_that_is_none():
    with pytest.raises(TypeError, match="Llama: config is of type dict, expected a LlamaConfig"):
        Llama(SIZES)
