"""How a function is held against PyTorch's."""

import numpy as np
import pytest
import torch

import tinytorch.autograd  # noqa: F401  gradients are compared too
import tinytorch.tensor as tt


@pytest.fixture
def agree():
    """Assert that two functions agree: in values, types, shapes, and gradients of float arrays."""

    def check(ours, theirs, *inputs, gradients=True, **settings):
        mine, yours = (
            _with_gradients(
                ours, _given(tt.from_numpy, inputs, gradients), settings, tt.from_numpy
            ),
            _with_gradients(
                theirs, _given(torch.from_numpy, inputs, gradients), settings, torch.from_numpy
            ),
        )
        for of_mine, of_yours in zip(mine, yours, strict=True):  # the results, then the gradients
            assert len(of_mine) == len(of_yours)
            for result, expected in zip(of_mine, of_yours, strict=True):
                _compare(result, expected)

    return check


def _given(wrap, inputs, gradients):
    """Arrays as tensors, also those in lists; all else as it is."""
    if isinstance(inputs, np.ndarray):
        return wrap(inputs).requires_grad_(gradients and inputs.dtype.kind == "f")
    if isinstance(inputs, list | tuple):
        return type(inputs)([_given(wrap, x, gradients) for x in inputs])
    return inputs


def _with_gradients(function, inputs, settings, wrap):
    """The results, and by each input the gradient of all of them, randomly weighted."""
    results = function(*inputs, **settings)
    results = list(results) if isinstance(results, tuple | list) else [results]
    rng = np.random.default_rng(0)
    for z in results:
        if z.requires_grad:
            g = np.asarray(rng.standard_normal(tuple(z.shape)), str(z.dtype).removeprefix("torch."))
            z.backward(wrap(g), retain_graph=True)
    leaves = [
        x for given in inputs for x in (given if isinstance(given, list | tuple) else [given])
    ]
    leaves = [x for x in leaves if getattr(x, "requires_grad", False)]
    return results, [x.grad for x in leaves]


def _compare(mine, yours):
    if mine is None or yours is None:  # no gradient, which PyTorch sometimes gives as zeros
        assert mine is None or not mine.data.any()
        assert yours is None or not yours.any()
        return
    assert mine.requires_grad == yours.requires_grad
    torch.testing.assert_close(
        torch.from_numpy(np.array(mine.data)), yours.detach(), equal_nan=True, check_stride=False
    )
