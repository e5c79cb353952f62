"""Changes of shape and rearrangements agree with PyTorch, also in what shares memory."""

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

X = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)
STRIDED = X.transpose(2, 0, 1)
MATRIX = X[0]
VECTOR = X[0, 0]
SCALAR = np.array(1.5, np.float32)
EMPTY = np.zeros((0, 3), np.float32)
INTEGERS = np.arange(12).reshape(3, 4)
ONES = np.ones((1, 3, 1, 2), np.float32)
THREE = [X, STRIDED, INTEGERS]

CASES = [
    ("reshape", [(x, (6, -1)) for x in (X, STRIDED, EMPTY)]),
    (
        "reshape",
        [(SCALAR, (1, 1)), (SCALAR, ()), (INTEGERS, (-1,)), (EMPTY, (3, 0)), (X[:1, :1, :1], ())],
    ),
    ("view", [(X, (6, 4)), (X, (2, -1)), (STRIDED, (2, 2, 2, 3)), (SCALAR, (1,)), (EMPTY, (0, 5))]),
    ("flatten", [(x,) for x in (*THREE, SCALAR, EMPTY)]),
    ("flatten", [(X, 1), (X, 0, 1), (STRIDED, -2, -1), (X, 1, 1)]),
    ("unflatten", [(X, 2, (2, 2)), (X, -1, (-1, 2)), (INTEGERS, 0, (3, 1)), (EMPTY, 0, (0, 4))]),
    (
        "squeeze",
        [(ONES,), (ONES, 0), (ONES, 1), (ONES, (0, -2)), (SCALAR,), (SCALAR, 0), (ONES, ())],
    ),
    ("unsqueeze", [(x, d) for x in THREE for d in (0, 1, -1)]),
    ("unsqueeze", [(SCALAR, 0), (SCALAR, -1), (EMPTY, 1)]),
    ("permute", [(X, (2, 0, 1)), (STRIDED, (-1, 0, 1)), (SCALAR, ()), (EMPTY, (1, 0))]),
    ("transpose", [(X, 0, 2), (STRIDED, -1, -2), (X, 1, 1), (SCALAR, 0, -1)]),
    ("movedim", [(X, 0, -1), (X, (0, 1), (2, 0)), (STRIDED, -1, 0), (X, (), ())]),
    (
        "expand",
        [(ONES, (4, 3, 5, 2)), (ONES, (2, -1, 3, -1, -1)), (SCALAR, (2, 2)), (ONES, (0, 3, 1, 2))],
    ),
    ("broadcast_to", [(ONES, (2, 4, 3, 5, 2)), (SCALAR, ()), (VECTOR, (3, 4)), (EMPTY, (2, 0, 3))]),
    (
        "repeat",
        [
            (X, (2, 1, 3)),
            (STRIDED, (2, 1, 1, 2)),
            (SCALAR, (3,)),
            (X, (0, 1, 1)),
            (INTEGERS, (1, 2)),
        ],
    ),
    (
        "repeat_interleave",
        [(X, 2), (X, 3, 1), (STRIDED, 2, -1), (SCALAR, 2), (X, 0, 0), (INTEGERS, 2, 0)],
    ),
    ("tile", [(X, (2,)), (X, (2, 1, 3)), (STRIDED, (2, 1, 1, 2)), (SCALAR, (2, 2)), (X, ())]),
    (
        "flip",
        [(X, (0,)), (X, (0, -1)), (STRIDED, (1, 2)), (SCALAR, ()), (EMPTY, (0,)), (INTEGERS, (1,))],
    ),
    (
        "roll",
        [
            (X, 1),
            (X, (1, -2), (0, 2)),
            (STRIDED, 5, -1),
            (INTEGERS, (1, 1), (0, 0)),
            (SCALAR, 1),
            (EMPTY, 1, 0),
        ],
    ),
    ("tril", [(x, *d) for x in THREE for d in ((), (1,), (-1,), (9,))]),
    ("triu", [(x, *d) for x in THREE for d in ((), (1,), (-1,), (9,))]),
    (
        "diag",
        [(VECTOR,), (VECTOR, 1), (VECTOR, -2), (MATRIX,), (MATRIX, 1), (INTEGERS, -1), (MATRIX, 9)],
    ),
    ("diagonal", [(X,), (X, 1), (X, -1, 2, 0), (STRIDED, 0, 1, 2), (MATRIX, 4), (INTEGERS, -1)]),
    ("meshgrid", [(VECTOR, MATRIX[:, 0], SCALAR), (VECTOR,), (INTEGERS[0], INTEGERS[:, 1])]),
    (
        "pad",
        [
            (X, (1, 2)),
            (X, (1, 0, 0, 2, 3, 1), "constant", 7.0),
            (STRIDED, (-1, 1)),
            (INTEGERS, (0, 1, 1, 0)),
        ],
    ),
    (
        "pad",
        [(X, (-1, -1)), (X, ()), (X, (0, 0)), (VECTOR, (-2, 3)), (EMPTY, (1, 1)), (X, (-2, -2))],
    ),
]


