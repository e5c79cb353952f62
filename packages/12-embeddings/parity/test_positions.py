"""Positions against transformers' models, and formulas as PyTorch's tutorials write them."""

import math

import numpy as np
import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.embeddings import (
    ALiBi,
    LearnedPositions,
    LinearScaling,
    Llama3Scaling,
    NTKScaling,
    RotaryEmbedding,
    SinusoidalPositions,
    YaRNScaling,
    alibi_slopes,
    sinusoidal_encoding,
)
from tinytorch.tensor import Tensor, tensor

RNG = np.random.default_rng(0)


def equal(ours, theirs, **tolerance):
    torch.testing.assert_close(torch.from_numpy(ours.data), theirs.detach(), **tolerance)


def draw(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


# --- positions that are added


@pytest.mark.parity("sinusoidal_encoding", "SinusoidalPositions")
def test_waves_as_the_transformer_tutorial_writes_them():
    length, dim = 60, 16
    position = torch.arange(length, dtype=torch.float64).unsqueeze(1)
    div_term = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
    expected = torch.zeros(length, dim)
    expected[:, 0::2] = torch.sin(position * div_term)
    expected[:, 1::2] = torch.cos(position * div_term)
    equal(sinusoidal_encoding(length, dim), expected)
    x = draw(2, 5, dim)
    found = SinusoidalPositions(length, dim)(tensor(x), offset=40)
    equal(found, torch.tensor(x) + expected[40:45])


@pytest.mark.parity("LearnedPositions")
def test_learned_positions_are_a_table_that_is_looked_up():
    theirs = torch.nn.Embedding(30, 8)
    ours = LearnedPositions(30, 8)
    ours.load_state_dict({"weight": tensor(theirs.weight.detach().numpy())})
    x, places = draw(2, 5, 8), RNG.integers(30, size=(2, 5))
    found = ours(tensor(x), positions=tensor(places))
    expected = torch.tensor(x) + theirs(torch.tensor(places))
    equal(found, expected)
    found.square().sum().backward()
    expected.square().sum().backward()
    equal(ours.weight.grad, theirs.weight.grad)


# --- positions that turn


def configuration(head_dim=16, base=10000.0, **rope):
    return LlamaConfig(
        hidden_size=2 * head_dim,
        num_attention_heads=2,
        head_dim=head_dim,
        max_position_embeddings=64,
        rope_parameters={"rope_type": "default", "rope_theta": base, **rope},
    )


def llama(config, x, positions):
    """One tensor turned by Hugging Face's Llama."""
    cos, sin = LlamaRotaryEmbedding(config)(x, positions)
    turned, _ = apply_rotary_pos_emb(x, x, cos, sin)
    return turned


@pytest.mark.parity("RotaryEmbedding")
@pytest.mark.parametrize("base", [10000.0, 500.0])
@pytest.mark.parametrize("shape", [(2, 3, 7, 16), (1, 1, 1, 16), (3, 2, 64, 16)])
def test_queries_and_gradients_as_llama_s(shape, base):
    x, g = draw(*shape), draw(*shape)
    ours, theirs = Tensor(x).requires_grad_(), torch.tensor(x, requires_grad=True)
    found = RotaryEmbedding(16, 64, base)(ours)
    expected = llama(configuration(base=base), theirs, torch.arange(shape[-2])[None])
    equal(found, expected)
    found.backward(tensor(g))
    expected.backward(torch.tensor(g))
    equal(ours.grad, theirs.grad)


@pytest.mark.parity("RotaryEmbedding")
def test_offsets_are_llama_s_position_ids():
    x, config = draw(2, 3, 4, 16), configuration()
    found = RotaryEmbedding(16, 64)(tensor(x), offset=37)
    equal(found, llama(config, torch.tensor(x), torch.arange(37, 41)[None]))
    places = RNG.integers(64, size=(2, 4))
    found = RotaryEmbedding(16, 64)(tensor(x), positions=tensor(places))
    equal(found, llama(config, torch.tensor(x), torch.tensor(places)))


@pytest.mark.parity("RotaryEmbedding")
def test_far_positions_as_llama_s():
    x = draw(1, 1, 4, 16)
    found = RotaryEmbedding(16, 8192)(tensor(x), offset=8188)
    expected = llama(configuration(), torch.tensor(x), torch.arange(8188, 8192)[None])
    # Its angles are products in float32, ours in float64: 8192 times a rounding of 6e-8.
    equal(found, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parity("RotaryEmbedding")
def test_neighbours_as_complex_numbers():
    x = draw(2, 5, 8)
    frequencies = 1.0 / 10000.0 ** (torch.arange(0, 8, 2).float() / 8)
    angles = torch.outer(torch.arange(5).float(), frequencies)
    turns = torch.polar(torch.ones_like(angles), angles)
    pairs = torch.view_as_complex(torch.tensor(x).reshape(2, 5, 4, 2))
    expected = torch.view_as_real(pairs * turns).reshape(2, 5, 8)
    equal(RotaryEmbedding(8, 16, interleaved=True)(tensor(x)), expected)


LLAMA3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 512}
YARN = {"original_max_position_embeddings": 512}
SCALINGS = [
    (LinearScaling(4.0), "linear", {"factor": 4.0}, None),
    # Its factor grows with the text: 4 · 192 / 64 - (4 - 1) = 9, and 1 up to the trained length.
    (NTKScaling(9.0), "dynamic", {"factor": 4.0}, 192),
    (NTKScaling(1.0), "dynamic", {"factor": 4.0}, None),
    (Llama3Scaling(8.0, 1.0, 4.0, 512), "llama3", {"factor": 8.0, **LLAMA3}, None),
    (Llama3Scaling(1.5, 1.0, 4.0, 512), "llama3", {"factor": 1.5, **LLAMA3}, None),
    (YaRNScaling(4.0, 512), "yarn", {"factor": 4.0, **YARN}, None),
    (
        YaRNScaling(4.0, 512, 16.0, 2.0, attention_factor=1.25),
        "yarn",
        {"factor": 4.0, **YARN, "beta_fast": 16.0, "beta_slow": 2.0, "attention_factor": 1.25},
        None,
    ),
]


@pytest.mark.parity("LinearScaling", "NTKScaling", "Llama3Scaling", "YaRNScaling")
@pytest.mark.parametrize(("scaling", "name", "rope", "length"), SCALINGS)
@pytest.mark.parametrize("head_dim", [4, 16, 128])
@pytest.mark.parametrize("base", [10.0, 10000.0, 500000.0])
def test_frequencies_as_transformers(base, head_dim, scaling, name, rope, length):
    config = configuration(head_dim, base, rope_type=name, **rope)
    expected, magnitude = ROPE_INIT_FUNCTIONS[name](config, "cpu", seq_len=length)
    found = scaling(base ** -(np.arange(0, head_dim, 2) / head_dim)).astype(np.float32)
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-5, atol=0)
    assert scaling.magnitude == pytest.approx(magnitude)


