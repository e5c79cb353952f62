"""What `dim` means, the same for every function that has one."""

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor.dims import all_dims, integer, one_dim, shape_of


def test_dims_count_from_both_ends():
    assert [one_dim("f", d, 3) for d in (0, 2, -1, -3)] == [0, 2, 2, 0]
    assert all_dims("f", (-1, 0), 3) == (2, 0)
    assert all_dims("f", 1, 3) == (1,)
    assert all_dims("f", [np.int64(1)], 3) == (1,)


def test_none_and_no_dims_mean_all():
    assert all_dims("f", None, 3) == all_dims("f", (), 3) == (0, 1, 2)


def test_a_tensor_of_no_dimensions_has_dimension_0():
    assert one_dim("f", 0, 0) == one_dim("f", -1, 0) == 0
    assert all_dims("f", -1, 0) == all_dims("f", None, 0) == ()


@pytest.mark.parametrize(
    ("dim", "ndim", "message"),
    [
        (3, 2, r"sum: dim 3 is out of range for a tensor of 2 dimensions, expected -2 to 1"),
        (-3, 2, r"sum: dim -3 is out of range for a tensor of 2 dimensions, expected -2 to 1"),
        (1, 0, r"sum: dim 1 is out of range for a tensor of 0 dimensions, expected -1 to 0"),
        ((0, 2), 2, r"sum: dim 2 is out of range"),
    ],
)
def test_a_dim_out_of_range(dim, ndim, message):
    with pytest.raises(IndexError, match=message):
        all_dims("sum", dim, ndim)


@pytest.mark.parametrize("dim", [(0, 0), (0, -2)])
def test_a_dim_named_twice(dim):
    with pytest.raises(ValueError, match=r"sum: dim .* names a dimension twice"):
        all_dims("sum", dim, 2)


@pytest.mark.parametrize("dim", [True, 1.0, "1", (0, 1.5), (False,), "01"])
def test_only_integers_are_dims(dim):
    with pytest.raises(TypeError, match=r"sum: dim is .*, expected an integer"):
        all_dims("sum", dim, 2)


def test_an_integer_tensor_is_an_integer():
    assert integer("f", "n", tt.tensor(2)) == 2
    with pytest.raises(TypeError, match="f: n is "):
        integer("f", "n", tt.tensor(2.0))


def test_shapes():
    assert shape_of("f", 3) == (3,)
    assert shape_of("f", [np.int32(2), 3]) == (2, 3)
    with pytest.raises(TypeError, match=r"f: shape is 2.5, expected an integer"):
        shape_of("f", (2.5,))


def test_what_is_no_tensor_is_named():
    with pytest.raises(TypeError, match=r"sum: input is of type list, expected a tensor"):
        tt.sum([1, 2])
