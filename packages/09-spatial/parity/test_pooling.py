"""Pooling against torch.nn.functional: values, indices, gradients, and what is refused."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as reference
from torch import nn

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch import spatial

RNG = np.random.default_rng(0)
FUNCTIONS = [
    f"{kind}_pool{dims}d"
    for kind in ("max", "avg", "adaptive_max", "adaptive_avg")
    for dims in (1, 2)
]


def plane(name, *leading, dtype=np.float32):
    return RNG.normal(size=(*leading, *((9,) if name.endswith("1d") else (7, 6)))).astype(dtype)


def close(mine, yours):
    mine = torch.from_numpy(np.array(mine.detach().data))
    torch.testing.assert_close(mine, yours.detach(), equal_nan=True, check_stride=False)


def agree(name, x, *args, **settings):
    """Values, indices and gradients are PyTorch's, or both refuse: which of these, is returned."""
    mine, yours = tt.from_numpy(x).requires_grad_(), torch.from_numpy(x).requires_grad_()
    ours, theirs = getattr(spatial, name), getattr(reference, name)
    try:
        expected = theirs(yours, *args, **settings)
    except RuntimeError:
        with pytest.raises(ValueError, match=f"{name}: "):
            ours(mine, *args, **settings)
        return False
    found = ours(mine, *args, **settings)
    if isinstance(expected, tuple):
        close(found[1], expected[1])
        found, expected = found[0], expected[0]
    close(found, expected)
    g = RNG.normal(size=found.shape).astype(x.dtype)
    found.backward(tt.from_numpy(g))
    expected.backward(torch.from_numpy(g))
    close(mine.grad, yours.grad)
    return True


def settings_of(kernels, strides, paddings, dilations=(1,)):
    for values in itertools.product(kernels, strides, paddings, dilations, (False, True)):
        yield dict(zip(("kernel_size", "stride", "padding", "dilation", "ceil_mode"), values))


@pytest.mark.parity("max_pool1d", "max_pool2d")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["max_pool1d", "max_pool2d"])
def test_max_pool(name, dtype):
    two = name == "max_pool2d"
    kernels = [1, 2, 3, 4, *([(3, 2), (1, 4)] if two else [])]
    strides = [None, 1, 2, 5, *([(2, 3)] if two else [])]
    paddings = [0, 1, 2, *([(1, 0)] if two else [])]
    x = plane(name, 2, 2, dtype=dtype)
    count = 0
    for settings in settings_of(kernels, strides, paddings, (1, 2, 3)):
        count += agree(name, x, **settings, return_indices=True)
        count += agree(name, x, **settings)
    assert count > 200


@pytest.mark.parity("avg_pool1d", "avg_pool2d")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["avg_pool1d", "avg_pool2d"])
def test_avg_pool(name, dtype):
    two = name == "avg_pool2d"
    kernels = [1, 2, 3, 4, *([(3, 2), (1, 4)] if two else [])]
    strides = [None, 1, 2, 5, *([(2, 3)] if two else [])]
    paddings = [0, 1, *([(1, 0)] if two else [2])]
    x = plane(name, 2, 2, dtype=dtype)
    count = 0
    for settings in settings_of(kernels, strides, paddings):
        del settings["dilation"]
        for included in (False, True):
            for divisor in (None, 3, -2) if two else (None,):
                more = {"divisor_override": divisor} if two else {}
                count += agree(name, x, **settings, count_include_pad=included, **more)
    assert count > 80


@pytest.mark.parity("adaptive_max_pool1d", "adaptive_max_pool2d")
@pytest.mark.parity("adaptive_avg_pool1d", "adaptive_avg_pool2d")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS[4:])
def test_adaptive_pool(name, dtype):
    sizes = [*range(1, 13), (4,)]
    if name.endswith("2d"):
        sizes = [*range(1, 10), (2, 5), (None, 3), (3, None), (1, 8)]
    x = plane(name, 2, 2, dtype=dtype)
    for size in sizes:
        assert agree(name, x, size)
        if "max" in name:
            assert agree(name, x, size, return_indices=True)