@pytest.mark.parity("RotaryEmbedding")
@pytest.mark.parametrize(("scaling", "name", "rope"), [row[:3] for row in SCALINGS if not row[3]])
def test_scaled_queries_as_llama_s(scaling, name, rope):
    x = draw(2, 3, 7, 16)
    config = configuration(rope_type=name, **rope)
    expected = llama(config, torch.tensor(x), torch.arange(50, 57)[None])
    equal(RotaryEmbedding(16, 64, scaling=scaling)(tensor(x), offset=50), expected)


# --- ALiBi


@pytest.mark.parity("alibi_slopes", "ALiBi")
@pytest.mark.parametrize("heads", [1, 2, 3, 8, 12, 14, 16, 25])
def test_biases_as_bloom_s_up_to_a_constant_a_row(heads):
    theirs = build_alibi_tensor(torch.ones(1, 9), heads, torch.float32)  # (H, 1, 9)
    slopes = theirs[:, 0, 1]
    equal(alibi_slopes(heads), slopes)
    ours = torch.from_numpy(ALiBi(heads, 16)(4, 9).data.copy())
    for row in range(4):  # of the last four tokens; BLOOM adds the same to all rows, and masks
        seen = 9 - 4 + row + 1
        offset = ours[:, row, :seen] - theirs[:, 0, :seen]
        torch.testing.assert_close(offset, offset[:, :1].expand_as(offset))


@pytest.mark.parity("ALiBi")
def test_biases_by_the_definition():
    i, j = torch.arange(5)[:, None], torch.arange(5)[None]
    slopes = 2.0 ** (-8.0 * torch.arange(1, 5) / 4)
    equal(ALiBi(4, 8)(5), -slopes[:, None, None] * (i - j).abs())
