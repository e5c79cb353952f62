"""Encoders and decoders: what they compute, how they start, what they hide, what they refuse.

(Numbers are held against PyTorch's in `parity/`.)
"""

import copy
import math
import pickle

import numpy as np
import pytest

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.activations import gelu, relu, silu
from tinytorch.autograd import gradcheck
from tinytorch.layers import Module
from tinytorch.setup import manual_seed
from tinytorch.tensor import allclose, ones, randn, tensor, zeros
from tinytorch.transformers import (
    LayerNorm,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)

LAYERS = [TransformerEncoderLayer, TransformerDecoderLayer]
STACKS = [
    (TransformerEncoder, TransformerEncoderLayer),
    (TransformerDecoder, TransformerDecoderLayer),
]
each_layer = pytest.mark.parametrize("kind", LAYERS)
each_stack = pytest.mark.parametrize(("stack", "layer"), STACKS)
SIZES = {"d_model": 8, "nhead": 2, "dim_feedforward": 16}


def run(model: Module, x, *memory, **masks):
    """An encoder, or a decoder with a memory, which is the input where none is given."""
    if isinstance(model, TransformerDecoder | TransformerDecoderLayer):
        return model(x, *(memory or (x,)), **masks)
    return model(x, **masks)


@pytest.mark.parametrize("norm_first", [False, True])
def test_an_encoder_layer_step_by_step(norm_first):
    layer = TransformerEncoderLayer(**SIZES, batch_first=True, norm_first=norm_first).eval()
    x = randn(2, 5, 8)

    def look(x):
        return layer.self_attn(x, x, x)[0]

    def think(x):
        return layer.linear2(relu(layer.linear1(x)))

    if norm_first:
        y = x + look(layer.norm1(x))
        expected = y + think(layer.norm2(y))
    else:
        y = layer.norm1(x + look(x))
        expected = layer.norm2(y + think(y))
    assert allclose(layer(x), expected, atol=1e-6)


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_decoder_layer_step_by_step(norm_first):
    layer = TransformerDecoderLayer(**SIZES, batch_first=True, norm_first=norm_first).eval()
    x, memory = randn(2, 5, 8), randn(2, 3, 8)

    def look(x):
        return layer.self_attn(x, x, x)[0]

    def ask(x):
        return layer.multihead_attn(x, memory, memory)[0]

    def think(x):
        return layer.linear2(relu(layer.linear1(x)))

    if norm_first:
        y = x + look(layer.norm1(x))
        y = y + ask(layer.norm2(y))
        expected = y + think(layer.norm3(y))
    else:
        y = layer.norm1(x + look(x))
        y = layer.norm2(y + ask(y))
        expected = layer.norm3(y + think(y))
    assert allclose(layer(x, memory), expected, atol=1e-6)


@each_layer
def test_the_batch_may_stand_first_or_second(kind):
    manual_seed(1)
    second = kind(**SIZES).eval()
    manual_seed(1)
    first = kind(**SIZES, batch_first=True).eval()
    x = randn(5, 3, 8)
    expected = run(second, x)
    assert expected.shape == (5, 3, 8)
    assert allclose(run(first, x.transpose(0, 1)).transpose(0, 1), expected, atol=1e-6)
    assert allclose(run(second, x[:, 1]), expected[:, 1], atol=1e-6)  # without a batch


@each_stack
def test_a_stack_is_its_layers_and_a_norm(stack, layer):
    one = layer(**SIZES, norm_first=True)
    model = stack(one, 3, LayerNorm(8)).eval()
    x = y = randn(5, 2, 8)
    for each in model.layers:
        y = run(each, y, x)
    assert allclose(run(model, x), model.norm(y))
    assert model.num_layers == len(model.layers) == 3
    assert run(stack(one, 1).eval(), x).shape == x.shape  # without a norm


@each_stack
def test_layers_start_alike_and_go_ways_of_their_own(stack, layer):
    one = layer(**SIZES)
    model = stack(one, 2)
    first, second = (each.state_dict() for each in model.layers)
    assert {name: value.tolist() for name, value in first.items()} == {
        name: value.tolist() for name, value in second.items()
    }
    model.layers[0].linear1.weight.data[:] = 0
    assert model.layers[1].linear1.weight.data.any()
    assert one.linear1.weight.data.any()


@each_layer
def test_names_are_pytorchs(kind):
    layer = kind(**SIZES)
    attentions = ["self_attn"] + ["multihead_attn"] * (kind is TransformerDecoderLayer)
    norms = [f"norm{number}" for number in range(1, len(attentions) + 2)]
    expected = [
        f"{attention}.{name}"
        for attention in attentions
        for name in ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
    ]
    expected += [f"{name}.{part}" for name in ("linear1", "linear2") for part in ("weight", "bias")]
    expected += [f"{name}.{part}" for name in norms for part in ("weight", "bias")]
    assert list(layer.state_dict()) == expected
    without = kind(**SIZES, bias=False).state_dict()
    assert list(without) == [name for name in expected if "bias" not in name]