@pytest.mark.parity("max_pool1d", "max_pool2d", "adaptive_max_pool1d", "adaptive_max_pool2d")
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if "max" in name])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 0.0])
def test_equals_and_odd_numbers(name, odd):
    for share in (0.3, 0.9, 1.0):
        x = RNG.integers(0, 3, plane(name, 2, 2).shape).astype(np.float32)
        x[RNG.random(x.shape) < share] = odd
        for size in (1, 2, 3, 5):
            assert agree(name, x, size, return_indices=True)
            assert agree(name, x, size)
            if not name.startswith("adaptive"):
                agree(name, x, size, 1, size // 2, 2, True, return_indices=True)


@pytest.mark.parity("avg_pool1d", "avg_pool2d", "adaptive_avg_pool1d", "adaptive_avg_pool2d")
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if "avg" in name])
def test_averages_of_odd_numbers(name):
    x = plane(name, 2, 2)
    for odd in (np.nan, np.inf, -np.inf):
        x[RNG.random(x.shape) < 0.1] = odd
    for size in (1, 2, 3, 5):
        assert agree(name, x, size)


@pytest.mark.parity(*FUNCTIONS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes(name):
    for leading in ((1,), (3,), (0, 2), (2, 3)):
        assert agree(name, plane(name, *leading), 2)
    for leading in ((), (1, 1, 1)):
        x = plane(name, *leading)
        with pytest.raises((RuntimeError, IndexError)):
            getattr(reference, name)(torch.from_numpy(x), 2)
        with pytest.raises(ValueError, match=f"{name}: input has shape"):
            getattr(spatial, name)(tt.from_numpy(x), 2)
    assert agree(name, plane(name, 2, 3).swapaxes(0, -1).copy().swapaxes(0, -1), 3)


@pytest.mark.parity(*FUNCTIONS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_half_precision(name):
    x = plane(name, 2, 3, dtype=np.float16)
    mine, yours = (
        getattr(package, name)(x, 3)
        for package, x in ((spatial, tt.from_numpy(x)), (reference, torch.from_numpy(x)))
    )
    close(mine, yours)


@pytest.mark.parity(*FUNCTIONS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_second_derivatives(name):
    x, w = plane(name, 2, 3, dtype=np.float64), plane(name, 2, 3, dtype=np.float64)
    slopes = []
    for package, library, derive in (
        (spatial, tt, ag.grad),
        (reference, torch, torch.autograd.grad),
    ):
        leaf = library.from_numpy(x).requires_grad_()
        z = getattr(package, name)(leaf, 3)
        (first,) = derive((z * z * z).sum(), leaf, create_graph=True)
        (second,) = derive((first * library.from_numpy(w)).sum(), leaf)
        slopes.append(second)
    close(*slopes)


@pytest.mark.parity("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d")
@pytest.mark.parity("AdaptiveMaxPool1d", "AdaptiveMaxPool2d")
@pytest.mark.parity("AdaptiveAvgPool1d", "AdaptiveAvgPool2d")
@pytest.mark.parametrize(
    ("name", "args", "settings"),
    [
        ("MaxPool1d", (3, 2, 1, 1, True, True), {}),
        ("MaxPool2d", (2,), {}),
        ("MaxPool2d", ((3, 2), (2, 1), 1, 2, True, True), {}),
        ("AvgPool1d", (3, 2, 1, True, False), {}),
        ("AvgPool2d", ((3, 2), None, 1, True, False, 5), {}),
        ("AvgPool2d", (2,), {"stride": (1, 2)}),
        ("AdaptiveMaxPool1d", (3, True), {}),
        ("AdaptiveMaxPool2d", ((3, None),), {"return_indices": True}),
        ("AdaptiveAvgPool1d", (3,), {}),
        ("AdaptiveAvgPool2d", ((None, 2),), {}),
    ],
)
def test_layers(name, args, settings):
    ours, theirs = getattr(spatial, name)(*args, **settings), getattr(nn, name)(*args, **settings)
    assert repr(ours) == repr(theirs)
    x = plane(name, 2, 3)
    found, expected = ours(tt.from_numpy(x)), theirs(torch.from_numpy(x))
    if not isinstance(expected, tuple):
        found, expected = (found,), (expected,)
    for mine, yours in zip(found, expected, strict=True):
        close(mine, yours)
