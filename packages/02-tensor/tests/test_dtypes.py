"""The rules of result types, over all combinations of types and kinds of operands."""

import itertools

import numpy as np
import pytest

import tinytorch.tensor as tt
from tinytorch.tensor import dtypes

ALL = [tt.bool, tt.uint8, tt.int8, tt.int16, tt.int32, tt.int64, tt.float16, tt.float32, tt.float64]
PAIRS = list(itertools.product(ALL, ALL))
CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2}


def category(dtype):
    return CATEGORY[dtype.kind]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        (bool, tt.bool),
        (int, tt.int64),
        (float, tt.float64),
        ("float64", tt.float64),
        ("<f4", tt.float32),
        (np.float64, tt.float64),
        (np.dtype("i4"), tt.int32),
        (tt.half, tt.float16),
        (tt.double, tt.float64),
        (tt.float, tt.float32),
        (tt.short, tt.int16),
        (tt.int, tt.int32),
        (tt.long, tt.int64),
    ],
)
def test_a_type_has_several_names_and_one_object(name, dtype):
    assert dtypes.as_dtype(name) is dtype


@pytest.mark.parametrize(
    "name", [complex, "complex64", "uint16", object, str, "nonsense", ">f4", None, 7, "S3"]
)
def test_other_types_are_refused(name):
    with pytest.raises(
        TypeError, match="is not a type that tensors have; choose one of bool, uint8"
    ):
        dtypes.as_dtype(name)


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_promotion_is_a_join_within_a_category_and_the_higher_one_wins(a, b):
    both = tt.promote_types(a, b)
    assert both is tt.promote_types(b, a)
    assert category(both) == max(category(a), category(b))
    assert tt.promote_types(a, a) is a
    assert tt.promote_types(both, a) is both
    if category(a) > category(b):
        assert both is a


def test_promotion_groups_as_it_likes_within_a_category():
    for family in (
        [tt.uint8, tt.int8, tt.int16, tt.int32, tt.int64],
        [tt.float16, tt.float32, tt.float64],
    ):
        for a, b, c in itertools.product(family, repeat=3):
            first = tt.promote_types(tt.promote_types(a, b), c)
            assert first is tt.promote_types(a, tt.promote_types(b, c))


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_without_dimensions_a_tensor_counts_only_by_its_category(a, b):
    found = dtypes.promote([np.ones(2, a), np.ones((), b)])
    assert found is (b if category(b) > category(a) else a)
    assert dtypes.promote([np.ones((), a), np.ones((), b)]) is tt.promote_types(a, b)


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize(("number", "default"), [(True, tt.bool), (1, tt.int64), (1.0, tt.float32)])
def test_a_python_number_counts_only_by_its_category(dtype, number, default):
    for shape in ((2,), ()):
        found = dtypes.promote([np.ones(shape, dtype), number])
        assert found is (default if category(default) > category(dtype) else dtype)


def test_several_numbers_and_what_is_left_out():
    assert dtypes.promote([np.ones(2, np.uint8), 1, 2.5, None, True]) is tt.float32
    assert dtypes.promote([np.ones(2, np.int8), np.ones((), np.int64), 1]) is tt.int8
    assert dtypes.promote([np.ones((), np.int8), 2.5]) is tt.float32


@pytest.mark.parametrize("dtype", ALL)
def test_a_lowest_category_lifts_what_is_below(dtype):
    lifted = dtypes.promote([np.ones(2, dtype)], tt.float32)
    assert lifted is (dtype if dtype.kind == "f" else tt.float32)


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_a_result_may_be_written_unless_the_category_falls(a, b):
    assert dtypes.can_cast(a, b) is (category(a) <= category(b))


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_operators_follow_the_rules(a, b):
    x, y = tt.ones(2, dtype=a), tt.ones(2, dtype=b)
    assert (x + y).dtype is tt.promote_types(a, b)
    assert (x + y[0]).dtype is dtypes.promote([x.numpy(), y[0].numpy()])
    assert (x / y).dtype is dtypes.promote([x.numpy(), y.numpy()], tt.float32)
    assert (x == y).dtype is tt.bool