@pytest.mark.parametrize(("activation", "function"), [("relu", relu), ("gelu", gelu)])
@each_layer
def test_activations_by_name_and_by_function(kind, activation, function):
    x = randn(4, 2, 8)
    found = []
    for given in (activation, function):
        manual_seed(0)
        found.append(run(kind(**SIZES, activation=given).eval(), x).tolist())
    assert found[0] == found[1]
    manual_seed(0)
    assert run(kind(**SIZES, activation=silu).eval(), x).tolist() != found[0]


@each_layer
def test_causal_needs_no_mask(kind):
    layer = kind(**SIZES).eval()
    x, memory = randn(5, 2, 8), randn(4, 2, 8)
    name, mask_name = ("is_causal", "src_mask")
    if kind is TransformerDecoderLayer:
        name, mask_name = ("tgt_is_causal", "tgt_mask")
    mask = ones(5, 5).triu(1) > 0
    expected = run(layer, x, memory, **{mask_name: mask})
    assert allclose(run(layer, x, memory, **{name: True}), expected, atol=1e-6)
    added = zeros(5, 5).masked_fill(mask, -math.inf)
    assert allclose(run(layer, x, memory, **{mask_name: added}), expected, atol=1e-6)
    start = run(layer, x[:3], memory, **{name: True})
    assert allclose(start, expected[:3], atol=1e-6)


@each_stack
def test_a_stack_hands_masks_to_its_layers(stack, layer):
    model = stack(layer(**SIZES), 2).eval()
    x, memory = randn(4, 2, 8), randn(3, 2, 8)
    padding = tensor([[False, False, False, True], [False] * 4])
    if stack is TransformerDecoder:
        masks = {
            "tgt_key_padding_mask": padding,
            "memory_key_padding_mask": tensor([[False, True, False], [False] * 3]),
            "tgt_mask": ones(4, 4).triu(1) > 0,
            "memory_mask": ones(4, 3).triu(1) > 0,
        }
    else:
        masks = {"src_key_padding_mask": padding, "mask": ones(4, 4).triu(1) > 0}
    x_hidden, memory_hidden = x.clone(), memory.clone()
    x_hidden[3, 0] = 7.0
    memory_hidden[1, 0] = 7.0
    out = run(model, x, memory, **masks)
    assert allclose(run(model, x_hidden, memory_hidden, **masks)[:3], out[:3], atol=1e-6)
    assert not allclose(run(model, x_hidden, memory_hidden)[:3], run(model, x, memory)[:3])
    causal = {"is_causal": True}
    if stack is TransformerDecoder:
        causal = {"tgt_is_causal": True, "memory_is_causal": True}
        del masks["memory_mask"], masks["tgt_mask"]
    else:
        del masks["mask"]
    assert allclose(run(model, x, memory, **masks, **causal), out, atol=1e-6)


@each_layer
def test_dropout_takes_part_in_training_only(kind):
    layer = kind(**SIZES, dropout=0.5)
    x = randn(6, 3, 8)
    assert run(layer, x).tolist() != run(layer, x).tolist()
    layer.eval()
    assert run(layer, x).tolist() == run(layer, x).tolist()
    manual_seed(3)
    once = run(layer.train(), x)
    manual_seed(3)
    assert run(layer, x).tolist() == once.tolist()


@each_layer
@pytest.mark.parametrize("norm_first", [False, True])
def test_gradients(kind, norm_first):
    layer = kind(4, 2, 3, activation="gelu", norm_first=norm_first, dtype="float64").eval()
    x, memory = (randn(3, 2, 4).double().requires_grad_() for _ in range(2))
    if kind is TransformerEncoderLayer:
        assert gradcheck(lambda x: layer(x, is_causal=True), (x,))
    else:
        assert gradcheck(lambda x, memory: layer(x, memory, tgt_is_causal=True), (x, memory))
    run(layer, x, memory).sum().backward()
    assert all(parameter.grad is not None for parameter in layer.parameters())


@each_stack
def test_copies_and_pickles(stack, layer):
    model = stack(layer(**SIZES, activation="gelu"), 2, LayerNorm(8)).eval()
    x = randn(3, 2, 8)
    expected = run(model, x).tolist()
    assert run(copy.deepcopy(model), x).tolist() == expected
    assert run(pickle.loads(pickle.dumps(model)), x).tolist() == expected
    other = stack(layer(**SIZES, activation="gelu"), 2, LayerNorm(8)).eval()
    other.load_state_dict(model.state_dict())
    assert run(other, x).tolist() == expected


