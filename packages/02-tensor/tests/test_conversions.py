"""Other types, Python, NumPy, pickles, and what a tensor says about itself."""

import copy
import pickle

import numpy as np
import pytest

import tinytorch.tensor as tt

DTYPES = [
    tt.bool,
    tt.uint8,
    tt.int8,
    tt.int16,
    tt.int32,
    tt.int64,
    tt.float16,
    tt.float32,
    tt.float64,
]


class Node:
    """What a recorder would leave in a result."""

    name = "mul"


def recorded(array):
    return tt.Tensor.from_array(np.asarray(array, np.float32), Node())


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_every_type_becomes_every_other(source, target):
    x = tt.tensor([0, 1], dtype=source)
    y = x.to(target)
    assert y.dtype is target
    assert y.tolist() == [0, 1]
    assert (y is x) is (source is target)
    assert x.to(target, copy=True) is not x


def test_conversions_by_name():
    x = tt.tensor([0.0, 1.7])
    for name, dtype in {
        "half": tt.float16,
        "float": tt.float32,
        "double": tt.float64,
        "int": tt.int32,
        "long": tt.int64,
        "bool": tt.bool,
    }.items():
        assert getattr(x, name)().dtype is dtype
    assert x.long().tolist() == [0, 1]
    assert x.bool().tolist() == [False, True]
    assert x.type_as(tt.tensor(1)).dtype is tt.int64


def test_to_takes_a_type_a_device_a_tensor():
    x = tt.tensor([1.0])
    assert x.to("cpu") is x.to(device="cpu") is x.cpu() is x.to(tt.float32) is x
    assert x.to("cpu", tt.float64).dtype is tt.float64
    assert x.to("float64").dtype is tt.float64
    assert x.to(dtype=int).dtype is tt.int64
    assert x.to(tt.tensor([1])).dtype is tt.int64
    for device in ("cuda", "cuda:0", "mps"):
        with pytest.raises(ValueError, match=f"to: device is '{device}', expected 'cpu'"):
            x.to(device)
    with pytest.raises(ValueError, match="device is 'cuda', expected 'cpu'"):
        x.cuda()
    with pytest.raises(TypeError, match="'nonsense' is not a type"):
        x.to("nonsense")
    with pytest.raises(TypeError):
        x.to(tt.float32, non_blocking=True)
    assert x.device == "cpu"


def test_conversions_warn_of_nothing():
    x = tt.tensor([float("nan"), float("inf"), 1e30])
    x.long(), x.half(), x.bool(), x.to(tt.uint8)
    assert x.half().tolist()[1:] == [float("inf"), float("inf")]


def test_clone_and_contiguous():
    x = tt.arange(6).reshape(2, 3).T
    y = x.clone()
    assert tt.equal(x, y)
    assert not np.shares_memory(x.data, y.data)
    assert y.stride() == x.stride()
    assert not x.is_contiguous()
    z = x.contiguous()
    assert z.is_contiguous()
    assert tt.equal(x, z)
    assert z.contiguous() is z
    assert tt.zeros(1).expand(3).clone().stride() == (1,)
    assert isinstance(tt.clone(np.ones(2)), np.ndarray)


def test_what_a_tensor_says_about_itself():
    x = tt.zeros(2, 3, dtype=tt.float64)
    assert x.size() == x.shape == (2, 3)
    assert x.size(0) == x.size(-2) == 2
    assert x.dim() == x.ndim == 2
    assert x.numel() == x.nelement() == 6
    assert x.element_size() == x.itemsize == 8
    assert x.nbytes == 48
    assert x.stride() == (3, 1)
    assert x.stride(-1) == 1
    assert x.is_floating_point()
    assert not tt.tensor([1]).is_floating_point()
    assert x.is_contiguous()
    for method in (x.size, x.stride):
        with pytest.raises(
            IndexError, match=f"{method.__name__}: dim is 2, the tensor has 2 dimensions"
        ):
            method(2)


