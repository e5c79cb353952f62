"""Layer norm and RMS norm against PyTorch's."""

import numpy as np
import pytest
import torch
from torch import nn

import tinytorch.autograd
from tinytorch.tensor import Tensor, tensor
from tinytorch.transformers import LayerNorm, RMSNorm, layer_norm, rms_norm

RNG = np.random.default_rng(0)
SHAPES = [((4, 5), (5,)), ((2, 3, 8), (8,)), ((2, 3, 4, 5), (4, 5)), ((6,), (6,)), ((0, 4), (4,))]
each_shape = pytest.mark.parametrize(("shape", "inner"), SHAPES, ids=str)


def equal(ours, theirs, **tolerance):
    torch.testing.assert_close(torch.from_numpy(ours.data), theirs.detach(), **tolerance)


def pair(*shape, dtype="float32"):
    array = RNG.standard_normal(shape).astype(dtype)
    return tensor(array).requires_grad_(), torch.tensor(array, requires_grad=True)


def compare(ours, theirs, function, their_function, **tolerance):
    """Values, and gradients of all inputs."""
    found, expected = function(*ours), their_function(*theirs)
    equal(found, expected, **tolerance)
    g = RNG.standard_normal(found.shape).astype(found.dtype)
    found.backward(Tensor(g))
    expected.backward(torch.tensor(g))
    for mine, other in zip(ours, theirs, strict=True):
        equal(mine.grad, other.grad, **tolerance)


@pytest.mark.parity("layer_norm")
@each_shape
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("eps", [1e-5, 0.1])
@pytest.mark.parametrize("given", [0, 1, 2], ids=["alone", "weight", "weight and bias"])
def test_layer_norm(shape, inner, dtype, eps, given):
    pairs = [pair(*each, dtype=dtype) for each in (shape, inner, inner)[: given + 1]]
    compare(
        *zip(*pairs, strict=True),
        lambda x, *rest: layer_norm(x, inner, *rest, eps=eps),
        lambda x, *rest: nn.functional.layer_norm(x, inner, *rest, eps=eps),
    )


@pytest.mark.parity("rms_norm")
@each_shape
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("eps", [None, 1e-5, 0.1])
@pytest.mark.parametrize("given", [0, 1], ids=["alone", "weight"])
def test_rms_norm(shape, inner, dtype, eps, given):
    pairs = [pair(*each, dtype=dtype) for each in (shape, inner)[: given + 1]]
    compare(
        *zip(*pairs, strict=True),
        lambda x, *rest: rms_norm(x, inner, *rest, eps=eps),
        lambda x, *rest: nn.functional.rms_norm(x, inner, *rest, eps=eps),
    )


@pytest.mark.parity("layer_norm", "rms_norm")
@pytest.mark.parametrize("width", [7, 768, 3000])
def test_widths_of_real_models(width):
    """Sums of so many numbers, over many rows: gradients of the weight too."""
    for ours, theirs, given in (
        (layer_norm, nn.functional.layer_norm, 3),
        (rms_norm, nn.functional.rms_norm, 2),
    ):
        pairs = [pair(300, width), pair(width), pair(width)][:given]
        compare(
            *zip(*pairs, strict=True),
            lambda x, *rest, norm=ours: norm(x, width, *rest),
            lambda x, *rest, norm=theirs: norm(x, (width,), *rest),
            rtol=1e-5,
            atol=1e-4,  # sums of 300 products, in another order
        )


@pytest.mark.parity("layer_norm")
@pytest.mark.parametrize(("dtype", "other"), [("float32", "float64"), ("float64", "float32")])
def test_parameters_of_another_type(dtype, other):
    x, y = pair(2, 3, dtype=dtype)
    for given in ([0], [0, 1], [1]):  # weight, both, bias
        ours, theirs = ([None, None] for _ in range(2))
        for place in given:
            ours[place], theirs[place] = pair(3, dtype=other)
        with pytest.raises(RuntimeError, match="mixed dtype"):
            nn.functional.layer_norm(y, (3,), *theirs)
        with pytest.raises(TypeError, match=f"has type {other}, expected that of input, {dtype}"):
            layer_norm(x, 3, *ours)