@each_layer
def test_double_precision(kind):
    layer = kind(**SIZES, dtype="float64").eval()
    assert run(layer, randn(3, 2, 8).double()).dtype == np.float64
    with pytest.raises(TypeError, match="float32"):
        run(layer, randn(3, 2, 8))


@each_layer
def test_settings_that_cannot_be(kind):
    name = kind.__name__
    with pytest.raises(ValueError, match="num_heads is 3, expected a divisor of embed_dim, 8"):
        kind(8, 3)
    with pytest.raises(ValueError, match=f"{name}: activation is 'swish', expected 'relu', 'gelu'"):
        kind(8, 2, activation="swish")
    with pytest.raises(TypeError, match=f"{name}: activation is of type list, expected 'relu', '"):
        kind(8, 2, activation=["relu"])
    with pytest.raises(ValueError, match="dropout"):
        kind(8, 2, dropout=1.5)
    with pytest.raises(ValueError, match="out_features is 0"):
        kind(8, 2, 0)
    with pytest.raises(ValueError, match="device"):
        kind(8, 2, device="cuda")


@each_stack
def test_a_stack_of_no_layers_is_refused(stack, layer):
    one = layer(**SIZES)
    with pytest.raises(ValueError, match=f"{stack.__name__}: num_layers is 0, expected at least 1"):
        stack(one, 0)
    with pytest.raises(TypeError, match=f"{stack.__name__}: num_layers is 1.5"):
        stack(one, 1.5)
    with pytest.raises(TypeError, match="enable_nested_tensor"):
        TransformerEncoder(one, 1, enable_nested_tensor=True)


@each_stack
def test_a_stack_of_what_are_no_layers_is_refused(stack, layer):
    which = "encoder_layer" if stack is TransformerEncoder else "decoder_layer"
    with pytest.raises(
        TypeError,
        match=f"{stack.__name__}: {which} is {layer.__name__}, which was not called, expected a Mo",
    ):
        stack(layer, 2)
    with pytest.raises(TypeError, match=f"{stack.__name__}: {which} is of type int, expected a Mo"):
        stack(3, 2)
    with pytest.raises(TypeError, match=f"{stack.__name__}: norm is LayerNorm, which was not call"):
        stack(layer(**SIZES), 2, LayerNorm)


@each_layer
def test_inputs_and_masks_that_do_not_fit(kind):
    layer = kind(**SIZES)
    mask = "src_mask" if kind is TransformerEncoderLayer else "tgt_mask"
    padding = mask.replace("_mask", "_key_padding_mask")
    x = randn(5, 2, 8)
    with pytest.raises(ValueError, match=r"attn_mask has shape \(4, 5\), expected"):
        run(layer, x, **{mask: zeros(4, 5)})
    with pytest.raises(ValueError, match=r"key_padding_mask has shape \(5, 2\), expected \(N, S\)"):
        run(layer, x, **{padding: zeros(5, 2) > 0})
    with pytest.raises(TypeError, match="attn_mask is of type int64"):
        run(layer, x, **{mask: zeros(5, 5).long()})
    with pytest.raises(ValueError, match=r"query has shape \(5, 2, 7\), expected"):
        run(layer, randn(5, 2, 7))
    causal = mask.replace("_mask", "_is_causal").removeprefix("src_")
    with pytest.raises(
        TypeError, match=f"{kind.__name__}: {causal} is 'no', expected True or False"
    ):
        run(layer, x, **{causal: "no"})
    if kind is TransformerDecoderLayer:
        with pytest.raises(
            TypeError, match=f"{kind.__name__}: memory_is_causal is 1, expected True"
        ):
            run(layer, x, memory_is_causal=1)


@each_stack
def test_a_stack_takes_no_text_for_true(stack, layer):
    model = stack(layer(**SIZES), 1)
    causal = "is_causal" if stack is TransformerEncoder else "tgt_is_causal"
    with pytest.raises(TypeError, match=f"{causal} is 'no', expected True or False"):
        run(model, randn(5, 2, 8), **{causal: "no"})


def test_a_memory_that_does_not_fit():
    layer = TransformerDecoderLayer(**SIZES)
    with pytest.raises(ValueError, match="key has 3 samples, expected those of query, 2"):
        layer(randn(5, 2, 8), randn(4, 3, 8))
    with pytest.raises(ValueError, match=r"attn_mask has shape \(4, 5\), expected"):
        layer(randn(5, 2, 8), randn(4, 2, 8), memory_mask=zeros(4, 5))
