"""Encoders and decoders against PyTorch's, with its weights."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.activations import silu
from tinytorch.tensor import Tensor, tensor
from tinytorch.transformers import (
    LayerNorm,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)

RNG = np.random.default_rng(0)
T, S, N, E, H = 5, 4, 3, 8, 2
SETTINGS = [
    {},
    {"norm_first": True},
    {"batch_first": True},
    {"batch_first": True, "norm_first": True, "bias": False},
    {"activation": "gelu", "dim_feedforward": 11},
    {"layer_norm_eps": 0.1, "bias": False},
]
each_setting = pytest.mark.parametrize("settings", SETTINGS, ids=str)


def ours_of(x):
    return tensor(x.detach().numpy())


def equal(ours, theirs, **tolerance):
    torch.testing.assert_close(torch.from_numpy(ours.data), theirs.detach(), **tolerance)


def alike(ours, theirs):
    """Both in eval mode, with the same weights, which are not those at the start."""
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.5)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({name: ours_of(value) for name, value in theirs.state_dict().items()})
    return ours.eval(), theirs.eval()


def draw(length, settings, dtype=np.float32):
    order = (N, length, E) if settings.get("batch_first") else (length, N, E)
    array = RNG.standard_normal(order).astype(dtype)
    return tensor(array).requires_grad_(), torch.tensor(array, requires_grad=True)


def compare(ours, theirs, inputs, masks):
    """Values, and gradients of inputs and parameters."""
    found = ours(*(x for x, _ in inputs), **{k: convert(v) for k, v in masks.items()})
    expected = theirs(*(x for _, x in inputs), **masks)
    equal(found, expected, rtol=1e-5, atol=1e-5)
    g = RNG.standard_normal(found.shape).astype(np.float32)
    found.backward(Tensor(g))
    expected.backward(torch.tensor(g))
    for mine, other in inputs:
        equal(mine.grad, other.grad, rtol=1e-4, atol=1e-4)
    # Gradients of weights go through several layers, whose sums run in another order.
    for (name, mine), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(
            torch.from_numpy(mine.grad.data), other.grad, rtol=1e-4, atol=1e-4, msg=name
        )


def convert(value):
    return ours_of(value) if isinstance(value, torch.Tensor) else value


def causal(rows, columns, kind):
    mask = torch.ones(rows, columns, dtype=torch.bool).triu(1)
    return mask if kind == "bool" else torch.zeros(rows, columns).masked_fill(mask, -math.inf)


def padding(length, kind):
    mask = torch.zeros(N, length, dtype=torch.bool)
    mask[0, -1] = mask[2, -2:] = True
    return mask if kind == "bool" else torch.zeros(N, length).masked_fill(mask, -math.inf)


ENCODER_MASKS = {
    "none": dict,
    "causal": lambda: {"src_mask": causal(T, T, "bool")},
    "hinted": lambda: {"src_mask": causal(T, T, "float"), "is_causal": True},
    "padding": lambda: {"src_key_padding_mask": padding(T, "bool")},
    "both": lambda: {
        "src_mask": causal(T, T, "float"),
        "src_key_padding_mask": padding(T, "float"),
    },
    "heads": lambda: {"src_mask": torch.randn(N * H, T, T)},
}
DECODER_MASKS = {
    "none": dict,
    "causal": lambda: {"tgt_mask": causal(T, T, "bool"), "tgt_is_causal": True},
    "all": lambda: {
        "tgt_mask": causal(T, T, "float"),
        "memory_mask": causal(T, S, "float"),
        "tgt_key_padding_mask": padding(T, "float"),
        "memory_key_padding_mask": padding(S, "float"),
    },
    "memory": lambda: {"memory_key_padding_mask": padding(S, "bool")},
}


@pytest.mark.parity("TransformerEncoderLayer")
@each_setting
@pytest.mark.parametrize("masks", ENCODER_MASKS)
def test_an_encoder_layer(settings, masks):
    made = {"dim_feedforward": 16, **settings}
    pair = alike(TransformerEncoderLayer(E, H, **made), nn.TransformerEncoderLayer(E, H, **made))
    compare(*pair, [draw(T, settings)], ENCODER_MASKS[masks]())


@pytest.mark.parity("TransformerDecoderLayer")
@each_setting
@pytest.mark.parametrize("masks", DECODER_MASKS)
def test_a_decoder_layer(settings, masks):
    made = {"dim_feedforward": 16, **settings}
    pair = alike(TransformerDecoderLayer(E, H, **made), nn.TransformerDecoderLayer(E, H, **made))
    compare(*pair, [draw(T, settings), draw(S, settings)], DECODER_MASKS[masks]())


@pytest.mark.parity("TransformerEncoder")
@each_setting
@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("masks", ["none", "causal", "padding"])
def test_an_encoder(settings, normed, masks):
    made = {"dim_feedforward": 16, **settings}
    ours = TransformerEncoder(
        TransformerEncoderLayer(E, H, **made), 2, LayerNorm(E) if normed else None
    )
    theirs = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(E, H, **made),
        2,
        nn.LayerNorm(E) if normed else None,
        enable_nested_tensor=False,
    )
    given = {
        name.replace("src_mask", "mask"): mask for name, mask in ENCODER_MASKS[masks]().items()
    }
    compare(*alike(ours, theirs), [draw(T, settings)], given)


@pytest.mark.parity("TransformerDecoder")
@each_setting
@pytest.mark.parametrize("normed", [False, True])
@pytest.mark.parametrize("masks", DECODER_MASKS)
def test_a_decoder(settings, normed, masks):
    made = {"dim_feedforward": 16, **settings}
    ours = TransformerDecoder(
        TransformerDecoderLayer(E, H, **made), 2, LayerNorm(E) if normed else None
    )
    theirs = nn.TransformerDecoder(
        nn.TransformerDecoderLayer(E, H, **made), 2, nn.LayerNorm(E) if normed else None
    )
    compare(*alike(ours, theirs), [draw(T, settings), draw(S, settings)], DECODER_MASKS[masks]())


@pytest.mark.parity("TransformerEncoderLayer", "TransformerDecoderLayer")
def test_an_activation_of_ones_own():
    for ours, theirs, lengths in (
        (TransformerEncoderLayer, nn.TransformerEncoderLayer, (T,)),
        (TransformerDecoderLayer, nn.TransformerDecoderLayer, (T, S)),
    ):
        pair = alike(
            ours(E, H, 16, activation=silu), theirs(E, H, 16, activation=nn.functional.silu)
        )
        compare(*pair, [draw(length, {}) for length in lengths], {})


@pytest.mark.parity("TransformerEncoder", "TransformerDecoder")
def test_defaults_and_how_layers_start():
    for ours, theirs in (
        (TransformerEncoderLayer(64, 4), nn.TransformerEncoderLayer(64, 4)),
        (TransformerDecoderLayer(64, 4), nn.TransformerDecoderLayer(64, 4)),
    ):
        assert ours.dropout.p == theirs.dropout.p == ours.self_attn.dropout
        assert ours.norm_first == theirs.norm_first
        for (name, mine), (other_name, other) in zip(
            ours.named_parameters(), theirs.named_parameters(), strict=True
        ):
            assert name == other_name
            assert mine.shape == tuple(other.shape)
            spread = other.std().item()
            tolerance = {"rel": 0.1} if mine.ndim == 2 else {"rel": 0.5}
            assert mine.data.std() == pytest.approx(spread, **tolerance), name
    for stack in (
        TransformerEncoder(TransformerEncoderLayer(64, 4), 2),
        nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4), 2, enable_nested_tensor=False),
    ):
        first, second = stack.layers
        assert first.linear1.weight.tolist() == second.linear1.weight.tolist()
