"""Clipping: by norm and by value, of gradients good and bad."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.optim import clip_grad_norm_, clip_grad_value_
from tinytorch.tensor import Tensor, expand, tensor, zeros
from tinytorch.tensor.writes import writes


def with_gradients(*gradients, dtype="float32"):
    parameters = []
    for gradient in gradients:
        p = Tensor(np.zeros(np.shape(gradient)), dtype=dtype)
        p.grad = Tensor(gradient, dtype=dtype)
        parameters.append(p)
    return parameters


@given(
    st.lists(st.floats(-100, 100), min_size=1, max_size=6),
    st.floats(1e-3, 50),
    st.sampled_from([1.0, 2.0, 3.0, math.inf]),
)
def test_the_norm_is_at_most_max_norm_and_the_direction_stays(values, max_norm, norm_type):
    parameters = with_gradients(*values, dtype="float64")  # 0-d ones
    total = clip_grad_norm_(parameters, max_norm, norm_type).item()
    clipped = np.array([p.grad.item() for p in parameters])
    assert total == pytest.approx(np.linalg.norm(values, norm_type))
    assert np.linalg.norm(clipped, norm_type) <= max_norm * (1 + 1e-9)
    if total < max_norm * 0.99 - 1e-5:
        assert clipped.tolist() == values
    np.testing.assert_allclose(clipped * total, np.array(values) * min(total, max_norm), atol=2e-3)


def test_gradients_within_bounds_are_not_touched():
    (p,) = with_gradients([3.0, 4.0])
    written = writes.since(p.grad.data)
    assert clip_grad_norm_([p], 10.0).item() == 5
    assert p.grad.tolist() == [3, 4]
    assert writes.since(p.grad.data) == written


def test_clipping_is_in_place_and_noted():
    (p,) = with_gradients([3.0, 4.0])
    array = p.grad.data
    clip_grad_norm_([p], 1.0)
    assert p.grad.data is array
    after = writes.since(array)
    assert after > 0
    clip_grad_value_([p], 0.5)
    assert p.grad.data is array
    assert writes.since(array) > after


def test_a_single_tensor_a_generator_and_missing_gradients():
    p, q = with_gradients([3.0], [4.0])
    assert clip_grad_norm_(p, 1.0).item() == 3
    bare = zeros(2)
    assert clip_grad_norm_((x for x in (bare, q)), 1.0).item() == 4
    assert bare.grad is None
    clip_grad_value_((x for x in (bare, q)), 0.5)
    assert q.grad.tolist() == [0.5]


def test_nothing_to_clip():
    total = clip_grad_norm_([], 1.0)
    assert (total.item(), total.shape, total.dtype) == (0.0, (), np.float32)
    assert clip_grad_norm_([zeros(3)], 1.0).item() == 0
    (empty,) = with_gradients(np.zeros((0, 3)))
    assert clip_grad_norm_([empty], 1.0, math.inf).item() == 0
    clip_grad_value_([], 1.0)


def test_the_norm_has_the_gradients_type():
    assert clip_grad_norm_(with_gradients([3.0]), 1.0).dtype == np.float32
    assert clip_grad_norm_(with_gradients([3.0], dtype="float64"), 1.0).dtype == np.float64


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_norm_that_is_no_number_can_be_an_error(bad):
    (p,) = with_gradients([3.0, bad])
    with pytest.raises(RuntimeError, match="clip_grad_norm_: the norm of the gradients is"):
        clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(p.grad.data, [3.0, bad])


def test_without_that_it_spreads_as_arithmetic_has_it():
    (p,) = with_gradients([3.0, math.inf])
    assert clip_grad_norm_([p], 1.0).item() == math.inf
    np.testing.assert_array_equal(p.grad.data, [0.0, math.nan])
    (p,) = with_gradients([3.0, math.nan])
    assert math.isnan(clip_grad_norm_([p], 1.0).item())
    assert np.isnan(p.grad.data).all()


def test_clipping_by_value():
    (p,) = with_gradients([-5.0, -0.5, 0.0, 0.5, math.inf, -math.inf, math.nan])
    clip_grad_value_([p], 1.0)
    np.testing.assert_array_equal(p.grad.data, [-1, -0.5, 0, 0.5, 1, -1, math.nan])


@pytest.mark.parametrize("bound", [-1.0, math.nan])
def test_bounds_are_not_negative(bound):
    (p,) = with_gradients([1.0])
    with pytest.raises(ValueError, match=f"clip_grad_norm_: max_norm is {bound}, expected at leas"):
        clip_grad_norm_([p], bound)
    with pytest.raises(ValueError, match=f"clip_grad_value_: clip_value is {bound}, expected at l"):
        clip_grad_value_([p], bound)


def test_a_gradient_that_cannot_be_written_is_named():
    p = zeros(3)
    p.grad = expand(tensor([2.0]), (3,))
    with pytest.raises(
        RuntimeError, match="clip_grad_norm_: the tensor's memory cannot be written"
    ):
        clip_grad_norm_([p], 1.0)
