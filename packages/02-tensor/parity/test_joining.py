"""Joining and taking apart agree with PyTorch, gradients of unused parts included."""

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

X = np.random.default_rng(0).standard_normal((2, 5, 3)).astype(np.float32)
STRIDED = X.transpose(0, 2, 1)
DOUBLE = X.astype(np.float64)
SCALAR = np.array(1.5, np.float32)
INTEGERS = np.arange(12).reshape(3, 4)
NONE = np.zeros(0, np.float32)
EMPTY = np.zeros((2, 0, 3), np.float32)

CASES = [
    (
        "cat",
        [
            ([X, X[:1]],),
            ([X, X[:, :1], EMPTY], 1),
            ([STRIDED, STRIDED], -1),
            ([X],),
            ([NONE, X, NONE], 2),
        ],
    ),
    (
        "cat",
        [([X, DOUBLE], 1), ([INTEGERS, INTEGERS.astype(np.int32)],), ([INTEGERS, INTEGERS > 3], 1)],
    ),
    ("cat", [([INTEGERS, INTEGERS.astype(np.float32)],), ([NONE, NONE],), ([X, X, X], 0)]),
    ("stack", [([X, X], d) for d in (0, 1, 3, -1)]),
    ("stack", [([SCALAR, SCALAR],), ([X, DOUBLE], 1), ([STRIDED, STRIDED.copy()], -2), ([EMPTY],)]),
    (
        "split",
        [
            (X, 2, 1),
            (X, 5, 1),
            (X, 9, 1),
            (X, (1, 0, 4), 1),
            (STRIDED, 2, -1),
            (X, 1),
            (EMPTY, 2, 1),
            (EMPTY, 0, 1),
        ],
    ),
    (
        "chunk",
        [
            (X, 2, 1),
            (X, 3, 1),
            (X, 4, 1),
            (X, 9, 1),
            (STRIDED, 2, -1),
            (X, 1),
            (EMPTY, 3, 1),
            (INTEGERS, 2),
        ],
    ),
    ("unbind", [(X,), (X, 1), (STRIDED, -1), (INTEGERS,), (EMPTY, 0)]),
]


@pytest.mark.parity(*CASES)
@pytest.mark.parametrize(("name", "args"), [(name, args) for name, rows in CASES for args in rows])
def test_the_same_comes_out(agree, name, args):
    agree(getattr(tt, name), getattr(torch, name), *args)


@pytest.mark.parametrize("name", ["split", "chunk", "unbind"])
def test_parts_that_are_not_used_have_no_gradient(agree, name):
    args = {"split": (2, 1), "chunk": (3, 1), "unbind": (1,)}[name]
    for i in range(3):
        agree(
            lambda x, i=i: getattr(tt, name)(x, *args)[i] * 2.0,
            lambda x, i=i: getattr(torch, name)(x, *args)[i] * 2.0,
            X,
        )


@pytest.mark.parametrize("name", ["split", "chunk", "unbind"])
def test_parts_share_memory(name):
    args = {"split": (2, 1), "chunk": (3, 1), "unbind": (1,)}[name]
    array = X.copy()
    for package, wrap in ((tt, tt.from_numpy), (torch, torch.from_numpy)):
        for part in getattr(package, name)(wrap(array), *args):
            assert np.shares_memory(array, part.numpy())


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("cat", ([],)),
        ("cat", ([SCALAR, SCALAR],)),
        ("cat", ([X, X[0]],)),
        ("cat", ([X, X[:, :2]],)),
        ("cat", ([X, X], 3)),
        ("stack", ([],)),
        ("stack", ([X, X[:1]],)),
        ("stack", ([X, X], 4)),
        ("split", (X, -1, 1)),
        ("split", (X, 0, 1)),
        ("split", (X, (2, 2), 1)),
        ("split", (X, (6, -1), 1)),
        ("split", (X, 2, 3)),
        ("chunk", (X, 0)),
        ("chunk", (SCALAR, 1)),
        ("unbind", (SCALAR,)),
        ("unbind", (X, 3)),
    ],
)
def test_the_same_is_an_error(name, args):
    for package, wrap in ((tt, tt.from_numpy), (torch, torch.from_numpy)):
        given = [wrap(x) for x in args[0]] if isinstance(args[0], list) else wrap(args[0])
        with pytest.raises((IndexError, ValueError, TypeError, RuntimeError)):
            getattr(package, name)(given, *args[1:])
