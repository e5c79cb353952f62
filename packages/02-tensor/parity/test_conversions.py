"""Types convert, and in-place methods compute, as in PyTorch."""

import itertools

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
VALUES = np.array([[0.0, 1.7, 100.0], [3.5, 0.2, 7.0]])


@pytest.mark.parametrize(("source", "target"), list(itertools.product(NAMES, NAMES)))
def test_to(agree, source, target):
    array = VALUES.astype(source)
    agree(lambda x: x.to(getattr(tt, target)), lambda x: x.to(getattr(torch, target)), array)


@pytest.mark.parametrize("name", ["half", "float", "double", "int", "long", "bool"])
def test_by_name(agree, name):
    agree(lambda x: getattr(x, name)(), lambda x: getattr(x, name)(), VALUES)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("add_", (2.5,)),
        ("sub_", (1,)),
        ("mul_", (-2.0,)),
        ("div_", (3,)),
        ("pow_", (2,)),
        ("remainder_", (3,)),
        ("clamp_", (1.0, 4.0)),
        ("fill_", (3,)),
        *(
            (f"{n}_", ())
            for n in ["neg", "abs", "square", "floor", "ceil", "trunc", "round", "exp"]
        ),
        *(
            (f"{n}_", ())
            for n in ["log", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tanh", "zero"]
        ),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_in_place(name, arguments, dtype):
    ours, theirs = tt.tensor(VALUES.astype(dtype)), torch.tensor(VALUES.astype(dtype))
    try:
        getattr(theirs, name)(*arguments)
    except RuntimeError:
        with pytest.raises(TypeError, match="cannot hold"):
            getattr(ours, name)(*arguments)
    else:
        getattr(ours, name)(*arguments)
        torch.testing.assert_close(torch.from_numpy(ours.numpy()), theirs)


def test_in_place_with_tensors():
    other, mask = np.float64([1, 2, 3]), np.array([True, False, True])
    for write in (
        lambda x, wrap: x.add_(wrap(other), alpha=2),
        lambda x, wrap: x.sub_(wrap(other), alpha=2),
        lambda x, wrap: x.lerp_(wrap(np.broadcast_to(other, (2, 3)).copy()), 0.25),
        lambda x, wrap: x.copy_(wrap(other)),
        lambda x, wrap: x.masked_fill_(wrap(mask), 5.0),
        lambda x, wrap: x.scatter_(1, wrap(np.array([[1, 0], [2, 1]])), 7.0),
        lambda x, wrap: x.scatter_add_(1, wrap(np.array([[1, 1], [2, 1]])), wrap(np.ones((2, 2)))),
    ):
        ours = write(tt.tensor(VALUES), lambda a: tt.from_numpy(a))
        theirs = write(torch.tensor(VALUES), lambda a: torch.from_numpy(a))
        torch.testing.assert_close(torch.from_numpy(ours.numpy()), theirs)


def test_what_a_tensor_says_about_itself():
    array = np.zeros((2, 3, 4), np.float64).transpose(2, 0, 1)
    x, y = tt.from_numpy(array), torch.from_numpy(array)
    for name in (
        "dim",
        "numel",
        "nelement",
        "element_size",
        "is_floating_point",
        "stride",
        "is_contiguous",
    ):
        assert getattr(x, name)() == getattr(y, name)()
    assert x.size() == tuple(y.size())
    assert (x.size(1), x.stride(-1)) == (y.size(1), y.stride(-1))
    assert (x.itemsize, x.nbytes, x.ndim) == (y.itemsize, y.nbytes, y.ndim)
