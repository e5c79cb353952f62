"""Arithmetic against PyTorch's, over shapes, layouts and mixtures of types."""

import operator

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

RNG = np.random.default_rng(0)


def real(*shape, dtype=np.float32):
    """Numbers of magnitude 0.5 to 2, of either sign."""
    return np.asarray(RNG.uniform(0.5, 2.0, shape) * RNG.choice([-1.0, 1.0], shape)).astype(dtype)


def whole(*shape, dtype=np.int64):
    return np.asarray(RNG.integers(1, 6, shape)).astype(dtype)


PAIRS = {
    "same shape": (real(2, 3), real(2, 3)),
    "broadcast": (real(2, 1, 3), real(4, 1)),
    "0-d": (real(), real(3)),
    "both 0-d": (real(), real()),
    "no elements": (real(0, 3), real(3)),
    "not contiguous": (real(3, 2).T, real(4, 3)[::2]),
    "double": (real(3, dtype=np.float64), real(3)),
    "half": (real(3, dtype=np.float16), real(3)),
    "0-d double": (real(3), real(dtype=np.float64)),
    "integers": (whole(3), whole(3)),
    "small integers": (whole(3, dtype=np.uint8), whole(3, dtype=np.int8)),
    "float and integers": (real(3), whole(3)),
    "integers and 0-d float": (whole(3), real()),
    "float and booleans": (whole(3, dtype=np.bool_), real(3)),
    "a float": (real(3), 1.5),
    "a float on the left": (1.5, real(3)),
    "an integer": (real(3), 2),
    "an integer on the left": (2, whole(3)),
    "integers and a float": (whole(3), 1.5),
    "booleans and an integer": (whole(3, dtype=np.bool_), 2),
    "half and a float": (real(3, dtype=np.float16), 1.5),
    "infinite": (np.float32([np.inf, -np.inf, np.inf]), np.float32([2.0, np.inf, np.nan])),
}
each_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)


@pytest.mark.parity("add", "sub", "mul", "div", "remainder", "pow")
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "remainder", "pow"])
@each_pair
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # inf - inf, inf * 0
def test_arithmetic(agree, name, pair):
    if name == "sub" and any(getattr(x, "dtype", None) == np.bool_ for x in pair):
        pytest.skip("PyTorch subtracts no booleans, not even from floats")
    theirs = {"div": "truediv", "remainder": "mod"}.get(name, name)
    differentiable = name != "remainder" or isinstance(pair[0], np.ndarray)  # in PyTorch
    agree(getattr(tt, name), getattr(operator, theirs), *pair, gradients=differentiable)


@pytest.mark.parity("floor_divide")
@each_pair
def test_floor_divide(agree, pair):
    agree(tt.floor_divide, operator.floordiv, *pair, gradients=False)


@pytest.mark.parity("floor_divide")
def test_floor_divide_has_the_gradient_of_pytorch_s_rounded_division(agree):
    agree(tt.floor_divide, lambda x, y: torch.div(x, y, rounding_mode="floor"), real(2, 3), real(3))


@pytest.mark.parity("pow")
@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 5, 12, -1, -3, 0.0, 0.5, 2.0, 7.0, -2.5])
@pytest.mark.parametrize("x", [np.float32([0.0, 0.5, 2.0]), np.float32([-1.5, -0.5])], ids=str)
def test_pow_of_a_number(agree, x, exponent):
    agree(tt.pow, torch.pow, x, exponent)
    agree(tt.pow, torch.pow, x, np.full(x.shape, exponent, np.float32))


@pytest.mark.parity("pow")
@pytest.mark.parametrize("base", [0, 1, 2.5])
def test_a_number_to_powers(agree, base):
    agree(tt.pow, torch.pow, base, np.float32([0.0, 1.0, 2.5]))


@pytest.mark.parity("pow")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of 0 · inf, in the forward pass
@pytest.mark.parametrize("slope", [np.inf, -np.inf, 2.0])
def test_constant_powers_are_flat_whatever_the_gradient(agree, slope):
    x, y = np.float32([0.0, 1.5, 2.0, 0.0]), np.float32([0.0, 0.0, 2.0, 2.0])
    agree(lambda x: tt.pow(x, 0) * slope, lambda x: torch.pow(x, 0) * slope, x)
    agree(lambda x, y: tt.pow(x, y) * slope, lambda x, y: torch.pow(x, y) * slope, x, y)
    y[0] = -1.0
    agree(lambda y: tt.pow(0.0, y) * slope, lambda y: torch.pow(0.0, y) * slope, y)


@pytest.mark.parity("neg", "abs", "sign", "square")
@pytest.mark.parametrize("name", ["neg", "abs", "sign", "square"])
@pytest.mark.parametrize(
    "x",
    [
        real(2, 3),
        real(),
        real(0, 2),
        real(2, 3).T,
        real(3, dtype=np.float64),
        real(3, dtype=np.float16),
        whole(3),
        whole(3, dtype=np.uint8),
        np.float32([0.0, -0.0, np.inf, -np.inf]),
    ],
    ids=lambda x: f"{x.dtype}{x.shape}",
)
def test_of_one(agree, name, x):
    agree(getattr(tt, name), getattr(torch, name), x)


@pytest.mark.parity("lerp")
@pytest.mark.parametrize("weight", [0.3, 0.8, real(2, 3), real()], ids=str)
def test_lerp(agree, weight):
    agree(tt.lerp, torch.lerp, real(2, 3), real(2, 3), weight)
    agree(tt.lerp, torch.lerp, real(2, 3), real(3), weight)


@pytest.mark.parity("floor_divide", "remainder", "pow", "sub", "neg")
def test_the_same_calls_are_errors():
    for ours, theirs, array in (
        (lambda x: tt.floor_divide(x, 0), lambda x: x // 0, whole(2)),
        (lambda x: tt.remainder(x, 0), lambda x: x % 0, whole(2)),
        (lambda x: tt.pow(x, -1), lambda x: x**-1, whole(2)),
        (lambda x: tt.sub(x, x), lambda x: x - x, np.array([True])),
        (tt.neg, torch.neg, np.array([True])),
    ):
        with pytest.raises((TypeError, ValueError, ZeroDivisionError)):
            ours(tt.from_numpy(array))
        with pytest.raises(RuntimeError):
            theirs(torch.from_numpy(array))


@pytest.mark.parity("square", "floor_divide", "remainder", "pow")
def test_booleans(agree):
    truths = np.array([True, False])
    agree(tt.square, torch.square, truths)
    for name in ("floor_divide", "remainder", "pow"):
        agree(getattr(tt, name), getattr(torch, name), truths, 2)
        for m, error in ((tt, TypeError), (torch, NotImplementedError)):
            x = m.tensor([True, True])
            with pytest.raises(error):
                getattr(m, name)(x, x)


@pytest.mark.parity("lerp")
@pytest.mark.parametrize("weight", [0.0, 0.49, 0.5, 1.0, 1.5, -0.7])
@pytest.mark.parametrize("ends", [(1e8, 1.0), (1.0, 1e8), (3e38, -3e38)])
def test_lerp_between_far_ends(agree, ends, weight):
    x, y = (np.float32([end]) for end in ends)
    agree(tt.lerp, torch.lerp, x, y, weight)
    agree(tt.lerp, torch.lerp, x, y, np.float32([weight]))
