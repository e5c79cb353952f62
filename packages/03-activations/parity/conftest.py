"""How an activation is held against PyTorch's."""

import numpy as np
import pytest
import torch

import tinytorch.activations as F
import tinytorch.autograd  # noqa: F401  gradients are compared too
import tinytorch.tensor as tt


@pytest.fixture
def agree():
    """Assert that two functions agree: in values, type, shape, and in the gradient of floats."""

    def check(ours, theirs, x, *args, **settings):
        mine, other = tt.from_numpy(x), torch.from_numpy(x)
        floating = x.dtype.kind == "f"
        for given in (mine, other):
            given.requires_grad_(floating)
        result, expected = ours(mine, *args, **settings), theirs(other, *args, **settings)
        _compare(result, expected, rounded_once=ours in (F.softmax, F.log_softmax))
        if floating:
            g = np.asarray(np.random.default_rng(0).standard_normal(x.shape), result.dtype)
            result.backward(tt.from_numpy(g))
            expected.backward(torch.from_numpy(g))
            _compare(mine.grad, other.grad)

    return check


def _compare(mine, theirs, rounded_once=False):
    # In half precision PyTorch computes each function in float32 within; most of ours round at
    # every step.
    half = theirs.dtype == torch.float16 and not rounded_once
    torch.testing.assert_close(
        torch.from_numpy(np.array(mine.data)),
        theirs.detach(),
        equal_nan=True,
        check_stride=False,
        **({"rtol": 5e-3, "atol": 2e-3} if half else {}),
    )
