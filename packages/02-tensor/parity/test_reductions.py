"""Reductions, extremes and running sums agree with PyTorch, gradients included."""

import math

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

rng = np.random.default_rng(0)
X = rng.standard_normal((3, 4, 5)).astype(np.float32)
STRIDED = np.asarray(X.transpose(2, 0, 1))
DOUBLE = X.astype(np.float64)
HALF = X.astype(np.float16)
SCALAR = np.array(1.5, np.float32)
EMPTY = np.zeros((0, 3), np.float32)
INTEGERS = rng.integers(-3, 4, (3, 4))
BYTES = rng.integers(0, 255, (3, 4)).astype(np.uint8)
FLAGS = rng.random((3, 4)) > 0.5
TIED = np.float32([[1, 2, 2], [0, 0, 0], [3, 1, 3]])
ZEROS = np.float32([[2, 0, 3], [0, 0, 1], [4, 5, 6]])
SPECIAL = np.float32([[1, np.nan, 2], [np.inf, 0, -np.inf], [np.inf, 1, np.inf]])

OVER_SEVERAL = [
    {},
    {"dim": 1},
    {"dim": -1, "keepdim": True},
    {"dim": (0, 1)},
    {"dim": (1, -2 + 2), "keepdim": True},
]
EVERYWHERE = [(x, s) for x in (X, STRIDED, DOUBLE) for s in OVER_SEVERAL]
FLAT = [(x, {}) for x in (X, STRIDED, SCALAR)]
ONE_DIM = [
    (x, {"dim": d, "keepdim": k}) for x in (X, STRIDED) for d in (0, -1) for k in (False, True)
]

