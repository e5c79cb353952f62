"""Batch norm and group norm against PyTorch: values, gradients, running statistics."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

import tinytorch.spatial as sp
import tinytorch.tensor as tt
from tinytorch.autograd import grad
from tinytorch.tensor import Tensor

SHAPES = [(4, 6), (3, 6, 5), (1, 6, 7), (2, 6, 3, 4), (0, 6, 3, 4), (2, 6, 1, 1)]


def close(ours, theirs, **tolerance):
    assert ours.dtype == theirs.detach().numpy().dtype
    torch.testing.assert_close(
        torch.from_numpy(ours.detach().numpy().copy()), theirs.detach(), equal_nan=True, **tolerance
    )


def both(value, dtype, requires_grad=False):
    """The same numbers for both libraries."""
    theirs = torch.tensor(value, dtype=getattr(torch, dtype), requires_grad=requires_grad)
    return Tensor(value, dtype, requires_grad), theirs


def compare_gradients(found, expected, leaves):
    rng = np.random.default_rng(1)
    g, h = both(rng.standard_normal(tuple(expected.shape)), str(found.dtype))
    found.backward(g)
    expected.backward(h)
    for mine, other in leaves:
        close(mine.grad, other.grad)


@pytest.mark.parity("batch_norm")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("weighted", "biased"), list(itertools.product([True, False], repeat=2)))
def test_batch_norm(shape, training, weighted, biased, dtype):
    rng = np.random.default_rng(0)
    x, y = both(rng.standard_normal(shape) * 3 + 2, dtype, True)
    w, v = both(rng.standard_normal(6), dtype, True) if weighted else (None, None)
    b, c = both(rng.standard_normal(6), dtype, True) if biased else (None, None)
    mean, means = both(rng.standard_normal(6), dtype)
    var, variances = both(rng.uniform(0.5, 2, 6), dtype)
    found = sp.batch_norm(x, mean, var, w, b, training, 0.3, 1e-3)
    expected = nn.functional.batch_norm(y, means, variances, v, c, training, 0.3, 1e-3)
    close(found, expected)
    close(mean, means)
    close(var, variances)
    leaves = [(x, y), *([(w, v)] if weighted else []), *([(b, c)] if biased else [])]
    compare_gradients(found, expected, leaves)


@pytest.mark.parity("group_norm", "GroupNorm")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("affine", [True, False])
def test_group_norm(shape, groups, affine, dtype):
    rng = np.random.default_rng(0)
    x, y = both(rng.standard_normal(shape) * 3 + 2, dtype, True)
    ours = sp.GroupNorm(groups, 6, eps=1e-3, affine=affine, dtype=dtype)
    theirs = nn.GroupNorm(groups, 6, eps=1e-3, affine=affine, dtype=getattr(torch, dtype))
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.from_numpy(rng.standard_normal(6)))
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    found, expected = ours(x), theirs(y)
    close(found, expected)
    leaves = [(x, y), *zip(ours.parameters(), theirs.parameters(), strict=True)]
    compare_gradients(found, expected, leaves)
    same = sp.group_norm(x, groups, ours.weight, ours.bias, 1e-3)
    assert same.tolist() == found.tolist()


@pytest.mark.parity("batch_norm", "group_norm")
def test_second_derivatives():
    rng = np.random.default_rng(0)
    functions = [
        (
            lambda x, w: sp.batch_norm(x, None, None, w, training=True),
            lambda x, w: nn.functional.batch_norm(x, None, None, w, training=True),
        ),
        (
            lambda x, w: sp.group_norm(x, 2, w),
            lambda x, w: nn.functional.group_norm(x, 2, w),
        ),
    ]
    for mine, other in functions:
        x, y = both(rng.standard_normal((3, 4, 2)), "float64", True)
        w, v = both(rng.standard_normal(4), "float64", True)
        (first,) = grad((mine(x, w) ** 3).sum(), x, create_graph=True)
        (expected,) = torch.autograd.grad((other(y, v) ** 3).sum(), y, create_graph=True)
        close(first, expected)
        (first * first).sum().backward()
        (expected * expected).sum().backward()
        close(x.grad, y.grad)
        close(w.grad, v.grad)


LAYERS = [("BatchNorm1d", (5, 6)), ("BatchNorm1d", (5, 6, 4)), ("BatchNorm2d", (5, 6, 3, 2))]


@pytest.mark.parity("BatchNorm1d", "BatchNorm2d")
@pytest.mark.parametrize("momentum", [0.1, 1.0, None])
@pytest.mark.parametrize("tracks", [True, False])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize(("name", "shape"), LAYERS)
def test_layers_over_several_batches(name, shape, affine, tracks, momentum):
    rng = np.random.default_rng(0)
    settings = {"momentum": momentum, "affine": affine, "track_running_stats": tracks}
    ours, theirs = getattr(sp, name)(6, **settings), getattr(nn, name)(6, **settings)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()]
    for training in (True, True, True, False, True, False):
        x, y = both(rng.standard_normal(shape) * 2 + 1, "float32", True)
        found, expected = ours.train(training)(x), theirs.train(training)(y)
        close(found, expected)
        compare_gradients(found, expected, [(x, y)])
        for mine, other in zip(ours.buffers(), theirs.buffers(), strict=True):
            close(mine, other)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        close(mine.grad, other.grad)


@pytest.mark.parity("BatchNorm2d", "GroupNorm")
def test_without_a_bias():
    for ours, theirs in (
        (sp.BatchNorm2d(6, bias=False), nn.BatchNorm2d(6, bias=False)),
        (sp.GroupNorm(2, 6, bias=False), nn.GroupNorm(2, 6, bias=False)),
    ):
        assert repr(ours) == repr(theirs)
        assert list(ours.state_dict()) == list(theirs.state_dict())


@pytest.mark.parity("BatchNorm1d", "BatchNorm2d", "batch_norm", "group_norm")
def test_the_same_is_refused():
    for call in (
        lambda F, nn, m: F.batch_norm(m.ones(1, 3), None, None, training=True),
        lambda F, nn, m: F.batch_norm(m.ones(2, 3), m.ones(3), None, training=True),
        lambda F, nn, m: F.batch_norm(m.ones(2, 3), None, None, training=True, eps=0.0),
        lambda F, nn, m: F.group_norm(m.ones(1, 2), 2),
        lambda F, nn, m: nn.BatchNorm1d(3)(m.ones(2, 3, 4, 4)),
        lambda F, nn, m: nn.BatchNorm2d(3)(m.ones(3, 4, 4)),
        lambda F, nn, m: nn.GroupNorm(3, 4),
    ):
        for libraries in ((sp, sp, tt), (nn.functional, nn, torch)):
            with pytest.raises(ValueError):  # noqa: PT011
                call(*libraries)


@pytest.mark.parity("batch_norm")
@pytest.mark.parametrize("offset", [0, 1e2, 1e4])
def test_no_further_from_the_truth_than_pytorch(offset):
    """Against float64: at large means float32 is too coarse for a tolerance of its own."""
    x = (np.random.default_rng(0).standard_normal((16, 3, 32, 32)) + offset).astype(np.float32)
    truth = nn.functional.batch_norm(torch.from_numpy(x).double(), None, None, training=True)
    theirs = nn.functional.batch_norm(torch.from_numpy(x), None, None, training=True)
    ours = sp.batch_norm(Tensor(x), None, None, training=True)
    error = np.abs(ours.data - truth.numpy()).max()
    assert error <= 2 * np.abs(theirs.numpy() - truth.numpy()).max()


@pytest.mark.parity("batch_norm", "group_norm")
def test_half_precision_and_what_is_not_finite():
    rng = np.random.default_rng(0)
    x, y = both(rng.standard_normal((4, 6, 5)), "float16")
    mean, means = both(np.zeros(6), "float16")
    var, variances = both(np.ones(6), "float16")
    for training in (True, False):
        close(
            sp.batch_norm(x, mean, var, training=training),
            nn.functional.batch_norm(y, means, variances, training=training),
            rtol=1e-3,
            atol=2e-4,  # PyTorch's results near zero are off by so much; ours are rounded once
        )
        close(mean, means)
        close(var, variances)
    close(sp.group_norm(x, 3), nn.functional.group_norm(y, 3))
    values = rng.standard_normal((4, 6, 5))
    values[0, 0, 0], values[1, 1, 1] = np.nan, np.inf
    x, y = both(values, "float32")
    mean, means = both(np.zeros(6), "float32")
    var, variances = both(np.ones(6), "float32")
    for training in (False, True):
        close(
            sp.batch_norm(x, mean, var, training=training),
            nn.functional.batch_norm(y, means, variances, training=training),
        )
        close(mean, means)
        close(var, variances)
    close(sp.group_norm(x, 3), nn.functional.group_norm(y, 3))
