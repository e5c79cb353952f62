"""Products of vectors and matrices, and sums of products by letters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.tensor as tt
from tinytorch.tensor.einsum import contract
from tinytorch.tensor.products import transposed_matmul

rng = np.random.default_rng(0)


def a(*shape):
    return rng.integers(-3, 4, shape).astype(np.float32)


def same(result, expected):
    assert isinstance(result, tt.Tensor)
    np.testing.assert_array_equal(result.data, expected, strict=True)


@pytest.mark.parametrize(
    "shapes",
    [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3,)),
        ((5, 2, 3), (3, 4)),
        ((6, 5, 2, 3), (3, 4)),
        ((3,), (5, 3, 4)),
        ((2, 3), (5, 3, 4)),
        ((5, 2, 3), (5, 3, 4)),
        ((6, 1, 2, 3), (5, 3, 4)),
        ((0, 3), (3, 4)),
        ((2, 0), (0, 4)),
        ((2, 5, 0), (0, 4)),
        ((2, 0, 3), (3, 4)),
        ((0, 5, 0), (0, 4)),
    ],
)
def test_every_combination_of_ranks(shapes):
    x, y = (a(*shape) for shape in shapes)
    same(tt.matmul(tt.from_numpy(x), tt.from_numpy(y)), np.matmul(x, y))
    same(tt.from_numpy(x) @ y, np.matmul(x, y))
    assert isinstance(tt.matmul(x, y), np.ndarray | np.generic)


@pytest.mark.parametrize("dtype", [tt.float16, tt.float32, tt.float64, tt.int64, tt.uint8])
def test_types(dtype):
    x = tt.ones(2, 3, dtype=dtype)
    product = tt.matmul(x, x.T)
    assert product.dtype == dtype
    assert product.tolist() == [[3, 3], [3, 3]]
    assert tt.matmul(tt.ones(2, 3), tt.ones(3, 2, dtype=tt.int64)).dtype == tt.float32


@pytest.mark.parametrize("lead", [(), (2,)])
def test_strided_operands(lead):
    x, y = a(*lead, 4, 6), a(6, 3)
    for left in (x, x[..., ::-1], np.asfortranarray(x), np.broadcast_to(x[..., :1], x.shape)):
        for right in (y, y[::-1], np.asfortranarray(y), np.broadcast_to(y[:1], y.shape)):
            found = tt.matmul(tt.Tensor.from_array(left), tt.Tensor.from_array(right))
            np.testing.assert_array_equal(found.data, left.copy() @ right.copy())


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ((2, 3), (4, 2), r"matmul: input has 3 columns, other has 4 rows.*\(2, 3\) and \(4, 2\)"),
        ((5, 2, 3), (4, 2), r"matmul: input has 3 columns, other has 4 rows"),
        ((3,), (4,), r"matmul: input has 3 elements, other has 4 elements"),
        ((3,), (4, 2), r"matmul: input has 3 elements, other has 4 rows"),
        ((5, 2, 3), (4, 3, 2), r"matmul: the shapes \(5, 2, 3\) and \(4, 3, 2\) do not broadcast"),
        ((), (3,), r"matmul: input has 0 dimensions, expected at least one; use \*"),
        ((3,), (), r"matmul: other has 0 dimensions"),
    ],
)
def test_shapes_that_do_not_fit(x, y, message):
    with pytest.raises(ValueError, match=message):
        tt.matmul(tt.zeros(x), tt.zeros(y))


def test_a_number_is_no_matrix():
    with pytest.raises(ValueError, match="matmul: other has 0 dimensions"):
        tt.matmul(tt.zeros(2, 2), 2.0)


@pytest.mark.parametrize("lead", [(), (2,), (2, 3), (0,), (2, 0)])
def test_transposed_matmul_sums_over_everything_in_front(lead):
    x, y = a(*lead, 4), a(*lead, 5)
    expected = np.einsum("ni,nj->ij", x.reshape(-1, 4), y.reshape(-1, 5))
    np.testing.assert_allclose(transposed_matmul(x, y), expected)


def test_products_of_one_rank():
    x, y = a(2, 3), a(3, 2)
    same(tt.mm(tt.from_numpy(x), tt.from_numpy(y)), x @ y)
    same(tt.mm(input=tt.from_numpy(x), mat2=tt.from_numpy(y)), x @ y)
    same(tt.bmm(tt.from_numpy(x[None]), tt.from_numpy(y[None])), (x @ y)[None])
    same(tt.outer(tt.from_numpy(x[0]), tt.from_numpy(y[0])), np.outer(x[0], y[0]))
    same(tt.dot(tt.from_numpy(x[0]), tt.from_numpy(y[:, 0])), np.array(x[0] @ y[:, 0]))


@pytest.mark.parametrize(
    ("function", "shapes", "message"),
    [
        (tt.mm, [(3,), (3, 2)], r"mm: input has shape \(3,\), expected 2 dimensions"),
        (tt.mm, [(2, 3), (3,)], r"mm: mat2 has shape \(3,\), expected 2 dimensions"),
        (tt.bmm, [(2, 3), (1, 3, 2)], r"bmm: input has shape \(2, 3\), expected 3 dimensions"),
        (
            tt.bmm,
            [(1, 2, 3), (4, 3, 2)],
            "bmm: input has 1 matrices, mat2 has 4, expected equally many",
        ),
        (tt.dot, [(3, 1), (3,)], r"dot: input has shape \(3, 1\), expected 1 dimension$"),
        (tt.outer, [(3,), (3, 1)], r"outer: vec2 has shape \(3, 1\), expected 1 dimension"),
    ],
)
def test_products_of_other_ranks(function, shapes, message):
    with pytest.raises(ValueError, match=message):
        function(*[tt.zeros(shape) for shape in shapes])


# --- einsum


@given(st.data())
def test_equations_as_numpys(data):
    letters = "ijkl"
    lengths = dict(
        zip(letters, data.draw(st.lists(st.integers(0, 3), min_size=4, max_size=4)), strict=True)
    )
    terms = data.draw(st.lists(st.text(letters, max_size=3), min_size=1, max_size=4))
    used = sorted(set("".join(terms)))
    result = "".join(data.draw(st.lists(st.sampled_from(used), unique=True))) if used else ""
    operands = [a(*[lengths[c] for c in term]) for term in terms]
    equation = ",".join(terms) + data.draw(st.sampled_from(["", f"->{result}"]))
    expected = np.einsum(equation, *[x.astype(np.float64) for x in operands])
    found = tt.einsum(equation, *[tt.from_numpy(x) for x in operands])
    np.testing.assert_allclose(found.data, expected)
    assert found.shape == expected.shape
    assert found.dtype == tt.float32


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("...ij,...jk->...ik", [(5, 2, 3), (6, 5, 3, 4)]),
        ("...ij,jk", [(6, 5, 2, 3), (3, 4)]),
        ("i...->...", [(2, 3, 4)]),
        ("...,...", [(2, 1), (3,)]),
        ("...i->i...", [(2, 3, 4)]),
        ("...ii->...i", [(2, 3, 3)]),
        ("b...i,b...j->...ij", [(2, 5, 3), (2, 1, 4)]),
        (" i j , j k -> i k ", [(2, 3), (3, 4)]),
    ],
)
def test_the_dimensions_that_have_no_letter(equation, shapes):
    operands = [a(*shape) for shape in shapes]
    same(tt.einsum(equation, *map(tt.from_numpy, operands)), np.einsum(equation, *operands))


def test_lengths_of_1_broadcast():
    x, y = a(2, 1), a(3, 4)
    expected = np.broadcast_to(x, (2, 3)) @ y
    same(tt.einsum("ij,jk->ik", tt.from_numpy(x), tt.from_numpy(y)), expected)
    same(tt.einsum("ij,jk->ik", [tt.from_numpy(x), tt.from_numpy(y)]), expected)


def test_a_long_chain_goes_the_cheap_way():
    vector, matrix = np.ones(1000, np.float32), np.ones((1000, 3), np.float32)
    seen = []
    with tt.observe(lambda event: seen.append(event.result.data.size)):
        found = tt.einsum(
            "i,j,jk->ik", tt.from_numpy(vector), tt.from_numpy(vector), tt.from_numpy(matrix)
        )
    assert found.shape == (1000, 3)
    assert max(seen) == 3000  # and no 1000 × 1000


def test_of_a_single_operand_the_result_is_a_view_but_not_itself():
    x = tt.zeros(2, 3)
    assert tt.einsum("ij", x) is not x
    assert np.shares_memory(tt.einsum("ij", x).data, x.data)
    assert np.shares_memory(tt.einsum("ij->ji", x).data, x.data)
    assert np.shares_memory(tt.einsum("...ii->...i", tt.zeros(3, 3)).data, x.data) is False


@pytest.mark.parametrize("equation", ["ij,ij->i", "ij,ij->", "ij,ij->ij", "...i,...i->..."])
@pytest.mark.parametrize("shapes", [((1, 2), (3, 1)), ((3, 1), (1, 2)), ((1, 2), (0, 1))])
def test_both_operands_may_broadcast(equation, shapes):
    x, y = (np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape) for shape in shapes)
    wide = np.broadcast_arrays(x, y)
    found = tt.einsum(equation, tt.from_numpy(x), tt.from_numpy(y)).data
    np.testing.assert_array_equal(found, np.einsum(equation, *wide))


def test_contract_lets_a_length_of_1_stand_for_any():
    out = contract(np.ones((2, 1)), np.ones((3, 4)), first="ij", second="jk", result="ik")
    np.testing.assert_array_equal(out, np.full((2, 4), 3.0))


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij,jk->ik", [(2, 3), (4, 2)], "einsum: 'j' is 3 long in operand 0, and 4 in operand 1"),
        ("ii->i", [(2, 3)], "einsum: 'i' is 2 long in operand 0, and 3 in operand 0"),
        ("ii->i", [(1, 3)], "einsum: 'i' is 1 long in operand 0, and 3 in operand 0"),
        ("ii->i", [(3, 1)], "einsum: 'i' is 3 long in operand 0, and 1 in operand 0"),
        ("...,...", [(2,), (3,)], r"einsum: a dimension of `...` is 2 long in operand 0, and 3"),
        (
            "ij->ik",
            [(2, 3)],
            "einsum: 'k' stands twice in the result of 'ij->ik', or in no operand",
        ),
        ("ij->ii", [(2, 3)], "einsum: 'i' stands twice in the result"),
        ("ij,jk->ik", [(2, 3)], "einsum: 'ij,jk->ik' has 2 terms, for 1 operands"),
        ("", [], "einsum: '' has 1 terms, for 0 operands"),
        ("ij->ij", [(2, 3, 4)], "einsum: operand 0 has 3 dimensions, and 'ij' names 2"),
        ("ijk->ij", [(2, 3)], "einsum: operand 0 has 2 dimensions, and 'ijk' names 3"),
        ("i?->i", [(2, 3)], r"einsum: 'i\?' in 'i\?->i' is not made of letters"),
        ("i......->i", [(2, 3, 4, 5)], "einsum: 'i......' in .* is not made of letters"),
        ("ij->i->j", [(2, 3)], "einsum: 'i->j' in .* is not made of letters"),
        ("αβ->α", [(2, 3)], "einsum: 'αβ' in .* is not made of letters"),
    ],
)
def test_equations_that_are_none(equation, shapes, message):
    with pytest.raises(ValueError, match=message):
        tt.einsum(equation, *[tt.zeros(shape) for shape in shapes])


def test_what_is_no_equation():
    with pytest.raises(TypeError, match="einsum: equation is of type Tensor, expected text"):
        tt.einsum(tt.zeros(2), "i")