@pytest.mark.parity("rms_norm", "RMSNorm")
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0])
def test_the_epsilon_that_is_not_said(dtype, size):
    x = (RNG.standard_normal((3, 8)) * size).astype(dtype)
    expected = nn.functional.rms_norm(torch.tensor(x), (8,))
    equal(rms_norm(tensor(x), 8), expected)
    equal(RMSNorm(8, dtype=dtype)(tensor(x)), expected)


@pytest.mark.parity("layer_norm", "rms_norm")
@pytest.mark.parametrize("number", [0.1, 5.0, -300.0])
def test_a_wide_row_of_one_number(number):
    """PyTorch's mean is exact here; ours misses its last digits, and the root of eps divides."""
    x = np.full((2, 768), number, np.float32)
    expected = nn.functional.layer_norm(torch.tensor(x), (768,))
    equal(layer_norm(tensor(x), 768), expected, rtol=0, atol=abs(number) * 4e-6 / 1e-5**0.5)
    equal(rms_norm(tensor(x), 768), nn.functional.rms_norm(torch.tensor(x), (768,)))


@pytest.mark.parity("layer_norm", "rms_norm")
def test_numbers_that_are_hard():
    rows = np.array(
        [[1e4, 1e4 + 1, 1e4 + 2], [5, 5, 5], [0, 0, 0], [1e-20, 0, -1e-20], [1e15, -1e15, 0]],
        np.float32,
    )
    for ours, theirs in (
        (layer_norm, nn.functional.layer_norm),
        (rms_norm, nn.functional.rms_norm),
    ):
        equal(ours(tensor(rows), 3), theirs(torch.tensor(rows), (3,)), rtol=1e-4, atol=1e-4)


@pytest.mark.parity("layer_norm", "rms_norm")
@pytest.mark.parametrize("name", ["layer_norm", "rms_norm"])
def test_second_derivatives(name):
    ours, theirs = {
        "layer_norm": (layer_norm, nn.functional.layer_norm),
        "rms_norm": (rms_norm, nn.functional.rms_norm),
    }[name]
    (x, their_x), (weight, their_weight) = pair(3, 4), pair(4)
    (first,) = tinytorch.autograd.grad(ours(x, 4, weight).pow(3).sum(), x, create_graph=True)
    (their_first,) = torch.autograd.grad(
        theirs(their_x, (4,), their_weight).pow(3).sum(), their_x, create_graph=True
    )
    first.square().sum().backward()
    their_first.square().sum().backward()
    equal(x.grad, their_x.grad, rtol=1e-4, atol=1e-4)  # third powers, differentiated twice
    equal(weight.grad, their_weight.grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parity("LayerNorm", "RMSNorm")
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"eps": 0.1},
        {"elementwise_affine": False},
        {"bias": False},
        {"dtype": "float64"},
    ],
    ids=str,
)
@pytest.mark.parametrize("inner", [5, (4, 5)], ids=str)
def test_layers(settings, inner):
    kinds = [(LayerNorm, nn.LayerNorm), (RMSNorm, nn.RMSNorm)]
    for ours, theirs in kinds[: 1 if "bias" in settings else 2]:
        dtype = settings.get("dtype", "float32")
        mine = ours(inner, **settings)
        other = theirs(inner, **{**settings, "dtype": getattr(torch, dtype)})
        assert list(mine.state_dict()) == list(other.state_dict())
        for parameter in other.parameters():
            nn.init.normal_(parameter)
        mine.load_state_dict({k: tensor(v.numpy()) for k, v in other.state_dict().items()})
        x = RNG.standard_normal((3, 4, 5)).astype(dtype)
        equal(mine(tensor(x)), other(torch.tensor(x)))
        assert repr(mine) == repr(other)