CASES = [
    (
        "sum",
        [*EVERYWHERE, (HALF, {"dim": 1}), (SCALAR, {"dim": 0}), (EMPTY, {}), (EMPTY, {"dim": 0})],
    ),
    ("sum", [(INTEGERS, {"dim": 1}), (BYTES, {}), (FLAGS, {"dim": 0}), (SPECIAL, {"dim": 1})]),
    (
        "sum",
        [(X, {"dim": 1, "dtype": "float64"}), (INTEGERS, {"dtype": "float32"}), (X, {"dim": ()})],
    ),
    (
        "mean",
        [
            *EVERYWHERE,
            (HALF, {}),
            (SCALAR, {}),
            (EMPTY, {}),
            (EMPTY, {"dim": 0}),
            (EMPTY, {"dim": 1}),
        ],
    ),
    ("mean", [(INTEGERS, {"dtype": "float32"}), (SPECIAL, {"dim": 1})]),
    ("var", [*EVERYWHERE, (X, {"correction": 0, "dim": 1}), (X, {"unbiased": False, "dim": 1})]),
    ("var", [(SCALAR, {}), (X[:, :1], {"dim": 1}), (SPECIAL, {"dim": 1})]),
    ("var", [(1e4 + X, {"dim": 1}), (EMPTY, {"dim": 0})]),
    (
        "std",
        [*EVERYWHERE, (X, {"correction": 0, "dim": (0, 2)}), (X, {"unbiased": False, "dim": 1})],
    ),
    ("std", [(SCALAR, {}), (X[:, :1], {"dim": 1}), (TIED, {"dim": 1})]),
    (
        "prod",
        [*FLAT, *ONE_DIM, (ZEROS, {"dim": 0}), (ZEROS, {"dim": 1}), (ZEROS, {}), (INTEGERS, {})],
    ),
    ("prod", [(FLAGS, {"dim": 0}), (EMPTY, {}), (EMPTY, {"dim": 0}), (SCALAR, {"dim": -1})]),
    (
        "max",
        [*FLAT, *ONE_DIM, (TIED, {}), (TIED, {"dim": 0}), (INTEGERS, {}), (INTEGERS, {"dim": 1})],
    ),
    (
        "max",
        [
            (SPECIAL[1:], {}),
            (SPECIAL, {"dim": 1}),
            (SCALAR, {"dim": 0}),
            (FLAGS, {}),
            (EMPTY, {"dim": 1}),
        ],
    ),
    (
        "min",
        [*FLAT, *ONE_DIM, (TIED, {}), (TIED, {"dim": 0}), (INTEGERS, {}), (INTEGERS, {"dim": 1})],
    ),
    ("min", [(SPECIAL[1:], {}), (SPECIAL, {"dim": 1}), (BYTES, {"dim": 0})]),
    (
        "amax",
        [
            *EVERYWHERE,
            (TIED, {}),
            (TIED, {"dim": 1}),
            (INTEGERS, {"dim": (0, 1)}),
            (EMPTY, {"dim": 1}),
        ],
    ),
    (
        "amin",
        [*EVERYWHERE, (TIED, {}), (TIED, {"dim": 1}), (INTEGERS, {"dim": (0, 1)}), (SCALAR, {})],
    ),
    (
        "argmax",
        [
            *FLAT,
            *ONE_DIM,
            (INTEGERS, {}),
            (TIED, {"dim": 1}),
            (SPECIAL, {"dim": 1}),
            (SCALAR, {"dim": 0}),
        ],
    ),
    ("argmax", [(X, {"keepdim": True}), (EMPTY, {"dim": 1})]),
    (
        "argmin",
        [*FLAT, *ONE_DIM, (INTEGERS, {}), (TIED, {"dim": 1}), (SPECIAL, {"dim": 1}), (SCALAR, {})],
    ),
    ("any", [*EVERYWHERE, (FLAGS, {"dim": 1}), (INTEGERS, {}), (EMPTY, {}), (SPECIAL, {"dim": 0})]),
    ("all", [*EVERYWHERE, (FLAGS, {"dim": 1}), (INTEGERS, {}), (EMPTY, {}), (SPECIAL, {"dim": 0})]),
    (
        "cumsum",
        [(X, {"dim": 1}), (STRIDED, {"dim": -1}), (INTEGERS, {"dim": 0}), (FLAGS, {"dim": 1})],
    ),
    (
        "cumsum",
        [(SCALAR, {"dim": 0}), (EMPTY, {"dim": 0}), (BYTES, {"dim": 1, "dtype": "float32"})],
    ),
    (
        "cumprod",
        [(X, {"dim": 1}), (STRIDED, {"dim": -1}), (ZEROS, {"dim": 0}), (ZEROS, {"dim": 1})],
    ),
    ("cumprod", [(INTEGERS, {"dim": 0}), (SCALAR, {"dim": 0}), (EMPTY, {"dim": 0})]),
    (
        "logsumexp",
        [
            (x, {"dim": d, "keepdim": k})
            for x, d in ((X, 1), (STRIDED, (0, 2)))
            for k in (False, True)
        ],
    ),
    (
        "logsumexp",
        [(100 * X, {"dim": -1}), (INTEGERS, {"dim": 0}), (SCALAR, {"dim": 0}), (EMPTY, {"dim": 0})],
    ),
    (
        "norm",
        [
            (x, {"p": p, **s})
            for x in (X, ZEROS)
            for p in (2, 1, 3, 0.5, 0, math.inf, -math.inf)
            for s in ({}, {"dim": 1})
        ],
    ),
    (
        "norm",
        [
            (X, {}),
            (STRIDED, {"dim": (0, 2), "keepdim": True}),
            (np.zeros((2, 3), np.float32), {"dim": 1}),
        ],
    ),
    ("norm", [(TIED, {"p": math.inf, "dim": 1}), (SCALAR, {}), (EMPTY, {})]),
]


@pytest.mark.filterwarnings("ignore:.*degrees of freedom:UserWarning")  # PyTorch's, not ours
@pytest.mark.parity(*CASES)
@pytest.mark.parametrize(
    ("name", "array", "settings"), [(name, *case) for name, cases in CASES for case in cases]
)
def test_the_same_comes_out(agree, name, array, settings):
    theirs = dict(settings)
    if "dtype" in settings:
        theirs["dtype"] = getattr(torch, settings["dtype"])
    agree(
        lambda x: getattr(tt, name)(x, **settings),
        lambda x: getattr(torch, name)(x, **theirs),
        array,
    )


