"""The fast tier against PyTorch: values, gradients, second derivatives, in both memory orders.

The package's tests hold it to the usual kernels, whose packages hold these to PyTorch. Here are the
settings at which it takes a way of its own, without the detour.
"""

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import tinytorch.spatial as ts
from tinytorch.acceleration import accelerate
from tinytorch.activations import relu
from tinytorch.autograd import grad
from tinytorch.tensor import Tensor

DTYPES = ["float32", "float64"]
ORDERS = ["ordinary", "channels last"]
# Sums of many products, in another order: a float32 that nearly vanishes has few digits left.
LOOSE = {"float32": {"rtol": 1e-4, "atol": 1e-3}, "float64": {}}


@pytest.fixture(autouse=True)
def _fast():
    with accelerate(threads=3):
        yield


def in_order(array, order):
    if order == "ordinary" or array.ndim != 4:
        return array
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def same(mine, theirs, **tolerance):
    found = torch.from_numpy(np.array(mine.detach().numpy()))
    torch.testing.assert_close(
        found, theirs.detach(), equal_nan=True, check_stride=False, **tolerance
    )


def compare(ours, theirs, arrays, dtype, order, twice=True):
    """Values, gradients, and gradients of these; `ours` and `theirs` take what the arrays hold."""
    arrays = [np.asarray(array, dtype) for array in arrays]
    mine = [Tensor(in_order(array, order), requires_grad=True) for array in arrays]
    yours = [torch.tensor(array, requires_grad=True) for array in arrays]
    z, t = ours(*mine), theirs(*yours)
    same(z, t)
    rng = np.random.default_rng(1)
    g = rng.standard_normal(tuple(t.shape)).astype(dtype)
    firsts = grad(z, mine, Tensor(in_order(g, order)), create_graph=twice)
    expected = torch.autograd.grad(t, yours, torch.from_numpy(g), create_graph=twice)
    for found, wanted in zip(firsts, expected, strict=True):
        same(found, wanted, **LOOSE[dtype])
    if twice:
        z, t = ours(*mine), theirs(*yours)
        firsts = grad((z * z * Tensor(g)).sum(), mine, create_graph=True)
        expected = torch.autograd.grad((t * t * torch.tensor(g)).sum(), yours, create_graph=True)
        weights = [rng.standard_normal(array.shape).astype(dtype) for array in arrays]
        found = grad(sum((f * Tensor(w)).sum() for f, w in zip(firsts, weights)), mine)
        sums = sum((f * torch.tensor(w)).sum() for f, w in zip(expected, weights))
        for one, other in zip(found, torch.autograd.grad(sums, yours), strict=True):
            same(one, other, **LOOSE[dtype])


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# --- convolution

