"""A tour of the package: what a person does with Tensors on the first day."""

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.setup import manual_seed


def test_a_tensor_is_made_of_numbers():
    x = tt.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert x.shape == (2, 3)
    assert x.dtype == tt.float32  # as in PyTorch, not NumPy's float64
    assert tt.tensor([1, 2]).dtype == tt.int64
    assert repr(x) == "tensor([[1., 2., 3.],\n        [4., 5., 6.]])"


def test_or_of_nothing_but_a_size():
    assert tt.zeros(2, 3).shape == tt.ones((2, 3)).shape == tt.randn(2, 3).shape == (2, 3)
    assert tt.arange(4).tolist() == [0, 1, 2, 3]
    assert tt.full((2,), 0.5).tolist() == [0.5, 0.5]


def test_operators_work_element_by_element_and_broadcast():
    x = tt.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert (2 * x + 1).tolist() == [[3, 5], [7, 9]]
    assert (x - tt.tensor([1.0, 2.0])).tolist() == [[0, 0], [2, 2]]
    assert (x > 2).tolist() == [[False, False], [True, True]]


def test_at_is_the_matrix_product():
    x = tt.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert (x @ x.T).tolist() == [[5, 11], [11, 25]]
    assert (x @ tt.tensor([1.0, 1.0])).tolist() == [3, 7]


def test_functions_are_methods_too():
    x = tt.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.sum().item() == tt.sum(x).item() == 10
    assert x.mean(dim=0).tolist() == [2, 3]
    assert x.reshape(4).tolist() == [1, 2, 3, 4]
    values, indices = x.max(dim=1)
    assert values.tolist() == [2, 4]
    assert indices.tolist() == [1, 1]


def test_parts_are_read_and_written_by_index():
    x = tt.arange(6).reshape(2, 3)
    assert x[1].tolist() == [3, 4, 5]
    assert x[:, -1].tolist() == [2, 5]
    assert x[x > 2].tolist() == [3, 4, 5]
    assert x[:, tt.tensor([2, 0])].tolist() == [[2, 0], [5, 3]]
    x[0] = 9
    assert x.tolist() == [[9, 9, 9], [3, 4, 5]]


def test_a_basic_index_is_a_view():
    x = tt.zeros(2, 2)
    row = x[0]
    row += 1
    assert x.tolist() == [[1, 1], [0, 0]]


def test_types_mix_as_in_pytorch():
    ints, floats = tt.tensor([1, 2]), tt.tensor([0.5, 0.5])
    assert (ints + floats).dtype == tt.float32
    assert (ints / 2).dtype == tt.float32
    assert (ints + 1).dtype == tt.int64
    assert ints.double().dtype == tt.float64


def test_arrays_go_in_and_out():
    array = np.array([1.0, 2.0], dtype=np.float32)
    x = tt.from_numpy(array)  # the same memory
    x *= 2
    assert array.tolist() == [2, 4]
    assert isinstance(tt.exp(array), np.ndarray)  # functions take arrays, and give arrays back
    assert x.numpy() is array


def test_random_numbers_repeat():
    manual_seed(0)
    first = tt.rand(3)
    manual_seed(0)
    assert tt.equal(first, tt.rand(3))


def test_errors_say_what_to_do():
    with pytest.raises(IndexError, match="index 5 is out of range for dimension 0 of length 3"):
        tt.zeros(3)[5]
    with pytest.raises(RuntimeError, match=r"use \.any\(\) or \.all\(\)"):
        bool(tt.zeros(3))
    with pytest.raises(RuntimeError, match="install tinytorch-autograd"):
        tt.ones(1).backward()
