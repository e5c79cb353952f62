"""Dropout of channels."""

import numpy as np
import pytest

from tinytorch.setup import manual_seed
from tinytorch.spatial import Dropout2d, dropout2d
from tinytorch.tensor import arange, float64, ones, randn


@pytest.mark.parametrize("shape", [(50, 40, 3, 2), (50, 40, 6)])
def test_a_channel_is_dropped_or_kept_as_a_whole(shape):
    manual_seed(0)
    x = randn(*shape, dtype=float64).requires_grad_()
    out = dropout2d(x, 0.2)
    assert out.dtype == "float64"
    out.sum().backward()
    ratio = x.grad.data.reshape(2000, -1)
    np.testing.assert_array_equal(out.data, x.data * x.grad.data)
    assert (ratio == ratio[:, :1]).all()
    assert set(np.unique(ratio)) == {0.0, 1.25}
    assert 300 < (ratio[:, 0] == 0).sum() < 500


def test_the_seed_decides():
    manual_seed(3)
    first = dropout2d(ones(2, 8, 2, 2))
    manual_seed(3)
    assert dropout2d(ones(2, 8, 2, 2)).tolist() == first.tolist()


def test_nothing_or_everything():
    x = ones(2, 3, 4, 4)
    assert dropout2d(x, 0) is x
    assert dropout2d(x, 0.5, training=False) is x
    assert dropout2d(x, 1).sum().item() == 0
    assert dropout2d(ones(0, 3, 4, 4)).shape == (0, 3, 4, 4)


def test_as_a_layer():
    layer = Dropout2d(1)
    x = ones(1, 2, 3, 3)
    assert layer(x).sum().item() == 0
    assert layer.eval()(x) is x
    assert repr(Dropout2d()) == "Dropout2d(p=0.5)"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: dropout2d(ones(2, 2, 2), 1.5), ValueError, "dropout2d: p is 1.5, expected from 0"),
        (lambda: dropout2d(ones(2, 2, 2), "a"), TypeError, "dropout2d: p is 'a', expected a num"),
        (lambda: dropout2d(ones(2, 2)), ValueError, r"dropout2d: input has shape \(2, 2\)"),
        (lambda: dropout2d(ones(2, 2, 2).data), TypeError, "dropout2d: input is of type ndarray"),
        (lambda: dropout2d(arange(3)), TypeError, "dropout2d: input has type int64"),
        (lambda: dropout2d(ones(2, 2, 2), inplace=True), TypeError, "inplace"),
        (lambda: Dropout2d(float("nan")), ValueError, "Dropout2d: p is nan"),
        (lambda: Dropout2d(inplace=True), TypeError, "inplace"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
