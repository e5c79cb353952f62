"""Types convert, and in-place methods compute, as in PyTorch."""

import copy
import itertools
import pickle

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
    agree(lambda x: x.type(getattr(tt, target)), lambda x: x.type(getattr(torch, target)), array)


@pytest.mark.parametrize("name", ["half", "float", "double", "short", "int", "long", "bool"])
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


def test_copies_and_gradients():
    for module in (tt, torch):
        x = module.ones(2).requires_grad_()
        x.grad = module.zeros(2)
        assert copy.deepcopy(x).grad.tolist() == [0.0, 0.0]
        assert pickle.loads(pickle.dumps(x)).grad is None
        del x.grad
        assert x.grad is None


@pytest.mark.parity("numel")
def test_the_number_of_elements():
    for m in (tt, torch):
        assert m.numel(m.zeros(2, 3)) == 6
        assert m.numel(m.tensor(1.0)) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.reshape(shape=(3, 2)),
        lambda x: x.view(size=(3, 2)),
        lambda x: x.permute(dims=(1, 0)),
        lambda x: x.flip(dims=(0,)),
        lambda x: x.expand(size=(2, 2, 3)),
        lambda x: x.repeat(repeats=(2, 1)),
        lambda x: x.tile(dims=(2, 1)),
        lambda x: x.split(split_size=1),
        lambda x: x.max(other=x),
        lambda x: x.sum_to_size(size=(1, 3)),
        lambda x: x.to(float),
        lambda x: x.to(None),
    ],
)
def test_arguments_by_name(agree, call):
    agree(call, call, VALUES)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.ones(2).flip(),
        lambda m: m.ones(2).to(m.float32, m.int64, m.bool),
        lambda m: m.ones(2).requires_grad_("a"),
        lambda m: m.ones(2).sum(no_such_argument=0),
        lambda m: m.ones(2).type_as(3),
        lambda m: m.ones(2)[0.5:1],
    ],
)
def test_both_refuse(call):
    for m in (tt, torch):
        with pytest.raises(TypeError):
            call(m)


@pytest.mark.parametrize(
    "name", ["__ipow__", "__ifloordiv__", "__imod__", "__iand__", "__ior__", "__ixor__"]
)
def test_augmented_assignment(name):
    ours, theirs = tt.tensor([3, 4, 6]), torch.tensor([3, 4, 6])
    assert getattr(ours, name)(2) is ours
    assert ours.tolist() == getattr(theirs, name)(2).tolist()
