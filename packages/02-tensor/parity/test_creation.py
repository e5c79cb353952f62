"""Tensors are made as PyTorch makes them: of the same type, shape and values."""

import copy

import numpy as np
import pytest
import torch

import tinytorch.tensor as tt

DATA = [
    1,
    1.5,
    True,
    [],
    [[], []],
    [1, 2],
    [True, False],
    [True, 2],
    [1, 2.5],
    [[1.0, 2.0], [3.0, 4.0]],
    (1, 2),
    range(4),
    np.float64(2.5),
    np.float32(2.5),
    np.int16(2),
    [np.float64(1), 2.0],
    [np.float32(1), 2.0],
    [np.float16(1), np.float64(1)],
    np.ones((2, 3)),
    np.ones((2, 3), np.uint8)[:, ::2],
    np.ones(2, bool),
    np.zeros((0, 2), np.float32),
]
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


def assert_same(ours, theirs):
    assert isinstance(ours, tt.Tensor)
    assert str(ours.dtype) == str(theirs.dtype).removeprefix("torch.")
    torch.testing.assert_close(
        torch.from_numpy(np.array(ours.data)), theirs.detach(), equal_nan=True
    )
    assert ours.requires_grad == theirs.requires_grad


@pytest.mark.parity("tensor", "Tensor", "as_tensor", "from_numpy", "from_dlpack")
@pytest.mark.parametrize("data", DATA, ids=repr)
def test_of_data(data):
    assert_same(tt.tensor(data), torch.tensor(data))
    assert_same(tt.as_tensor(data), torch.as_tensor(data))
    for name in DTYPES:
        if "float32(" in repr(data) or "float16(" in repr(data):
            continue  # which PyTorch does not convert to integers
        assert_same(
            tt.tensor(data, dtype=getattr(tt, name)), torch.tensor(data, dtype=getattr(torch, name))
        )
    if isinstance(data, np.ndarray):
        assert_same(tt.from_numpy(data), torch.from_numpy(data))
        assert_same(tt.from_dlpack(torch.from_numpy(data)), torch.from_dlpack(data))


@pytest.mark.parity("zeros", "ones", "empty", "full", "rand", "randn", "eye")
@pytest.mark.parametrize("size", [(), (0,), (3,), (2, 3), (2, 0)])
@pytest.mark.parametrize("dtype", [None, "float64", "float16"])
def test_of_a_size(size, dtype):
    ours = {"dtype": getattr(tt, dtype)} if dtype else {}
    theirs = {"dtype": getattr(torch, dtype)} if dtype else {}
    for name in ("zeros", "ones"):
        assert_same(getattr(tt, name)(size, **ours), getattr(torch, name)(size, **theirs))
        if size:
            assert_same(getattr(tt, name)(*size, **ours), getattr(torch, name)(*size, **theirs))
    for name in ("empty", "rand", "randn"):
        x, y = getattr(tt, name)(size, **ours), getattr(torch, name)(size, **theirs)
        assert_same(tt.zeros_like(x), torch.zeros_like(y))  # same shape and type
    for value in (2, 0.5, True):
        assert_same(tt.full(size, value, **ours), torch.full(size, value, **theirs))
    if len(size) in (1, 2):
        assert_same(tt.eye(*size, **ours), torch.eye(*size, **theirs))