SETTINGS = itertools.product((1, 2, (2, 3)), (0, 1, (2, 1), (3, 3)), (1, (2, 1)), (1, 2))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("batch", [0, 4])
@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), list(SETTINGS))
def test_conv2d(stride, padding, dilation, groups, batch, order, dtype):
    how = stride, padding, dilation, groups
    arrays = numbers(batch, 4, 7, 9), numbers(6, 4 // groups, 3, 2, seed=1), numbers(6, seed=2)
    compare(
        lambda x, w, b: ts.conv2d(x, w, b, *how),
        lambda x, w, b: F.conv2d(x, w, b, *how),
        arrays,
        dtype,
        order,
        twice=dtype == "float64",
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("channels", "features"), [(1, 5), (3, 12), (3, 13), (2, 1)])
@pytest.mark.parametrize(("size", "kernel"), [((3, 2), (3, 2)), ((1, 1), (1, 1)), ((5, 7), (1, 3))])
def test_conv2d_of_few_pixels_and_channels(size, kernel, channels, features, dtype, order):
    arrays = numbers(4, channels, *size), numbers(features, channels, *kernel, seed=1)
    compare(ts.conv2d, F.conv2d, arrays, dtype, order)


# --- pooling

WINDOWS = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0), "ceil_mode": True},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": 2, "stride": 3, "ceil_mode": True},
    {"kernel_size": (1, 3), "stride": (3, 2)},
    {"kernel_size": (7, 6)},
]
DILATED = [
    {"kernel_size": 2, "dilation": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": (1, 2), "ceil_mode": True},
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", [(4, 3, 7, 6), (3, 7, 6), (0, 3, 7, 6)])
@pytest.mark.parametrize("how", WINDOWS + DILATED)
def test_max_pool2d(how, shape, order, dtype):
    compare(
        lambda x: ts.max_pool2d(x, **how),
        lambda x: F.max_pool2d(x, **how),
        [numbers(*shape)],
        dtype,
        order,
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 0.0])
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("how", WINDOWS + DILATED)
def test_max_pool2d_of_equals_and_odd_numbers(how, share, odd, order):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, (4, 3, 7, 6)).astype(float)
    x[rng.random(x.shape) < share] = odd
    compare(
        lambda x: ts.max_pool2d(x, **how),
        lambda x: F.max_pool2d(x, **how),
        [x],
        "float32",
        order,
        twice=False,
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shape", [(4, 3, 7, 6), (3, 7, 6), (0, 3, 7, 6)])
@pytest.mark.parametrize("more", [{}, {"count_include_pad": False}, {"divisor_override": 3}])
@pytest.mark.parametrize("how", WINDOWS)
def test_avg_pool2d(how, more, shape, order, dtype):
    compare(
        lambda x: ts.avg_pool2d(x, **how, **more),
        lambda x: F.avg_pool2d(x, **how, **more),
        [numbers(*shape)],
        dtype,
        order,
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_avg_pool2d_of_odd_numbers(odd, order):
    x = numbers(4, 3, 7, 6)
    x[np.random.default_rng(0).random(x.shape) < 0.1] = odd
    for how in WINDOWS:
        compare(
            lambda x, how=how: ts.avg_pool2d(x, **how),
            lambda x, how=how: F.avg_pool2d(x, **how),
            [x],
            "float32",
            order,
            twice=False,
        )


# --- batch norm: images of 2¹⁶ numbers and more are worth its own way

IMAGES = [(9, 9, 31, 29), (65, 16, 8, 8), (2, 3, 5, 4)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("offset", [0.0, 5.0])
@pytest.mark.parametrize("shape", IMAGES)
def test_batch_norm(shape, offset, training, order, dtype):
    channels = shape[1]
    x, weight, bias = numbers(*shape) * 2 + offset, numbers(channels, seed=1), numbers(channels)
    statistics = np.asarray([numbers(channels, seed=2), 1 + numbers(channels, seed=3) ** 2], dtype)
    yours = torch.tensor(statistics)
    means, variances = Tensor(statistics[0].copy()), Tensor(statistics[1].copy())
    compare(
        lambda *x: ts.batch_norm(x[0], means, variances, *x[1:], training, 0.3, 1e-3),
        lambda *x: F.batch_norm(x[0], yours[0], yours[1], *x[1:], training, 0.3, 1e-3),
        [x, weight, bias],
        dtype,
        order,
        twice=dtype == "float64",
    )
    same(means, yours[0])
    same(variances, yours[1])


@pytest.mark.parametrize("order", ORDERS)
def test_batch_norm_of_odd_numbers(order):
    x = numbers(9, 9, 31, 29).astype("float32")
    x[0, 0, 0, 0], x[1, 1, 1, 1], x[2, 2] = np.nan, np.inf, 1e30
    found = ts.batch_norm(Tensor(in_order(x, order)), None, None, training=True)
    same(found, F.batch_norm(torch.from_numpy(x), None, None, training=True))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("offset", [0, 1e2, 1e4])
def test_batch_norm_is_no_further_from_the_truth_than_pytorch(offset, order):
    """Against float64: at large means float32 is too coarse for a tolerance of its own."""
    x = (numbers(24, 3, 32, 32) + offset).astype("float32")
    truth = F.batch_norm(torch.from_numpy(x).double(), None, None, training=True)
    theirs = F.batch_norm(torch.from_numpy(x), None, None, training=True)
    ours = ts.batch_norm(Tensor(in_order(x, order)), None, None, training=True)
    error = np.abs(ours.data - truth.numpy()).max()
    assert error <= 2 * np.abs(theirs.numpy() - truth.numpy()).max()


# --- all of them


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_network(dtype, order):
    """Each hands on what the last one made, in the order in which that lies in memory."""

    def network(library, relu):
        def forward(x, first, second, w, b):
            z = library.conv2d(x, first, None, 1, 1)
            z = library.batch_norm(z, None, None, w, b, training=True)
            z = library.max_pool2d(relu(z), 3, 2, 1)
            return library.avg_pool2d(library.conv2d(z, second, None, 2), 3)

        return forward

    arrays = [
        *(numbers(8, 3, 32, 32), numbers(8, 3, 3, 3, seed=1), numbers(6, 8, 3, 3, seed=2)),
        *(numbers(8, seed=3), numbers(8, seed=4)),
    ]
    compare(network(ts, relu), network(F, F.relu), arrays, dtype, order, twice=dtype == "float64")
