"""Interpolation against PyTorch, over sizes, factors and modes."""

import numpy as np
import pytest
import torch
from torch import nn

import tinytorch.spatial as sp
from tinytorch.autograd import grad
from tinytorch.tensor import Tensor


def theirs(y, **how):
    """PyTorch's answer.

    Where a factor with a rest just doubles a sequence, or leaves its length, PyTorch takes the
    nearest by one rule forward and by another backward, so gradients are wrong. For images it has
    the second rule both ways; that is ours.
    """
    if y.ndim == 3 and how["mode"] == "nearest" and "scale_factor" in how:
        factor = (1, how["scale_factor"])
        return nn.functional.interpolate(y.unsqueeze(2), scale_factor=factor).squeeze(2)
    return nn.functional.interpolate(y, **how)


def agree(shape, dtype, **how):
    values = np.random.default_rng(0).standard_normal(shape)
    x = Tensor(values, dtype, requires_grad=True)
    y = torch.tensor(values, dtype=getattr(torch, dtype), requires_grad=True)
    found, expected = sp.interpolate(x, **how), theirs(y, **how)
    g = np.random.default_rng(1).standard_normal(tuple(expected.shape))
    found.backward(Tensor(g, dtype))
    expected.backward(torch.tensor(g, dtype=y.dtype))
    for mine, other in ((found, expected), (x.grad, y.grad)):
        assert str(mine.dtype) == dtype
        torch.testing.assert_close(torch.from_numpy(mine.detach().numpy().copy()), other.detach())


SIZES = [{"size": n} for n in (1, 2, 5, 7, 11, 20)]
FACTORS = [{"scale_factor": f} for f in (0.5, 0.7, 1, 1.5, 2, 2.6, 3, 7 / 3)]
MODES = [("nearest", None), ("linear", False), ("linear", True), ("linear", None)]


@pytest.mark.parity("interpolate")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("mode", "align_corners"), MODES)
@pytest.mark.parametrize("to", SIZES + FACTORS)
def test_sequences(to, mode, align_corners, dtype):
    for length in (2, 5, 7, 12):
        agree((2, 3, length), dtype, mode=mode, align_corners=align_corners, **to)


TWO = [{"size": (3, 11)}, {"size": (8, 2)}, {"scale_factor": (2, 0.6)}, {"scale_factor": (1.3, 3)}]


@pytest.mark.parity("interpolate")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("mode", "align_corners"), MODES)
@pytest.mark.parametrize("to", SIZES + FACTORS + TWO)
def test_images(to, mode, align_corners, dtype):
    mode = mode.replace("linear", "bilinear")
    for size in ((5, 7), (2, 9), (6, 6)):
        agree((2, 3, *size), dtype, mode=mode, align_corners=align_corners, **to)


@pytest.mark.parity("interpolate")
def test_nearest_takes_the_same_pixels_for_all_sizes():
    """In float32: for float64 PyTorch's own answers for sequences and images differ."""
    for size in range(1, 40):
        x = np.arange(size, dtype=np.float32).reshape(1, 1, size)
        for new in range(1, 90):
            expected = nn.functional.interpolate(torch.from_numpy(x), size=new).numpy()
            assert (sp.interpolate(Tensor(x), size=new).data == expected).all(), (size, new)


@pytest.mark.parity("Upsample")
@pytest.mark.parametrize(
    "settings",
    [
        {"scale_factor": 2},
        {"size": 5},
        {"size": (3, 9), "mode": "bilinear"},
        {"scale_factor": (2, 3.5), "mode": "bilinear", "align_corners": True},
    ],
)
def test_layers(settings):
    ours, other = sp.Upsample(**settings), nn.Upsample(**settings)
    assert repr(ours) == repr(other)
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)
    torch.testing.assert_close(torch.from_numpy(ours(Tensor(x)).data), other(torch.from_numpy(x)))


@pytest.mark.parity("interpolate")
def test_second_derivatives_half_precision_and_empty_batches():
    values = np.random.default_rng(0).standard_normal((1, 2, 3, 4))
    x, y = Tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    how = {"scale_factor": 1.5, "mode": "bilinear"}
    (first,) = grad((sp.interpolate(x, **how) ** 3).sum(), x, create_graph=True)
    (expected,) = torch.autograd.grad(
        (nn.functional.interpolate(y, **how) ** 3).sum(), y, create_graph=True
    )
    (first**2).sum().backward()
    (expected**2).sum().backward()
    torch.testing.assert_close(torch.from_numpy(x.grad.data), y.grad)
    half = values.astype(np.float16)
    torch.testing.assert_close(
        torch.from_numpy(sp.interpolate(Tensor(half), **how).data),
        nn.functional.interpolate(torch.from_numpy(half), **how),
    )
    assert sp.interpolate(Tensor(values[:0]), size=2).shape == (0, 2, 2, 2)


@pytest.mark.parity("interpolate")
def test_what_is_not_finite_spreads_as_far():
    values = np.zeros((1, 1, 6, 6), np.float32)
    values[0, 0, 2, 2], values[0, 0, 5, 5] = np.nan, np.inf
    for how in ({"size": 12}, {"size": 5}, {"size": (11, 11), "align_corners": True}):
        torch.testing.assert_close(
            torch.from_numpy(sp.interpolate(Tensor(values), mode="bilinear", **how).data),
            nn.functional.interpolate(torch.from_numpy(values), mode="bilinear", **how),
            equal_nan=True,
        )


@pytest.mark.parity("interpolate")
def test_the_same_is_refused():
    for how in (
        {},
        {"size": 3, "scale_factor": 2.0},
        {"size": (3, 4)},
        {"size": 3, "align_corners": False},
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            sp.interpolate(Tensor([[[1.0, 2.0]]]), **how)
        with pytest.raises(ValueError):  # noqa: PT011
            nn.functional.interpolate(torch.ones(1, 1, 2), **how)