def theirs(name):
    """A function of PyTorch's, or a method, as a function."""
    if name == "pad":
        return torch.nn.functional.pad
    if name == "meshgrid":
        return lambda *x: torch.meshgrid(*x, indexing="ij")
    return getattr(torch, name, None) or getattr(torch.Tensor, name)


@pytest.mark.parity(*CASES)
@pytest.mark.parametrize(("name", "args"), [(name, args) for name, rows in CASES for args in rows])
def test_the_same_comes_out(agree, name, args):
    agree(getattr(tt, name), theirs(name), *args)


@pytest.mark.parametrize(("name", "args"), [(name, args) for name, rows in CASES for args in rows])
def test_the_same_shares_memory(name, args):
    if args[0].size == 0:
        return
    mine, yours = args[0].copy(order="K"), args[0].copy(order="K")
    result = getattr(tt, name)(tt.from_numpy(mine), *map(_wrapped, args[1:]))
    expected = theirs(name)(
        torch.from_numpy(yours), *[_wrapped(x, torch.from_numpy) for x in args[1:]]
    )
    if isinstance(result, tuple):
        result, expected = result[0], expected[0]
    shared = np.shares_memory(result.data, mine)
    assert shared == np.shares_memory(expected.numpy(), yours)


def _wrapped(x, wrap=tt.from_numpy):
    return wrap(x) if isinstance(x, np.ndarray) else x


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("reshape", (X, (5, -1))),
        ("reshape", (X, (-1, -1))),
        ("reshape", (X, (23,))),
        ("reshape", (EMPTY, (0, -1))),
        ("reshape", (X, (-2, 12))),
        ("view", (STRIDED, (24,))),
        ("flatten", (X, 2, 1)),
        ("flatten", (X, 3)),
        ("unflatten", (X, 2, (3, 2))),
        ("unflatten", (X, 2, (-1, -1))),
        ("squeeze", (X, 3)),
        ("squeeze", (X, (1, 1))),
        ("unsqueeze", (X, 4)),
        ("unsqueeze", (X, 0.0)),
        ("permute", (X, (0, 1))),
        ("permute", (X, (0, 1, 1))),
        ("transpose", (X, 0, 3)),
        ("movedim", (X, (0, 1), 0)),
        ("movedim", (X, (0, 0), (1, 2))),
        ("expand", (X, (2, 3))),
        ("expand", (X, (4, 3, 4))),
        ("expand", (X, (-1, 2, 3, 4))),
        ("broadcast_to", (X, (3, 3, 4))),
        ("repeat", (X, (2, 2))),
        ("repeat", (X, (1, 1, -1))),
        ("repeat_interleave", (X, -1)),
        ("repeat_interleave", (X, 2, 3)),
        ("flip", (X, (0, 0))),
        ("roll", (X, (1, 2), (0,))),
        ("roll", (X, (1, 2))),
        ("roll", (X, 1, 3)),
        ("tril", (VECTOR,)),
        ("diag", (X,)),
        ("diagonal", (X, 0, 1, 1)),
        ("pad", (X, (1,))),
        ("pad", (X, (1,) * 8)),
        ("pad", (X, (-3, -3))),
        ("pad", (VECTOR, (-5, 3))),
        ("pad", (X, (1, 1), "sideways")),
        ("meshgrid", (X,)),
    ],
)
def test_the_same_is_an_error(name, args):
    for function, wrap in ((getattr(tt, name), tt.from_numpy), (theirs(name), torch.from_numpy)):
        with pytest.raises((IndexError, ValueError, TypeError, RuntimeError, NotImplementedError)):
            function(wrap(args[0]), *args[1:])