def test_to_python():
    assert tt.tensor([[2.5]]).item() == 2.5
    assert type(tt.tensor(True).item()) is bool
    assert type(tt.tensor(1).item()) is int
    assert type(tt.tensor(1.0).item()) is float
    assert tt.tensor([[1], [2]]).tolist() == [[1], [2]]
    assert tt.tensor(3).tolist() == 3
    assert float(tt.tensor(2)) == 2.0
    assert int(tt.tensor(2.7)) == 2
    assert bool(tt.tensor([1]))
    assert not tt.tensor(0.0)
    assert range(5)[tt.tensor(2)] == 2
    for convert in (float, int, tt.Tensor.item):
        with pytest.raises(RuntimeError, match="item: the tensor has 2 elements, expected one"):
            convert(tt.zeros(2))
    with pytest.raises(TypeError, match="index: expected a single integer, got float32"):
        range(5)[tt.tensor(2.0)]
    assert 2 in tt.tensor([1, 2])
    assert tt.tensor(3) not in tt.tensor([1, 2])


def test_to_numpy():
    x = tt.tensor([1.0, 2.0])
    assert x.numpy() is x.data
    assert np.asarray(x) is x.data
    assert np.array(x) is not x.data
    assert np.asarray(x, dtype=np.int64).tolist() == [1, 2]
    assert np.from_dlpack(x).tolist() == [1, 2]
    assert x.__dlpack_device__()[0] == 1


def test_numpy_is_kept_from_losing_gradients():
    x = tt.tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"numpy: .* use tensor\.detach\(\)\.numpy\(\)"):
        x.numpy()
    with pytest.raises(RuntimeError, match="__array__: the tensor requires a gradient"):
        np.asarray(x)
    with pytest.raises(RuntimeError, match="__dlpack__: the tensor requires a gradient"):
        np.from_dlpack(x)
    with pytest.raises(
        TypeError, match=r"numpy\.where: got a Tensor, .* use tinytorch\.tensor\.where"
    ):
        np.where(True, x, x)
    with pytest.raises(
        TypeError, match=r"numpy\.fliplr: got a Tensor, .* a function of tinytorch\.tensor"
    ):
        np.fliplr(x)
    with pytest.raises(TypeError, match=r"numpy\.exp: got a Tensor, .* tinytorch\.tensor\.exp"):
        np.exp(x)
    for refused in (
        lambda: np.add.reduce(x),
        lambda: np.add(x, 1.0, dtype=float),
        lambda: np.add(np.ones(1), x, out=np.ones(1)),
        lambda: np.add(x, x, out=x),
    ):
        with pytest.raises(TypeError, match=r"numpy\.add: got a Tensor"):
            refused()
    assert x.detach().numpy() is x.data


def test_pickle_and_deepcopy_keep_data_and_requires_grad():
    for x in (
        tt.tensor([1.5, 2.5], requires_grad=True),
        tt.tensor([[1, 2]], dtype=tt.int16),
        tt.tensor(True),
        tt.arange(6).reshape(2, 3).T,
    ):
        for y in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x), copy.copy(x)):
            assert tt.equal(x, y)
            assert y.dtype is x.dtype
            assert y.requires_grad is x.requires_grad
            assert y.is_leaf
        assert not np.shares_memory(copy.deepcopy(x).data, x.data)


def test_deepcopy_keeps_the_gradient_and_what_is_shared():
    x = tt.tensor([1.0, 2.0], requires_grad=True)
    x.grad = tt.ones(2)
    y, z = copy.deepcopy([x, x])
    assert y is z
    assert y.requires_grad
    assert y.grad.tolist() == [1.0, 1.0]
    assert not np.shares_memory(y.grad.data, x.grad.data)
    assert pickle.loads(pickle.dumps(x)).grad is None
    del x.grad
    assert x.grad is None
    assert copy.deepcopy(x).grad is None


