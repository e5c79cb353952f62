"""Clipping against PyTorch's, of gradients of several shapes, good and bad."""

import math

import numpy as np
import pytest
import torch

from tinytorch import optim
from tinytorch.tensor import Tensor


def parameters(scale=1.0, dtype=np.float32, bad=None):
    """Ours and PyTorch's with the same gradients, one parameter without."""
    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for shape in ((3, 4), (), (5,), (0, 2)):
        start = np.zeros(shape, dtype)
        gradient = (scale * rng.standard_normal(shape)).astype(dtype)
        if bad is not None and shape == (5,):
            gradient[2] = bad
        ours.append(Tensor(start))
        theirs.append(torch.tensor(start))
        ours[-1].grad, theirs[-1].grad = Tensor(gradient), torch.tensor(gradient)
    return [*ours, Tensor([1.0])], [*theirs, torch.tensor([1.0])]


def same_gradients(ours, theirs):
    assert ours[-1].grad is theirs[-1].grad is None
    for p, q in zip(ours[:-1], theirs[:-1], strict=True):
        torch.testing.assert_close(torch.from_numpy(p.grad.numpy()), q.grad, equal_nan=True)


@pytest.mark.parity("clip_grad_norm_")
@pytest.mark.parametrize("norm_type", [1, 2.0, 3.0, 0.5, 0.0, math.inf, "inf", -math.inf])
@pytest.mark.parametrize("max_norm", [0.0, 0.5, 2, 1000.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clip_grad_norm(norm_type, max_norm, dtype):
    ours, theirs = parameters(dtype=dtype)
    if math.isinf(float(norm_type)):  # in PyTorch no such norm of an empty tensor exists
        del ours[3], theirs[3]
    total = optim.clip_grad_norm_(ours, max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    torch.testing.assert_close(torch.from_numpy(total.numpy()), expected)
    same_gradients(ours, theirs)


@pytest.mark.parity("clip_grad_norm_")
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("norm_type", [1.0, 2.0, math.inf])
def test_clip_grad_norm_of_what_is_not_finite(bad, norm_type):
    ours, theirs = parameters(bad=bad)
    del ours[3], theirs[3]  # of an empty tensor PyTorch has no norm by inf
    for function, given in (
        (optim.clip_grad_norm_, ours),
        (torch.nn.utils.clip_grad_norm_, theirs),
    ):
        with pytest.raises(RuntimeError):
            function(given, 1.0, norm_type, error_if_nonfinite=True)
    same_gradients(ours, theirs)
    total = optim.clip_grad_norm_(ours, 1.0, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(theirs, 1.0, norm_type)
    torch.testing.assert_close(torch.from_numpy(total.numpy()), expected, equal_nan=True)
    same_gradients(ours, theirs)


@pytest.mark.parity("clip_grad_norm_")
def test_clip_grad_norm_of_nothing():
    for function, new in (
        (optim.clip_grad_norm_, Tensor),
        (torch.nn.utils.clip_grad_norm_, torch.tensor),
    ):
        assert function([new([1.0])], 1.0).item() == 0


@pytest.mark.parity("clip_grad_value_")
@pytest.mark.parametrize("clip_value", [0.0, 0.3, 5])
@pytest.mark.parametrize("bad", [None, math.nan, math.inf, -math.inf])
def test_clip_grad_value(clip_value, bad):
    ours, theirs = parameters(bad=bad)
    optim.clip_grad_value_(ours, clip_value)
    torch.nn.utils.clip_grad_value_(theirs, clip_value)
    same_gradients(ours, theirs)