@pytest.mark.parity(
    "zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "randint_like"
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_like_another(dtype):
    array = np.ones((2, 3), dtype)
    x, y = tt.from_numpy(array), torch.from_numpy(array)
    for name in ("zeros_like", "ones_like"):
        assert_same(getattr(tt, name)(x), getattr(torch, name)(y))
        assert_same(getattr(tt, name)(x, dtype=int), getattr(torch, name)(y, dtype=int))
    assert_same(tt.full_like(x, 3), torch.full_like(y, 3))
    assert_same(tt.randint_like(x, 2, 3), torch.randint_like(y, 2, 3))
    for name in ("empty_like", "rand_like", "randn_like"):
        ours, theirs = getattr(tt, name)(x), getattr(torch, name)(y)
        assert_same(tt.zeros_like(ours), torch.zeros_like(theirs))


@pytest.mark.parity("arange", "linspace")
@pytest.mark.parametrize("dtype", [None, "float64", "int32"])
def test_ranges(dtype):
    ours = {"dtype": getattr(tt, dtype)} if dtype else {}
    theirs = {"dtype": getattr(torch, dtype)} if dtype else {}
    for arguments in [
        (5,),
        (0,),
        (2, 9, 3),
        (9, 2, -3),
        (0.0, 1.0, 0.1),
        (1, 2, 0.3),
        (2.5,),
        (3, 3),
    ]:
        assert_same(tt.arange(*arguments, **ours), torch.arange(*arguments, **theirs))
    for arguments in [(0, 1, 11), (1.5, -2.5, 7), (3, 3, 1), (0, 5, 0), (0, 10, 11)]:
        assert_same(tt.linspace(*arguments, **ours), torch.linspace(*arguments, **theirs))


@pytest.mark.parity("randint", "randperm", "normal", "bernoulli", "multinomial")
def test_random_numbers_have_the_same_type_shape_and_range():
    for arguments in [(3, (4, 5)), (2, 7, (4,)), (1, ())]:
        ours, theirs = tt.randint(*arguments), torch.randint(*arguments)
        assert_same(tt.zeros_like(ours), torch.zeros_like(theirs))
    assert_same(tt.randperm(9).sort().values, torch.randperm(9).sort().values)
    zeros = np.zeros((2, 3), np.float32)
    assert_same(
        tt.normal(tt.from_numpy(zeros), tt.from_numpy(zeros)),
        torch.normal(torch.from_numpy(zeros), torch.from_numpy(zeros)),
    )
    assert_same(tt.normal(2.0, 0.0, (2,)), torch.normal(2.0, 0.0, (2,)))
    for p in (zeros, zeros + 1, np.float64([0, 1])):
        assert_same(tt.bernoulli(tt.from_numpy(p)), torch.bernoulli(torch.from_numpy(p)))
    for weights in (np.float32([0, 2, 0]), np.float64([[0, 1], [3, 0]])):
        for count, replacement in ((1, False), (4, True)):
            assert_same(
                tt.multinomial(tt.from_numpy(weights), count, replacement),
                torch.multinomial(torch.from_numpy(weights), count, replacement),
            )


@pytest.mark.parity("clone")
@pytest.mark.parametrize(
    "array", [np.ones((2, 3), np.float32), np.ones((2, 3), np.float32).T, np.float32(1)]
)
def test_clone(agree, array):
    agree(tt.clone, torch.clone, np.asarray(array))
    if array.ndim:
        ours, theirs = tt.from_numpy(array).clone(), torch.from_numpy(array).clone()
        assert ours.stride() == theirs.stride()
        assert ours.contiguous().stride() == theirs.contiguous().stride()


def test_deepcopies_keep_what_pytorchs_keep():
    for library in (tt, torch):
        x = library.tensor([1.0], requires_grad=True)
        y = copy.deepcopy(x)
        assert y.requires_grad
        assert y.is_leaf
        with pytest.raises(RuntimeError):
            copy.deepcopy(x * 2)


@pytest.mark.parity("zeros", "ones", "empty", "rand", "randn", "arange", "randint")
def test_arguments_by_name():
    for name in ("zeros", "ones"):
        assert_same(getattr(tt, name)(size=(2, 3)), getattr(torch, name)(size=(2, 3)))
    for name in ("empty", "rand", "randn"):
        ours, theirs = (getattr(m, name)(size=(2, 3)) for m in (tt, torch))
        assert ours.shape == tuple(theirs.shape)
    assert_same(tt.arange(end=3), torch.arange(end=3))
    assert_same(tt.arange(start=1, end=3), torch.arange(start=1, end=3))
    assert_same(tt.randint(high=1, size=(2,)), torch.randint(high=1, size=(2,)))


@pytest.mark.parity("zeros", "tensor")
@pytest.mark.parametrize("kind", [bool, int, float])
def test_pythons_types_as_dtype(kind):
    assert_same(tt.zeros(2, dtype=kind), torch.zeros(2, dtype=kind))
    assert_same(tt.tensor([1], dtype=kind), torch.tensor([1], dtype=kind))
    assert_same(tt.tensor([1]).to(kind), torch.tensor([1]).to(kind))


@pytest.mark.parity("tensor", "full", "randint", "randperm")
@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.tensor([300.5], dtype=m.uint8),
        lambda m: m.tensor([float("nan")], dtype=m.int64),
        lambda m: m.full((), float("inf"), dtype=m.int64),
        lambda m: m.full((), 300.0, dtype=m.uint8),
        lambda m: m.randint(0, 300, (2,), dtype=m.uint8),
        lambda m: m.randperm(300, dtype=m.uint8),
        lambda m: m.ones(2, dtype=m.uint8).fill_(300),
    ],
)
def test_what_does_not_fit_is_refused_by_both(call):
    with pytest.raises(ValueError, match=r"fit|hold"):
        call(tt)
    with pytest.raises((ValueError, RuntimeError)):
        call(torch)