def test_a_recorded_result_is_not_pickled():
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(
            RuntimeError, match=r"result of a recorded operation; use tensor\.detach\(\)"
        ):
            attempt(recorded([1]))


def test_data_can_be_exchanged():
    x = tt.tensor([1.0], requires_grad=True)
    x.data = np.ones((2, 2))
    assert x.shape == x.node.shape == (2, 2)
    assert x.dtype is x.node.dtype is tt.float64
    with pytest.raises(TypeError, match="data: expected a Tensor or a NumPy array, got list"):
        x.data = [1.0]
    with pytest.raises(TypeError, match="complex128"):
        x.data = np.ones(2, complex)
    pickled = pickle.loads(pickle.dumps(np.ones(2, np.float32)))  # its type is another object
    x.data = pickled
    assert x.dtype is tt.float32
    assert np.shares_memory(x.data, pickled)
    y = tt.tensor([1])
    y.data = np.zeros(3)
    assert y.tolist() == [0, 0, 0]
    z = tt.ones(2, 2)
    x.data = z
    assert x.shape == x.node.shape == (2, 2)
    assert np.shares_memory(x.data, z.data)


def test_an_arrays_operator_in_place_writes_into_the_array():
    x = tt.ones(2, 2, requires_grad=True)
    view = x.detach()
    x.data -= 0.5 * tt.tensor([1.0, 2.0])
    assert view.tolist() == [[0.5, 0.0], [0.5, 0.0]]
    array = np.ones((2, 2))
    with pytest.raises(RuntimeError, match=r"numpy: .* use tensor\.detach\(\)\.numpy\(\)"):
        array *= x
    with pytest.raises(ValueError, match="shape"):
        array += tt.ones(3, 2, 2)
    assert array.tolist() == [[1, 1], [1, 1]]


def test_leaves_and_results():
    x = tt.tensor([1.0])
    assert x.is_leaf
    assert x.grad_fn is None
    assert not x.requires_grad
    x.requires_grad = True
    assert x.is_leaf
    assert x.requires_grad
    assert x.requires_grad_() is x
    assert not x.detach().requires_grad
    assert x.detach().data is x.data
    assert not x.requires_grad_(False).requires_grad
    result = recorded([1])
    assert not result.is_leaf
    assert result.grad_fn is result.node
    with pytest.raises(
        RuntimeError, match=r"requires_grad_: a result of a recorded operation; use detach\(\)"
    ):
        result.requires_grad_(False)
    assert result.detach_() is result
    assert result.is_leaf
    leaf = tt.tensor([1.0], requires_grad=True)
    assert not leaf.detach_().requires_grad  # as in PyTorch


def test_grad_is_a_tensor_of_the_same_kind():
    x = tt.tensor([1.0, 2.0], requires_grad=True)
    assert x.grad is None
    x.grad = tt.ones(2)
    assert x.grad.tolist() == [1, 1]
    x.grad = None
    assert x.grad is None
    with pytest.raises(TypeError, match="grad: expected a Tensor or None, got list"):
        x.grad = [1.0]
    with pytest.raises(
        ValueError, match=r"grad: has shape \(3,\) and type float32, expected \(2,\)"
    ):
        x.grad = tt.ones(3)
    with pytest.raises(ValueError, match="type float64, expected"):
        x.grad = tt.ones(2, dtype=tt.float64)


@pytest.mark.parametrize(
    "call", [lambda x: x.backward(), lambda x: x.register_hook(print), lambda x: x.retain_grad()]
)
def test_without_a_recorder_gradients_are_out_of_reach(call):
    with pytest.raises(
        RuntimeError, match=r"install tinytorch-autograd,\s+then import tinytorch\.autograd"
    ):
        call(tt.tensor(1.0, requires_grad=True))


def test_a_tensor_hashes_by_identity_and_takes_no_new_attributes():
    x, y = tt.tensor(1), tt.tensor(1)
    assert len({x, y}) == 2
    with pytest.raises(AttributeError):
        x.name = "x"
