"""Where weights start."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.layers import Parameter, init
from tinytorch.setup import manual_seed
from tinytorch.tensor import expand, tensor, zeros
from tinytorch.tensor.writes import tick, writes

RANDOM = [
    init.uniform_, init.normal_, init.trunc_normal_, init.xavier_uniform_, init.xavier_normal_,
    init.kaiming_uniform_, init.kaiming_normal_, init.orthogonal_,
]  # fmt: skip


@pytest.mark.parametrize("fill", RANDOM, ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_they_fill_in_place_from_the_generator(fill, dtype):
    manual_seed(3)
    first = Parameter(zeros(5, 4, dtype=dtype))
    array, before = first.data, tick()
    assert fill(first) is first
    assert first.data is array
    assert writes.since(array) > before
    assert len(np.unique(array)) == 20
    manual_seed(3)
    assert fill(zeros(5, 4, dtype=dtype)).tolist() == first.tolist()
    own = fill(zeros(5, 4, dtype=dtype), generator=np.random.default_rng(1))
    assert (
        own.tolist() == fill(zeros(5, 4, dtype=dtype), generator=np.random.default_rng(1)).tolist()
    )


def test_constants():
    assert init.constant_(zeros(2), 3.0).tolist() == [3.0, 3.0]
    assert init.ones_(zeros(1)).tolist() == [1.0]
    assert init.zeros_(init.ones_(zeros(1))).tolist() == [0.0]
    assert init.eye_(init.ones_(zeros(2, 3))).tolist() == [[1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("fill", "std", "bound"),
    [
        (lambda t: init.uniform_(t, -2, 4), 6 / math.sqrt(12), None),
        (lambda t: init.normal_(t, 1.0, 3.0), 3.0, None),
        (lambda t: init.xavier_uniform_(t, 2.0), 2 * math.sqrt(2 / 500), 2 * math.sqrt(6 / 500)),
        (lambda t: init.xavier_normal_(t, 2.0), 2 * math.sqrt(2 / 500), None),
        (lambda t: init.kaiming_uniform_(t, nonlinearity="relu"), math.sqrt(2 / 300), 0.1415),
        (lambda t: init.kaiming_normal_(t, mode="fan_out"), math.sqrt(2 / 200), None),
        (lambda t: init.kaiming_normal_(t, 1.0), math.sqrt(1 / 300), None),
        (lambda t: init.trunc_normal_(t), 0.8796, 2.0),
    ],
)
def test_their_spread_is_the_formula(fill, std, bound):
    manual_seed(0)
    array = fill(zeros(200, 300)).data
    assert abs(array.std() / std - 1) < 0.02
    if bound is not None:
        assert abs(array).max() <= bound


def test_the_area_of_a_kernel_counts():
    manual_seed(0)
    array = init.kaiming_normal_(zeros(40, 30, 3, 3), nonlinearity="relu").data
    assert abs(array.std() / math.sqrt(2 / 270) - 1) < 0.02


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3))
def test_orthogonal_is_orthonormal_in_its_shorter_direction(rows, columns, depth):
    manual_seed(0)
    q = init.orthogonal_(zeros(rows, columns, depth, dtype="float64"), gain=2.0).data
    q = q.reshape(rows, -1) / 2
    gram = q @ q.T if rows <= q.shape[1] else q.T @ q
    assert np.allclose(gram, np.eye(len(gram)))


def test_truncation_far_from_the_mean():
    array = init.trunc_normal_(zeros(1000), mean=1.0, std=0.5, a=1.5, b=1.6).data
    assert array.min() >= 1.5
    assert array.max() <= 1.6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: init.trunc_normal_(zeros(1), a=2.0, b=2.0), r"\[a, b\] is \[2.0, 2.0\]"),
        (lambda: init.trunc_normal_(zeros(1), a=5.0, b=6.0), "within four"),
        (lambda: init.trunc_normal_(zeros(1), a=-6.0, b=-5.0), "within four"),
        (lambda: init.eye_(zeros(2)), r"eye_: tensor has shape \(2,\), expected 2 dimensions"),
        (lambda: init.eye_(zeros(2, 2, 2)), "expected 2 dimensions"),
        (lambda: init.xavier_normal_(zeros(2)), "xavier_normal_: tensor has shape"),
        (lambda: init.orthogonal_(zeros(2)), r"at least 2 dimensions, \(out, in, …\)"),
        (lambda: init.kaiming_normal_(zeros(2, 2), mode="in"), "mode is 'in', expected fan_in"),
        (lambda: init.calculate_gain("swish"), "nonlinearity is 'swish', expected one of linear"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_cannot_be_written_into_is_refused():
    with pytest.raises(RuntimeError, match=r"ones_: .* expanded view"):
        init.ones_(expand(tensor([0.0]), 3))
