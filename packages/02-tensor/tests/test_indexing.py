"""Reading and writing by index: against NumPy where the two agree, and where they don't."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch.tensor as tt
from tinytorch.tensor.indexing import index, index_accumulate, place

ARRAY = np.arange(60).reshape(3, 4, 5)
MASK = ARRAY % 3 == 0

BASIC = [
    (),
    0,
    -1,
    (1, 2),
    (1, 2, 3),
    ...,
    (..., 1),
    (0, ..., 1),
    None,
    (None, 1, None),
    slice(None),
    slice(1, None, 2),
    slice(-2, 10),
    slice(2, 1),
    (slice(None), 1, slice(0, 0)),
    (1, None, ..., slice(None, None, 3)),
    np.int64(1),
]
ADVANCED = [
    np.array([0, 2, 2]),
    np.array([[0, -1], [1, 0]]),
    [0, 2],
    [True, False, True],
    [],
    (np.array([0, 1]), np.array([2, 3])),
    (np.array([[0], [1]]), np.array([2, 3])),
    (slice(None), np.array([0, 1])),
    (slice(None), np.array([0, 1]), np.array([2, -1])),
    (np.array([0, 1]), slice(None), np.array([2, 3])),
    (..., np.array([0, 1])),
    (None, np.array([0, 1])),
    (np.array([0, 1]), None, slice(1, 2)),
    (np.array([0, 1]), np.array([1, 1]), np.array([4, 0])),
    MASK,
    MASK[:, :, 0],
    MASK[:, 0, 0],
    (slice(None), MASK[0]),
    (slice(None), MASK[0, :, 0], 1),
    (MASK[:, 0, 0], np.array([1, 2])),
    np.zeros_like(MASK),
    np.array([0, 1], np.int32),
    True,
    False,
    (True, 0),
]


def tensors(key):
    """The key with arrays replaced by tensors."""
    if isinstance(key, tuple):
        return tuple(map(tensors, key))
    return tt.tensor(key) if isinstance(key, np.ndarray) else key


@pytest.mark.parametrize("key", BASIC, ids=repr)
def test_a_basic_index_gives_a_view(key):
    x = tt.tensor(ARRAY)
    part = x[key]
    assert isinstance(part.data, np.ndarray)
    assert np.array_equal(part.numpy(), ARRAY[key])
    assert part.shape == np.shape(ARRAY[key])
    assert part.numel() == 0 or np.shares_memory(part.data, x.data)


@pytest.mark.parametrize("key", ADVANCED, ids=range(len(ADVANCED)))
def test_an_advanced_index_gives_a_copy(key):
    x = tt.tensor(ARRAY)
    expected = ARRAY[np.array(key, int)] if isinstance(key, list) and not key else ARRAY[key]
    for form in (key, tensors(key)):
        part = x[form]
        assert np.array_equal(part.numpy(), expected)
        assert part.shape == expected.shape
        assert not np.shares_memory(part.data, x.data)


@pytest.mark.parametrize("key", [*BASIC, *ADVANCED], ids=range(len(BASIC) + len(ADVANCED)))
@pytest.mark.parametrize("value", [7, -1.9, "row"])
def test_assignment_writes_where_reading_reads(key, value):
    x, expected = tt.tensor(ARRAY), ARRAY.copy()
    if isinstance(key, list) and not key:
        key = np.array(key, int)
    if value == "row":
        value = np.arange(ARRAY[key].shape[-1] if np.ndim(ARRAY[key]) else 1)[
            : None if np.ndim(ARRAY[key]) else 1
        ]
        value = value if np.ndim(ARRAY[key]) else value.reshape(())
    expected[key] = value
    x[tensors(key)] = tt.tensor(value) if isinstance(value, np.ndarray) else value
    assert np.array_equal(x.numpy(), expected)
    assert x.dtype is tt.int64


@given(
    hnp.basic_indices((3, 4, 5), allow_newaxis=True).filter(
        lambda key: all(
            not isinstance(part, slice) or part.step is None or part.step > 0
            for part in (key if isinstance(key, tuple) else (key,))
        )
    )
)
def test_any_basic_index_agrees_with_numpy(key):
    assert np.array_equal(tt.tensor(ARRAY)[key].numpy(), ARRAY[key])


@given(hnp.integer_array_indices((3, 4, 5), result_shape=hnp.array_shapes(max_dims=2, max_side=3)))
def test_any_index_by_arrays_agrees_with_numpy(key):
    assert np.array_equal(tt.tensor(ARRAY)[tensors(key)].numpy(), ARRAY[key])


@given(st.data())
def test_reading_gives_back_what_was_written(data):
    x = tt.zeros(3, 4)
    places = data.draw(
        st.lists(st.integers(-3, 2), min_size=1, max_size=3, unique_by=lambda i: i % 3)
    )
    values = tt.arange(4.0 * len(places)).reshape(-1, 4)
    x[tt.tensor(places)] = values
    assert tt.equal(x[tt.tensor(places)], values)


def test_integers_belong_to_the_basic_half():
    """In PyTorch as here; NumPy counts the 0 as an index array and gives (2, 4)."""
    x = tt.tensor(ARRAY)
    assert x[0, :, tt.tensor([1, 2])].shape == (4, 2)
    assert tt.equal(x[0, :, tt.tensor([1, 2])], x[0][:, tt.tensor([1, 2])])
    x[0, :, tt.tensor([1, 2])] = tt.zeros(4, 2)
    assert (x[0, :, 1:3] == 0).all()


def test_a_tensor_without_dimensions_is_an_integer():
    x = tt.tensor(ARRAY)
    assert np.shares_memory(x[tt.tensor(1)].data, x.data)
    assert tt.equal(x[tt.tensor(1) : tt.tensor(3)], x[1:3])
    assert x[tt.tensor(True)].shape == (1, 3, 4, 5)


def test_a_tensor_may_index_plain_lists():
    assert ["a", "b"][tt.tensor(1)] == "b"


@pytest.mark.parametrize(
    ("key", "error", "message"),
    [
        (5, IndexError, "index 5 is out of range for dimension 0 of length 3"),
        (-4, IndexError, "index -4 is out of range for dimension 0 of length 3"),
        ((0, 4), IndexError, "index 4 is out of range for dimension 1 of length 4"),
        ([0, 3], IndexError, "index 3 is out of range for dimension 0 of length 3"),
        ((0, [0, -5]), IndexError, "index -5 is out of range for dimension 1 of length 4"),
        ((0, 0, 0, 0), IndexError, "the index takes 4 dimensions, the tensor has 3"),
        ((MASK, 0), IndexError, "the index takes 4 dimensions, the tensor has 3"),
        ((..., ...), IndexError, "more than one ellipsis"),
        (
            MASK[:2],
            IndexError,
            r"the mask has shape \(2, 4, 5\), the dimensions that it covers \(3, 4, 5\)",
        ),
        (
            ([0, 1], [0, 1, 2]),
            IndexError,
            r"index tensors have shapes \(2,\), \(3,\), which don't broadcast",
        ),
        (1.5, TypeError, "1.5 is no index"),
        ("a", TypeError, "'a' is no index"),
        (np.array([0.5]), IndexError, "an index has type float64, expected integers or booleans$"),
        (np.array([1], np.uint8), IndexError, r"type uint8, .* convert it with \.bool\(\)"),
        (
            slice(None, None, -1),
            ValueError,
            "step -1, expected 1 or more; to turn a dimension round use flip",
        ),
        (slice(None, None, 0), ValueError, "step 0, expected 1 or more"),
        ([[0, 1], [2]], ValueError, r"data\[1\] has length 1"),
    ],
)
def test_what_is_no_index_is_refused_and_nothing_written(key, error, message):
    x = tt.tensor(ARRAY)
    with pytest.raises(error, match=r"getitem: .*" + message):
        x[key]
    with pytest.raises(error, match=r"setitem: .*" + message):
        x[key] = 0
    assert np.array_equal(x.numpy(), ARRAY)


def test_a_value_must_fit_the_selection():
    x = tt.tensor(ARRAY)
    with pytest.raises(
        ValueError, match=r"value has shape \(3,\), expected one that broadcasts to \(4, 5\)"
    ):
        x[0] = tt.zeros(3)
    with pytest.raises(ValueError, match=r"value has shape \(3,\), expected .* to \(2, 4, 5\)"):
        x[[0, 1]] = tt.zeros(3)
    with pytest.raises(TypeError, match="the value is a str, expected a tensor, array or number"):
        x[0] = "one"
    assert np.array_equal(x.numpy(), ARRAY)


def test_assignment_brings_values_to_the_tensors_type_without_warnings():
    x = tt.zeros(2, dtype=tt.int32)
    x[0] = 2.9
    x[1:] = tt.tensor([float("nan")])
    assert x[0].item() == 2
    for wrong in (float("nan"), float("inf"), 2**40):
        with pytest.raises(ValueError, match=r"setitem: the value .* does not fit int32"):
            x[0] = wrong
    y = tt.zeros(1, dtype=tt.float16)
    y[0] = 1e30
    assert y.item() == float("inf")


def test_overlapping_parts_are_copied_safely():
    x = tt.arange(5)
    x[1:] = x[:-1]
    assert x.tolist() == [0, 0, 1, 2, 3]


def test_assignment_to_an_expanded_view_or_read_only_memory_is_refused():
    with pytest.raises(RuntimeError, match=r"setitem: .* expanded view"):
        tt.zeros(1).expand(3)[0] = 1
    array = np.zeros(2)
    array.flags.writeable = False
    with pytest.raises(RuntimeError, match=r"write into \.clone\(\)"):
        tt.from_numpy(array)[0] = 1


def test_iteration_goes_over_the_first_dimension():
    assert [row.tolist() for row in tt.arange(4).reshape(2, 2)] == [[0, 1], [2, 3]]
    with pytest.raises(TypeError, match="iter: a 0-d tensor"):
        iter(tt.tensor(1))
    with pytest.raises(TypeError, match="len: a 0-d tensor"):
        len(tt.tensor(1))
    assert len(tt.zeros(2, 3)) == 2


# --- the primitives that bring gradients back


@pytest.mark.parametrize("key", BASIC[:-1], ids=repr)
def test_place_puts_back_what_getitem_takes(key):
    key = (
        *(key if isinstance(key, tuple) else (key,)),
        *([] if "Ellipsis" in repr(key) else [...]),
    )
    expected = np.zeros_like(ARRAY)
    expected[key] = ARRAY[key]
    assert np.array_equal(place(ARRAY[key], size=ARRAY.shape, key=key), expected)


@given(st.data())
def test_index_accumulate_adds_every_time_that_a_place_is_read(data):
    dims = data.draw(st.sets(st.integers(0, 2), min_size=1).map(sorted).map(tuple))
    shape = data.draw(hnp.array_shapes(max_dims=2, max_side=4))
    indices = [
        data.draw(hnp.arrays(np.int64, shape, elements=st.integers(-n, n - 1)))
        for n in (ARRAY.shape[dim] for dim in dims)
    ]
    key = [slice(None)] * 3
    for dim, i in zip(dims, indices):
        key[dim] = i
    read = index(ARRAY, *indices, dims=dims)
    assert np.array_equal(read, ARRAY[tuple(key)])
    expected = np.zeros_like(ARRAY)
    np.add.at(expected, tuple(key), read)
    assert np.array_equal(index_accumulate(read, *indices, size=ARRAY.shape, dims=dims), expected)


# --- functions that select by an index tensor

X = tt.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def test_gather_follows_its_definition():
    index = tt.tensor([[2, 0], [1, 1]])
    assert tt.gather(X, 1, index).tolist() == [[3, 1], [5, 5]]
    assert X.gather(-1, index).tolist() == [[3, 1], [5, 5]]
    assert tt.gather(X, 0, tt.tensor([[1, 0]])).tolist() == [[4, 2]]
    assert tt.gather(X, 1, tt.zeros(2, 0, dtype=int)).shape == (2, 0)


def test_scatter_replaces_and_scatter_add_adds():
    index = tt.tensor([[2, 0], [1, 1]])
    src = tt.tensor([[10.0, 20.0], [30.0, 40.0]])
    assert tt.scatter(X, 1, index, src).tolist()[0] == [20, 2, 10]
    assert tt.scatter(X, 1, index, 0.5).tolist() == [[0.5, 2, 0.5], [4, 0.5, 6]]
    assert tt.scatter_add(X, 1, index, src).tolist() == [[21, 2, 13], [4, 75, 6]]
    assert X.scatter_add(0, tt.tensor([[0, 0, 0], [0, 0, 0]]), X).tolist() == [
        [6, 9, 12],
        [4, 5, 6],
    ]
    assert tt.scatter(X, 1, index[:1, :1], src).tolist() == [[1, 2, 10], [4, 5, 6]]
    assert X.tolist() == [[1, 2, 3], [4, 5, 6]]
    y = tt.zeros(2, 3)
    assert y.scatter_(1, index, 1.0) is y
    assert y.tolist() == [[1, 0, 1], [0, 1, 0]]
    y.scatter_add_(1, index, src)
    assert y.tolist() == [[21, 0, 11], [0, 71, 0]]


def test_scatter_undoes_gather():
    order = tt.argsort(tt.tensor([[3, 1, 2], [1, 3, 2]]), dim=1)
    assert tt.equal(tt.scatter(tt.zeros(2, 3), 1, order, tt.gather(X, 1, order)), X)


def test_index_select_take_along_dim_masked_select():
    assert tt.index_select(X, 1, tt.tensor([2, 0, 0])).tolist() == [[3, 1, 1], [6, 4, 4]]
    assert tt.index_select(tt.tensor(7), 0, tt.tensor([0])).item() == 7
    assert tt.take_along_dim(X, tt.tensor([[1], [0]]), 1).tolist() == [[2], [4]]
    assert tt.take_along_dim(X, tt.tensor([[1], [0]]), 1).shape == (2, 1)
    assert tt.take_along_dim(X, tt.tensor([[1]]), 1).tolist() == [[2], [5]]
    assert tt.take_along_dim(X, tt.tensor([5, 0])).tolist() == [6, 1]
    assert tt.masked_select(X, X > 2).tolist() == [3, 4, 5, 6]
    assert tt.masked_select(X, tt.tensor([True, False, True])).tolist() == [1, 3, 4, 6]
    assert X.masked_select(tt.tensor(False)).shape == (0,)


def test_one_hot():
    assert tt.one_hot(tt.tensor([[0], [2]])).tolist() == [[[1, 0, 0]], [[0, 0, 1]]]
    assert tt.one_hot(tt.tensor(1), 3).tolist() == [0, 1, 0]
    assert tt.one_hot(tt.zeros(0, dtype=int), 3).shape == (0, 3)
    assert tt.one_hot(tt.tensor([1], dtype=tt.uint8)).dtype is tt.int64


ROW = tt.tensor([[0, 1, 2]])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: tt.gather(X, 1, ROW + 1),
            IndexError,
            "gather: index 3 is out of range for dimension 1 of length 3",
        ),
        (
            lambda: tt.gather(X, 1, ROW - 1),
            IndexError,
            "gather: index -1 is out of range .*, expected 0 to 2",
        ),
        (lambda: tt.gather(X, 2, ROW), IndexError, "gather: dim 2"),
        (
            lambda: tt.gather(X, 1, tt.tensor([0])),
            ValueError,
            "gather: index has 1 dimensions, input 2",
        ),
        (lambda: tt.gather(X[0, 0], 0, tt.tensor(0)), ValueError, "gather: .* at least 1"),
        (
            lambda: tt.gather(X, 1, tt.zeros(3, 1, dtype=int)),
            ValueError,
            r"gather: index has shape \(3, 1\), .* beyond",
        ),
        (
            lambda: tt.gather(X, 1, tt.zeros(1, 1)),
            TypeError,
            "gather: index has type float32, expected integers",
        ),
        (
            lambda: tt.scatter(X, 1, ROW, tt.ones(1, 3, dtype=int)),
            TypeError,
            "scatter: src has type int64",
        ),
        (
            lambda: tt.scatter(X, 1, ROW, tt.ones(1, 2)),
            ValueError,
            r"scatter: src has shape \(1, 2\)",
        ),
        (
            lambda: tt.scatter_add(X, 1, ROW, tt.ones(3)),
            ValueError,
            r"scatter_add: src has shape \(3,\)",
        ),
        (
            lambda: tt.index_select(X, 0, ROW),
            ValueError,
            "index_select: index has 2 dimensions, expected at most 1",
        ),
        (
            lambda: tt.index_select(X, 0, ROW[0]),
            IndexError,
            "index_select: index 2 is out of range",
        ),
        (
            lambda: tt.take_along_dim(X, ROW[0], 1),
            ValueError,
            "take_along_dim: indices has 1 dimensions",
        ),
        (
            lambda: tt.take_along_dim(X, tt.zeros(3, 1, dtype=int), 1),
            ValueError,
            "take_along_dim: .* don't broadcast",
        ),
        (
            lambda: tt.masked_select(X, ROW),
            TypeError,
            "masked_select: mask has type int64, expected bool",
        ),
        (
            lambda: tt.masked_select(X, tt.tensor([True, False])),
            ValueError,
            "masked_select: .* don't broadcast",
        ),
        (lambda: tt.one_hot(X), TypeError, "one_hot: the classes have type float32"),
        (lambda: tt.one_hot([1]), TypeError, "one_hot: tensor is of type list"),
        (lambda: tt.masked_select(X, [True]), TypeError, "masked_select: mask is of type list"),
        (lambda: tt.index_select(X, 0, [1]), TypeError, "index_select: index is of type list"),
        (lambda: tt.gather(X, 0, [[1]]), TypeError, "gather: index is of type list"),
        (lambda: tt.take_along_dim(X, [1]), TypeError, "take_along_dim: indices is of type list"),
        (
            lambda: tt.take_along_dim(X[0, 0], tt.tensor(0), 0),
            ValueError,
            "take_along_dim: indices has 0 dimensions, the input 0; expected .* at least 1",
        ),
        (
            lambda: tt.one_hot(ROW, 2),
            ValueError,
            "one_hot: classes go from 0 to 2, expected 0 to .* 1",
        ),
        (lambda: tt.one_hot(ROW - 1), ValueError, "one_hot: classes go from -1"),
        (lambda: tt.one_hot(ROW[:, :0]), ValueError, "one_hot: there are no classes"),
        (lambda: tt.gather([[1]], 1, ROW), TypeError, "gather: input is of type list"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_functions_take_plain_arrays():
    array, index = np.float32([[1, 2], [3, 4]]), np.array([[1], [0]])
    for result in (
        tt.gather(array, 1, index),
        tt.scatter(array, 1, index, 0.0),
        tt.scatter_add(array, 1, index, array),
        tt.index_select(array, 1, index[0]),
        tt.masked_select(array, array > 1),
        tt.one_hot(index),
    ):
        assert isinstance(result, np.ndarray)


@pytest.mark.parametrize("num_classes", [2.5, "a", None, True])
def test_one_hot_counts_in_integers(num_classes):
    with pytest.raises(TypeError, match=r"one_hot: num_classes is .*, expected an integer"):
        tt.one_hot(tt.tensor([0, 1]), num_classes)
