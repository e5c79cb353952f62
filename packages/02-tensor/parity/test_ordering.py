"""Order agrees with PyTorch; indices are compared where no elements are equal."""

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

rng = np.random.default_rng(0)
X = rng.standard_normal((3, 4, 5)).astype(np.float32)
STRIDED = X.transpose(2, 0, 1)
DOUBLE = X.astype(np.float64)
SCALAR = np.array(1.5, np.float32)
INTEGERS = rng.permutation(12).reshape(3, 4)
BYTES = INTEGERS.astype(np.uint8)
SPECIAL = np.float32([[1, np.nan, 2, 0], [np.inf, 0, -np.inf, 3]])
TIED = np.float32([[1, 2, 2, 1], [0, 0, 0, 3]])
EMPTY = np.zeros((0, 3), np.float32)

CASES = [
    ("sort", [(x, d, r) for x in (X, STRIDED, DOUBLE) for d in (0, -1) for r in (False, True)]),
    (
        "sort",
        [
            (SPECIAL,),
            (SPECIAL, 1, True),
            (SCALAR,),
            (EMPTY, 0),
            (EMPTY,),
            (INTEGERS, 0),
            (BYTES, 1, True),
        ],
    ),
    ("sort", [(INTEGERS % 2 == 0, 0, False)]),
    ("argsort", [(x, d, r) for x in (X, STRIDED) for d in (0, -1) for r in (False, True)]),
    ("argsort", [(SPECIAL,), (SCALAR,), (EMPTY, 0), (INTEGERS, 0, True)]),
    (
        "topk",
        [
            (x, k, d, g)
            for x in (X, STRIDED)
            for k in (0, 1, 3)
            for d in (0, -1)
            for g in (True, False)
        ],
    ),
    ("topk", [(SPECIAL, 2), (SPECIAL, 2, 1, False), (SPECIAL, 4), (SCALAR, 1), (INTEGERS, 2, 0)]),
    ("median", [(x, *d) for x in (X, STRIDED) for d in ((), (0,), (1, True), (-1,))]),
    (
        "median",
        [
            (SCALAR,),
            (SCALAR, 0),
            (TIED,),
            (INTEGERS,),
            (INTEGERS, 1),
            (SPECIAL,),
            (SPECIAL, 1),
            (X[:, :1], 1),
        ],
    ),
    ("unique", [(x,) for x in (TIED, TIED.T, INTEGERS % 3, INTEGERS > 5, SCALAR, EMPTY, BYTES)]),
    (
        "unique",
        [
            (x, True, i, c)
            for x in (TIED, INTEGERS % 3, SCALAR)
            for i in (False, True)
            for c in (False, True)
        ],
    ),
    ("unique", [(INTEGERS % 2, True, True, True, d) for d in (0, 1, -1)]),
    ("unique", [(SPECIAL[:, :1],), (np.float32([np.nan, 1, np.nan]),)]),
    (
        "bincount",
        [
            (np.array([0, 2, 2]),),
            (np.array([1, 1]), None, 5),
            (np.zeros(0, np.int64),),
            (BYTES[0],),
        ],
    ),
    ("bincount", [(np.array([0, 2, 2]), w) for w in (DOUBLE[0, 0, :3], np.array([1, 2, 3]))]),
]


@pytest.mark.parity(*CASES)
@pytest.mark.parametrize(("name", "args"), [(name, args) for name, rows in CASES for args in rows])
def test_the_same_comes_out(agree, name, args):
    agree(
        getattr(tt, name), getattr(torch, name), *args, gradients=name not in ("unique", "bincount")
    )


def test_equal_elements_keep_their_order_as_in_a_stable_sort(agree):
    for descending in (False, True):
        agree(
            lambda x, d=descending: tt.sort(x, stable=True, descending=d),
            lambda x, d=descending: torch.sort(x, stable=True, descending=d),
            TIED,
        )


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("sort", (X, 3)),
        ("topk", (X, 6)),
        ("topk", (X, -1)),
        ("topk", (SCALAR, 2)),
        ("median", (EMPTY, 0)),
        ("bincount", (np.array([-1]),)),
        ("bincount", (np.array([1.5]),)),
        ("bincount", (INTEGERS,)),
        ("bincount", (np.array([1]), None, -1)),
        ("unique", (INTEGERS, True, False, False, 2)),
    ],
)
def test_the_same_is_an_error(name, args):
    for package, wrap in ((tt, tt.tensor), (torch, torch.tensor)):
        with pytest.raises((IndexError, ValueError, TypeError, RuntimeError)):
            getattr(package, name)(wrap(args[0]), *args[1:])