@pytest.mark.parametrize("name", ["max", "min"])
def test_of_two_tensors(agree, name):
    agree(getattr(tt, name), getattr(torch, name), X, STRIDED.transpose(1, 2, 0)[:1])


@pytest.mark.parametrize(
    ("name", "args"),
    [("var", (False,)), ("std", (1, False, True)), ("sum", ((0, 2), True)), ("norm", (1, 0, True))],
)
def test_arguments_by_position(agree, name, args):
    agree(getattr(tt, name), getattr(torch, name), X, *args)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        *(
            (name, (X, 3))
            for name in ("sum", "mean", "var", "max", "amax", "argmax", "all", "cumsum")
        ),
        *((name, (X, -4)) for name in ("prod", "logsumexp", "median", "sort")),
        *((name, (SCALAR, 1)) for name in ("sum", "max", "cumsum", "logsumexp")),
        *((name, (X, (0, 0))) for name in ("sum", "mean", "amax", "logsumexp")),
        *((name, (X, 1.0)) for name in ("sum", "mean", "max", "cumsum")),
        *((name, (EMPTY,)) for name in ("max", "argmax", "amin")),
        *((name, (EMPTY, 0)) for name in ("max", "argmin", "amax", "min")),
        *((name, (INTEGERS,)) for name in ("mean", "var", "std", "norm")),
    ],
)
def test_the_same_is_an_error(name, args):
    for package, wrap in ((tt, tt.tensor), (torch, torch.tensor)):
        with pytest.raises((IndexError, ValueError, TypeError, RuntimeError)):
            getattr(package, name)(wrap(args[0]), *args[1:])


@pytest.mark.parity("std", "norm")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of 0 · inf, in the forward pass
def test_equal_elements_and_counts_are_flat_whatever_the_gradient(agree):
    x = np.zeros((2, 3), np.float32)
    x[1] = 1.0, 2.0, 4.0
    agree(lambda x: tt.std(x, 1) * math.inf, lambda x: torch.std(x, 1) * math.inf, x)
    agree(lambda x: tt.norm(x, 0, 1) * math.inf, lambda x: torch.norm(x, 0, 1) * math.inf, x)


# Not `norm`, of which PyTorch's own error is 1e-5 here.
OF_MANY = [
    *[(name, {"dim": 0}) for name in ("sum", "mean", "var", "std", "logsumexp", "cumsum")],
    *[(name, {}) for name in ("sum", "mean", "var", "std")],
]


@pytest.mark.parity("sum", "mean", "var", "std", "logsumexp", "cumsum")
@pytest.mark.parametrize(("name", "settings"), OF_MANY)
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((60_000, 20), np.float32), ((60_000, 20), np.float16), ((2, 60_000, 7), np.float32)],
    ids=str,
)
def test_of_many(agree, name, settings, shape, dtype):
    x = np.random.default_rng(0).random(shape, np.float32).astype(dtype)
    if len(shape) == 3 and settings:
        settings = {"dim": 1}
    agree(
        lambda x: getattr(tt, name)(x, **settings), lambda x: getattr(torch, name)(x, **settings), x
    )


@pytest.mark.parity("sum", "mean")
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_of_very_many(agree, name):
    ones = np.broadcast_to(np.float32(1), (2**25, 2)).copy()
    agree(getattr(tt, name), getattr(torch, name), ones, dim=0, gradients=False)


HALVES = [
    *[(name, {"dim": 1}) for name in ("var", "std", "norm", "logsumexp", "prod")],
    *[(name, {"dim": 1}) for name in ("cumsum", "cumprod")],
    ("norm", {"p": 3, "dim": 1}),
]


@pytest.mark.parity("var", "std", "norm", "logsumexp", "prod", "cumsum", "cumprod")
@pytest.mark.parametrize(("name", "settings"), HALVES)
def test_half_precision_is_rounded_once(agree, name, settings):
    x = (np.random.default_rng(0).standard_normal((8, 500)) * 10).astype(np.float16)
    agree(
        lambda x: getattr(tt, name)(x, **settings),
        lambda x: getattr(torch, name)(x, **settings),
        x,
        gradients=False,
    )
