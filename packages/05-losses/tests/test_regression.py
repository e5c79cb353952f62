"""mse_loss, l1_loss, huber_loss, smooth_l1_loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tinytorch.losses import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from tinytorch.tensor import tensor

LOSSES = [mse_loss, l1_loss, huber_loss, smooth_l1_loss]


def bent(d, delta):
    return np.where(np.abs(d) <= delta, d * d / 2, delta * (np.abs(d) - delta / 2))


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 0), (2, 3, 4)])
@pytest.mark.parametrize(
    ("loss", "settings", "of"),
    [
        (mse_loss, {}, np.square),
        (l1_loss, {}, np.abs),
        (huber_loss, {}, lambda d: bent(d, 1.0)),
        (huber_loss, {"delta": 0.3}, lambda d: bent(d, 0.3)),
        (smooth_l1_loss, {}, lambda d: bent(d, 1.0)),
        (smooth_l1_loss, {"beta": 0.3}, lambda d: bent(d, 0.3) / 0.3),
        (smooth_l1_loss, {"beta": 0}, np.abs),
    ],
)
def test_is_its_formula(rng, loss, settings, of, shape):
    x, y = rng.normal(size=(2, *shape))
    expected = np.asarray(of(x - y))
    each = loss(tensor(x), tensor(y), reduction="none", **settings)
    assert each.shape == shape
    np.testing.assert_allclose(each.numpy(), expected, rtol=1e-12)
    total = loss(tensor(x), tensor(y), reduction="sum", **settings)
    np.testing.assert_allclose(total.numpy(), expected.sum(), rtol=1e-12)
    mean = loss(tensor(x), tensor(y), **settings)
    wanted = expected.mean() if expected.size else np.nan
    np.testing.assert_allclose(mean.numpy(), wanted, rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_types(loss):
    x, y = tensor([1.0, 2.0]), tensor([0.5, 0.0])
    assert loss(x, y).dtype == "float32"
    assert loss(x.double(), y).dtype == "float64"
    assert loss(x, tensor([1, 5])).dtype == "float32"


@pytest.mark.parametrize("loss", LOSSES)
def test_nan_and_infinity_come_through(loss):
    each = loss(tensor([np.nan, np.inf, 1e30, 0.0]), tensor([0.0] * 4), reduction="none").numpy()
    assert np.isnan(each[0])
    assert each[1] == np.inf
    assert each[2] == (np.inf if loss is mse_loss else np.float32(1e30))
    assert each[3] == 0


PAIRS = array_shapes(max_dims=3, max_side=4).flatmap(
    lambda shape: st.tuples(*[arrays(np.float64, shape, elements=st.floats(-1e6, 1e6))] * 2)
)


@pytest.mark.parametrize("loss", LOSSES)
@given(pair=PAIRS)
def test_is_symmetric_and_zero_only_for_equals(loss, pair):
    x, y = map(tensor, pair)
    assert loss(x, y).item() == loss(y, x).item() >= 0
    assert loss(x, x).item() == 0


@given(pair=PAIRS, delta=st.floats(0.01, 100))
def test_huber_is_at_most_either_of_its_parts(pair, delta):
    x, y = pair
    each = huber_loss(tensor(x), tensor(y), reduction="none", delta=delta).numpy()
    assert (each <= (x - y) ** 2 / 2 * (1 + 1e-12)).all()
    assert (each <= delta * np.abs(x - y) * (1 + 1e-12)).all()
