"""Convolutions against PyTorch's: values, gradients and second derivatives."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import tinytorch.spatial as ts
from tinytorch.autograd import grad
from tinytorch.tensor import ones, tensor

RNG = np.random.default_rng(0)


def same(mine, theirs, **tolerance):
    torch.testing.assert_close(
        torch.from_numpy(np.array(mine.detach().numpy())), theirs.detach(), **tolerance
    )


def both(*shapes, dtype):
    arrays = [RNG.standard_normal(shape).astype(dtype) for shape in shapes]
    return (
        [tensor(array, requires_grad=True) for array in arrays],
        [torch.tensor(array, requires_grad=True) for array in arrays],
    )


def compare(ours, theirs, shapes, dtype):
    """Values, gradients, and gradients of a gradient."""
    mine, other = both(*shapes, dtype=dtype)
    z, t = ours(*mine), theirs(*other)
    same(z, t)
    weights = RNG.standard_normal(t.shape).astype(dtype)
    firsts = grad((z * z * tensor(weights)).sum(), mine, create_graph=True)
    others = torch.autograd.grad(
        (t * t * torch.tensor(weights)).sum(),
        other,
        create_graph=True,
        allow_unused=True,
    )
    # Sums of many products, in another order: a float32 that nearly vanishes has few digits left.
    loose = {"rtol": 1e-4, "atol": 1e-3} if dtype == "float32" else {}
    for left, right in zip(firsts, others, strict=True):
        same(left, right, **loose)
    if dtype == "float64":
        seconds = grad(sum((each * each).sum() for each in firsts), mine)
        expected = torch.autograd.grad(sum((each * each).sum() for each in others), other)
        for left, right in zip(seconds, expected, strict=True):
            same(left, right)


SETTINGS = [
    (stride, padding, dilation, groups)
    for stride, padding, dilation, groups in itertools.product(
        (1, 2, (2, 3)), (0, 1, (2, 1), "same", "valid"), (1, (2, 1)), (1, 2)
    )
    if padding != "same" or stride == 1
]


@pytest.mark.parity("conv2d")
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [0, 3])
@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), SETTINGS)
def test_conv2d(stride, padding, dilation, groups, batch, dtype):
    how = stride, padding, dilation, groups
    shapes = (batch, 4, 7, 8), (6, 4 // groups, 3, 2), (6,)
    compare(
        lambda x, w, b: ts.conv2d(x, w, b, *how),
        lambda x, w, b: F.conv2d(x, w, b, *how),
        shapes,
        dtype,
    )


@pytest.mark.parity("conv2d")
@pytest.mark.parametrize("size", [(3, 3), (1, 1), (5, 1)])
def test_conv2d_to_single_pixels(size):
    shapes = (2, 3, *size), (4, 3, *size)
    compare(ts.conv2d, F.conv2d, shapes, "float64")


@pytest.mark.parity("conv1d")
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("padding", [0, 2, "same"])
@pytest.mark.parametrize(("stride", "dilation", "groups"), [(1, 1, 1), (1, 2, 2), (3, 1, 2)])
def test_conv1d(stride, padding, dilation, groups, dtype):
    if padding == "same" and stride > 1:
        pytest.skip("neither has it")
    how = stride, padding, dilation, groups
    shapes = (2, 4, 11), (6, 4 // groups, 4), (6,)
    compare(
        lambda x, w, b: ts.conv1d(x, w, b, *how),
        lambda x, w, b: F.conv1d(x, w, b, *how),
        shapes,
        dtype,
    )


@pytest.mark.parity("conv_transpose2d")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("stride", [1, (2, 3)])
@pytest.mark.parametrize("padding", [0, (1, 2)])
@pytest.mark.parametrize("more", [0, (1, 0)])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("groups", [1, 2])
def test_conv_transpose2d(stride, padding, more, groups, dilation, dtype):
    if more and stride == dilation == 1:
        pytest.skip("neither has it")
    how = stride, padding, more, groups, dilation
    shapes = (2, 4, 4, 5), (4, 6 // groups, 3, 4), (6,)
    compare(
        lambda x, w, b: ts.conv_transpose2d(x, w, b, *how),
        lambda x, w, b: F.conv_transpose2d(x, w, b, *how),
        shapes,
        dtype,
    )


LAYERS = [
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 1, "groups": 2}, (2, 4, 9)),
    ("Conv1d", (4, 6, 2), {"padding": "same", "bias": False}, (4, 9)),
    *[
        ("Conv2d", (4, 6, 3), {"padding": (2, 1), "padding_mode": mode}, (2, 4, 6, 7))
        for mode in ("zeros", "reflect", "replicate", "circular")
    ],
    ("Conv2d", (4, 6, (3, 2)), {"dilation": 2}, (4, 8, 8)),
    (
        "Conv2d",
        (4, 6, 4),
        {"padding": "same", "padding_mode": "circular"},
        (2, 4, 6, 7),
    ),
    (
        "ConvTranspose2d",
        (4, 6, 3),
        {"stride": 2, "output_padding": 1, "groups": 2},
        (2, 4, 5, 5),
    ),
]


@pytest.mark.parity("Conv1d", "Conv2d", "ConvTranspose2d")
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize(("name", "arguments", "settings", "shape"), LAYERS)
def test_layers(name, arguments, settings, shape):
    theirs = getattr(torch.nn, name)(*arguments, **settings)
    mine = getattr(ts, name)(*arguments, **settings)
    mine.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    x = RNG.standard_normal(shape).astype(np.float32)
    same(mine(tensor(x)), theirs(torch.from_numpy(x)))
    assert repr(mine).replace("'", "") == repr(theirs).replace("'", "")


@pytest.mark.parity("Conv2d")
@pytest.mark.parametrize("shape", [(3, 8, 3), (16, 4, 5)])
def test_layers_start_alike(shape):
    torch.manual_seed(0)
    theirs, mine = torch.nn.Conv2d(*shape), ts.Conv2d(*shape)
    bound = float(np.prod(mine.weight.shape[1:])) ** -0.5
    for ours, other in ((mine.weight, theirs.weight), (mine.bias, theirs.bias)):
        assert abs(ours.data).max() <= bound >= other.abs().max().item()
    assert mine.weight.data.std() == pytest.approx(theirs.weight.std().item(), rel=0.15)


@pytest.mark.parity("ConvTranspose2d")
@pytest.mark.parametrize("size", [(7, 7), (8, 7), (9, 7), (6, 8), (1, 2, 8, 8), (1, 8, 8)])
def test_the_size_of_a_transposed_convolution_can_be_asked_for(size):
    mine = ts.ConvTranspose2d(1, 2, 3, stride=2, padding=1)
    yours = torch.nn.ConvTranspose2d(1, 2, 3, stride=2, padding=1)
    try:
        expected = yours(torch.ones(1, 1, 4, 4), size).shape
    except ValueError:
        with pytest.raises(ValueError, match="output_size"):
            mine(ones(1, 1, 4, 4), size)
    else:
        assert mine(ones(1, 1, 4, 4), size).shape == tuple(expected)


@pytest.mark.parity("Conv1d", "Conv2d", "ConvTranspose2d")
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("Conv2d", {"padding": 1, "padding_mode": "reflect", "bias": False}),
        ("Conv2d", {"padding": "same", "groups": 2}),
        ("Conv1d", {"padding": "valid", "dilation": 2, "padding_mode": "circular"}),
        ("ConvTranspose2d", {"stride": 2, "dilation": 2, "output_padding": 1, "bias": False}),
    ],
)
def test_layers_show_themselves_alike(name, how):
    mine, yours = getattr(ts, name)(2, 4, 3, **how), getattr(torch.nn, name)(2, 4, 3, **how)
    assert repr(mine) == repr(yours)
