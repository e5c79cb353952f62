"""One number or another, and zeros: of few elements and of many, which take two ways."""

import numpy as np
import pytest

from tinytorch.tensor import Tensor, tensor, where
from tinytorch.tensor.masking import keep_where, zeros_as

SHAPES = [(), (0,), (3,), (2, 3), (3000,), (50, 60)]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "uint8", "bool"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_is_kept_keeps_its_bits_and_all_else_is_zero(shape, dtype):
    rng = np.random.default_rng(0)
    x = np.asarray(rng.integers(0, 200, shape)).astype(dtype)
    mask = np.asarray(rng.random(shape) < 0.5)
    for condition in (mask, mask * np.float32(-2.0)):
        out = keep_where(x, np.asarray(condition))
        assert out.dtype == x.dtype
        assert out.shape == shape
        assert np.array_equal(out, np.where(mask, x, np.zeros_like(x)))


@pytest.mark.parametrize("copies", [1, 1000])
def test_no_value_is_too_odd_to_be_kept_or_dropped(copies):
    x = np.tile(np.float32([np.inf, -np.inf, np.nan, -0.0, 1e-45, 3e38]), copies)
    assert keep_where(x, np.ones(x.shape, bool)).tobytes() == x.tobytes()
    nothing = keep_where(x, np.zeros(x.shape, bool))
    assert not nothing.any()
    assert not np.signbit(nothing).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("copies", [1, 4000])
def test_a_choice_gives_each_number_bit_by_bit(copies, dtype):
    x = np.tile([np.inf, -np.inf, np.nan, -0.0, 1e-45, 3e38, -1.0], copies).astype(dtype)
    y = np.roll(x, 3)
    y.view(f"i{y.itemsize}")[2::7] += 5  # another nan
    condition = np.random.default_rng(0).random(x.shape) < 0.5
    for a, b in [(x, y), (y[::-1], x[::-1]), (x, dtype(-0.0)), (dtype(np.nan), y)]:
        for chosen in (condition, condition[::-1]):
            assert where(chosen, a, b).tobytes() == np.where(chosen, a, b).tobytes()


@pytest.mark.parametrize("n", [4, 300])
def test_a_choice_between_shapes(n):
    x, row = np.float32(np.arange(n * n)).reshape(n, n).T, np.arange(n) % 3 == 0
    for condition, a, b in [(row, x, -x), (x > n, x, x[0]), (x > n, x[:1], x[:, :1])]:
        assert np.array_equal(where(condition, a, b), np.where(condition, a, b))


@pytest.mark.parametrize("n", [4, 100])
def test_strided_expanded_and_broadcast_inputs(n):
    x = np.arange(2.0 * n * n).reshape(n, 2 * n)[:, ::2].T
    row = np.arange(n) % 2 == 0
    expected = x * row
    assert np.array_equal(keep_where(x, row), expected)
    wide = np.broadcast_to(x[:1], (n, n))
    assert np.array_equal(keep_where(wide, row), wide * row)
    assert keep_where(x, row).base is None  # an array of its own, that a pass may add into


def test_tensors():
    x = tensor([1.0, float("inf")])
    kept = keep_where(x, tensor([True, False]))
    assert isinstance(kept, Tensor)
    assert kept.tolist() == [1.0, 0.0]
    assert zeros_as(x).tolist() == [0.0, 0.0]
    assert zeros_as(tensor(3)).dtype == "int64"
