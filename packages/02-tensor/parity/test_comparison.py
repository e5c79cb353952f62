"""Comparison, logic and choice against PyTorch's."""

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

RNG = np.random.default_rng(0)
SPECIAL = np.float32([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan])
PAIRS = {
    "broadcast": (
        RNG.integers(0, 3, (2, 1, 3)).astype(np.float32),
        RNG.integers(0, 3, (4, 1)) * 1.0,
    ),
    "0-d": (np.array(1.0), np.array(2.0)),
    "no elements": (np.zeros((0, 3), np.float32), np.zeros(3, np.float32)),
    "special": (SPECIAL[:, None], SPECIAL),
    "integers": (RNG.integers(-2, 3, 6), RNG.integers(-2, 3, 6)),
    "booleans": (np.array([True, False, True]), np.array([[True], [False]])),
    "mixed": (RNG.integers(0, 3, 6), RNG.integers(0, 3, 6).astype(np.float32)),
    "bytes": (np.uint8([0, 1, 255]), np.int8([0, 1, -1])),
    "a float": (np.float32([1.0, 1.5, 2.0]), 1.5),
    "an integer": (np.float32([1.0, 1.5, 2.0]), 1),
}
each_pair = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
MASK = np.array([[True, False, True], [False, False, True]])


def real(*shape):
    return np.asarray(RNG.standard_normal(shape)).astype(np.float32)


@pytest.mark.parity("eq", "ne", "lt", "le", "gt", "ge")
@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
@each_pair
def test_comparisons(agree, name, pair):
    agree(getattr(tt, name), getattr(torch, name), *pair)


@pytest.mark.parity("logical_and", "logical_or", "logical_xor", "logical_not")
@each_pair
def test_logic(agree, pair):
    for name in ("logical_and", "logical_or", "logical_xor"):
        if isinstance(pair[1], np.ndarray):  # PyTorch's take tensors only
            agree(getattr(tt, name), getattr(torch, name), *pair)
    agree(tt.logical_not, torch.logical_not, pair[0])


@pytest.mark.parity("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not")
@pytest.mark.parametrize("name", ["integers", "booleans", "bytes"])
def test_bits(agree, name):
    for function in ("bitwise_and", "bitwise_or", "bitwise_xor"):
        agree(getattr(tt, function), getattr(torch, function), *PAIRS[name])
        agree(getattr(tt, function), getattr(torch, function), PAIRS[name][0], 1)
    agree(tt.bitwise_not, torch.bitwise_not, PAIRS[name][0])


@pytest.mark.parity("isnan", "isinf", "isfinite")
@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite"])
@pytest.mark.parametrize("x", [SPECIAL, SPECIAL[1], np.array([1, 2]), np.array([True])], ids=str)
def test_kinds_of_numbers(agree, name, x):
    agree(getattr(tt, name), getattr(torch, name), np.asarray(x))


@pytest.mark.parity("isclose", "allclose", "equal")
@pytest.mark.parametrize("equal_nan", [False, True])
@pytest.mark.parametrize(("rtol", "atol"), [(1e-5, 1e-8), (0.3, 0.0), (0.0, 0.5)])
def test_closeness(agree, equal_nan, rtol, atol):
    near = np.float32([0.0, 1e-9, 1.3, np.inf, -np.inf, np.nan])
    pairs = [(SPECIAL, near), (SPECIAL[:, None], near), (SPECIAL, SPECIAL), (near[:3], near[:3])]
    tolerance = {"rtol": rtol, "atol": atol, "equal_nan": equal_nan}
    for x, y in pairs:
        agree(tt.isclose, torch.isclose, x, y, **tolerance)
        ours = [tt.from_numpy(x), tt.from_numpy(y)]
        theirs = [torch.from_numpy(x), torch.from_numpy(y)]
        assert tt.allclose(*ours, **tolerance) is torch.allclose(*theirs, **tolerance)
        assert tt.equal(*ours) is torch.equal(*theirs)


@pytest.mark.parity("maximum", "minimum")
@pytest.mark.parametrize("name", ["maximum", "minimum"])
@pytest.mark.parametrize(
    "pair",
    [
        (real(2, 1, 3), real(4, 1)),
        (real(), real()),
        (np.zeros((0, 3), np.float32), real(3)),
        (real(3, 2).T, real(2, 3)),
        (np.float32([1.0, 2.0, -1.0]), np.float32([1.0, -2.0, -1.0])),  # ties
        (real(3), RNG.standard_normal(3)),
        (real(3), np.array([1, 0, -1])),
        PAIRS["integers"],
        PAIRS["booleans"],
    ],
)
def test_extremes(agree, name, pair):
    agree(getattr(tt, name), getattr(torch, name), *pair)


@pytest.mark.parity("clamp")
@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-0.5, 0.5),
        (None, 0.5),
        (-0.5, None),
        (0.5, -0.5),
        (0, 1),
        (real(3), None),
        (None, real(4, 1)),
        (real(3), real(3)),
        (np.array(-0.5, np.float32), np.array(0.5, np.float32)),
    ],
)
@pytest.mark.parametrize(
    "x", [real(4, 3), np.float32([-0.5, 0.0, 0.5]), np.float32([np.nan, np.inf, -np.inf])]
)
def test_clamp(agree, low, high, x):
    agree(tt.clamp, torch.clamp, x, low, high)


@pytest.mark.parity("clamp")
@pytest.mark.parametrize("bounds", [(0, 2), (0.5, None), (None, 1.5)])
def test_clamp_of_integers(agree, bounds):
    agree(tt.clamp, torch.clamp, np.array([-3, 0, 1, 5]), *bounds)


@pytest.mark.parity("where")
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (real(2, 3), real(2, 3)),
        (real(3), real(2, 1)),
        (real(), real()),
        (real(3, 2).T, real(2, 3)),
        (real(2, 3), 0.5),
        (2, real(3)),
        (1, 0.5),
        (np.array([1, 2, 3]), 0.5),
        (np.array([1, 2, 3]), real(3)),
        (real(3), RNG.standard_normal(3)),
        (real(3), np.array(0.5)),
        (np.array([True, False, True]), 1),
    ],
)
def test_where(agree, x, y):
    agree(
        lambda *xy: tt.where(tt.from_numpy(MASK), *xy),
        lambda *xy: torch.where(torch.from_numpy(MASK), *xy),
        x,
        y,
    )


@pytest.mark.parity("where")
def test_where_keeps_infinite_gradients_of_the_other_side_out(agree):
    x = np.float32([0.0, 4.0])
    agree(
        lambda x: tt.where(x > 0, x, 1.0) * tt.where(x > 0, tt.rsqrt(x), 0.0),
        lambda x: torch.where(x > 0, x, 1.0) * torch.where(x > 0, torch.rsqrt(x), 0.0),
        x,
    )


FEW_AND_MANY = [SPECIAL, np.tile(SPECIAL, 300)]  # which are masked in two ways


@pytest.mark.parity("maximum", "minimum", "clamp", "where")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of 0 · inf, in the forward pass
@pytest.mark.parametrize("x", FEW_AND_MANY, ids=["few", "many"])
@pytest.mark.parametrize("slope", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize(
    "choice",
    [
        lambda m, x, y: m.maximum(x, y),
        lambda m, x, y: m.minimum(x, y),
        lambda m, x, y: m.where(x > 0, x, y),
        lambda m, x, y: m.clamp(x, y),
        lambda m, x, y: m.clamp(x, None, y),
        lambda m, x, y: m.clamp(x, y, -y),
        lambda m, x, y: m.clamp(x, -1.0, 0.5) + y,
        lambda m, x, y: m.clamp(x, 0.0) + y,
    ],
)
def test_infinite_gradients_go_only_to_what_was_chosen(agree, choice, x, slope):
    y = np.tile(np.float32([0.0, 1.0, -1.0]), x.size // 3)
    agree(lambda x, y: choice(tt, x, y) * slope, lambda x, y: choice(torch, x, y) * slope, x, y)


@pytest.mark.parity("masked_fill")
@pytest.mark.parametrize("value", [0.0, -np.inf, 2, np.array(1.5, np.float32)])
def test_masked_fill(agree, value):
    for x in (real(2, 3), real(3), real(1), real(3, 2).T):
        agree(
            lambda x, v: tt.masked_fill(x, tt.from_numpy(MASK), v),
            lambda x, v: torch.masked_fill(x, torch.from_numpy(MASK), v),
            x,
            value,
        )


@pytest.mark.parity("clamp", "where", "masked_fill")
def test_the_same_calls_are_errors():
    array = np.array([1, 2])
    for module, to in ((tt, tt.from_numpy), (torch, torch.from_numpy)):
        for call in (
            lambda m, x: m.clamp(x),
            lambda m, x: m.where(x, x, x),
            lambda m, x: m.masked_fill(x, x, 0),
            lambda m, x: m.masked_fill(x, x > 0, x),
        ):
            with pytest.raises((RuntimeError, TypeError, ValueError)):
                call(module, to(array))


@pytest.mark.parity("masked_fill")
@pytest.mark.parametrize("value", [1, 2, 0.5, 7.9, True])
@pytest.mark.parametrize("x", [[True, False], [1, 2], [0.5, 1.5]], ids=str)
def test_masked_fill_brings_numbers_to_the_inputs_type(agree, x, value):
    mask = np.array([True, False])
    agree(
        lambda x: tt.masked_fill(x, tt.from_numpy(mask), value),
        lambda x: torch.masked_fill(x, torch.from_numpy(mask), value),
        np.array(x),
    )


@pytest.mark.parity("masked_fill", "where")
def test_what_does_not_fit_is_refused_by_both():
    for m, error in ((tt, ValueError), (torch, RuntimeError)):
        x, mask = m.tensor([1, 2], dtype=m.uint8), m.tensor([True, False])
        for call in (lambda: m.masked_fill(x, mask, 300), lambda: m.where(mask, x, 300)):  # noqa: B023
            with pytest.raises(error):
                call()


@pytest.mark.parity("isclose")
@pytest.mark.parametrize("y", [[True, True], [False, True]], ids=str)
def test_closeness_of_booleans(agree, y):
    agree(tt.isclose, torch.isclose, np.array([True, False]), np.array(y))
