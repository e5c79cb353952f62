"""Every kernel of every tier computes what the usual one does: values, gradients and theirs.

The cases stand in `tier_cases/`, a table a topic: (primitive, inputs, settings), and a fourth entry
with `large` where the work is enough for three threads, and too much for the naive tier; and with
`usual`, too, where the fast tier leaves it to the usual kernel. An input is a shape, for random
numbers; or an array, or a number. Whoever adds a kernel adds its case, or a test here fails by
name.
"""

import itertools
from pathlib import Path

import numpy as np
import pytest

from tables import tables
from tinytorch.acceleration import accelerate, implementations
from tinytorch.acceleration.fast import (
    attention,
    convolution,
    elementwise,
    gates,
    normalization,
    pooling,
    rows,
)
from tinytorch.activations import gelu, relu
from tinytorch.activations.scores import log_softmax_over, softmax_over
from tinytorch.attention.attend import attend
from tinytorch.autograd import grad
from tinytorch.layers.linear import linear
from tinytorch.optim.optimizer import apply_updates  # see test_updates.py
from tinytorch.spatial import conv2d
from tinytorch.spatial.greatest import greatest
from tinytorch.spatial.normalizing import affine_map, normalize
from tinytorch.tensor import Tensor, no_grad, tensor
from tinytorch.tensor.masking import keep_where
from tinytorch.tensor.products import matmul, transposed_matmul
from tinytorch.transformers.normalizing import scale_to_one, standardize


def cases():
    for _, table in tables(Path(__file__).with_name("tier_cases")):
        for i, (primitive, inputs, settings, *options) in enumerate(table):
            case = pytest.param((primitive, inputs, settings), id=f"{primitive.name}-{i}")
            yield options[0] if options else {}, case


SMALL = [case for options, case in cases() if not options.get("large")]
LARGE = [case for options, case in cases() if options.get("large")]
SHARED = [case for options, case in cases() if options.get("large") and not options.get("usual")]

TWO_WAYS = {  # whose way back is written here, too
    attend,
    gelu,
    greatest,
    log_softmax_over,
    normalize,
    scale_to_one,
    softmax_over,
    standardize,
}

# The sums are the same, taken in another order: so far apart in the largest number, or in 1.
TOLERANCE = {np.dtype("f4"): 2e-5, np.dtype("f8"): 1e-12}


def ordinary(array):
    return array


def channels_last(array):
    if array.ndim != 4:
        return array
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def with_gaps(array):
    return np.repeat(array[..., None], 2, axis=-1)[..., 0]


def mixed():
    """Each of these orders in its turn."""
    turns = itertools.cycle([channels_last, ordinary, with_gaps])
    return lambda array: next(turns)(array)


# Types and memory orders, so that each type and each order has its turn.
WAYS = [
    ("f4", ordinary),
    ("f4", channels_last),
    ("f4", with_gaps),
    ("f8", ordinary),
    ("f8", with_gaps),
]


def read_only(array):
    """What no kernel and no rule writes into."""
    array.flags.writeable = False
    return array


def filled(inputs, dtype, order):
    """The inputs as Tensors, and the arrays and numbers among them that are constant."""
    rng = np.random.default_rng(0)
    found = []
    for x in inputs:
        if isinstance(x, tuple):
            x = np.asarray(rng.normal(size=x))
        if isinstance(x, np.ndarray):
            differentiable = x.dtype.kind == "f"
            x = read_only(order(x.astype(dtype) if differentiable else x))
            x = Tensor.from_array(x).requires_grad_() if differentiable else x
        found.append(x)
    if not any(isinstance(x, Tensor) for x in found):
        found[0] = Tensor(found[0])
    return found


def arriving(results, order):
    """A gradient for each result."""
    rng = np.random.default_rng(1)
    return [
        Tensor.from_array(
            read_only(order(rng.normal(size=z.shape).astype(z.dtype)))
        ).requires_grad_()
        for z in results
    ]


def all_of(tier, case, dtype, order, *, parts=None, ended=False, twice=False, threads=None):
    """Results and gradients, computed in a tier; and second derivatives.

    Args:
        tier: whose kernels.
        case: primitive, inputs, settings.
        dtype: of the numbers.
        order: how they lie in memory.
        parts: of how many results gradients are taken; None for all.
        ended: whether the backward pass comes after the tier was left.
        twice: whether to differentiate the gradients, too.
        threads: of the tier.
    """
    primitive, inputs, settings = case
    tensors = filled(inputs, dtype, order)
    leaves = [x for x in tensors if isinstance(x, Tensor) and x.requires_grad]
    with accelerate(tier, threads=threads):
        results = primitive(*tensors, **settings)
        results = list(results) if primitive.several else [results]
        if not leaves:
            return results
        if not ended:
            return results + derived(results[:parts], leaves, order, twice)
    return results + derived(results[:parts], leaves, order, twice)


def derived(results, leaves, order, twice):
    vectors = arriving(results, order)
    found = list(grad(results, leaves, vectors, create_graph=twice, allow_unused=True))
    if twice:
        wanted = leaves + vectors
        first = [g for g in found if g is not None and g.requires_grad]
        found += grad(first, wanted, arriving(first, order), allow_unused=True)
    return found


def assert_agree(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        if other is None:
            assert one is None
            continue
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        if other.dtype not in TOLERANCE:
            assert np.array_equal(one.data, other.data)
            continue
        finite = other.data[np.isfinite(other.data)]
        atol = TOLERANCE[other.dtype] * max(1.0, np.abs(finite).max(initial=0.0))
        np.testing.assert_allclose(one.data, other.data, rtol=0, atol=atol)


@pytest.mark.parametrize("tier", ["naive", "fast"])
def test_every_kernel_has_a_case(tier):
    tested = {case.values[0][0] for case in SMALL} | {apply_updates}
    assert implementations(tier).keys() <= tested


def test_every_fast_kernel_has_work_for_several_threads():
    shared = {case.values[0][0] for case in SHARED} | {apply_updates}
    assert implementations("fast").keys() <= shared


def parts_of(case):
    """Of how many results gradients are taken: of all; and of the first, which has its own way."""
    return (None, 1) if case[0].several else (None,)


@pytest.mark.parametrize(("dtype", "order"), WAYS)
@pytest.mark.parametrize("case", SMALL)
def test_on_little_all_tiers_agree(case, dtype, order):
    for parts in parts_of(case):
        expected = all_of("vectorized", case, dtype, order, parts=parts)
        for tier, threads in (("naive", None), ("fast", 2)):
            for ended in (False, True):
                how = {"parts": parts, "threads": threads, "ended": ended}
                assert_agree(all_of(tier, case, dtype, order, **how), expected)


@pytest.mark.parametrize(("dtype", "order"), WAYS[1:4])
@pytest.mark.parametrize("case", LARGE)
def test_on_much_the_fast_tier_agrees(case, dtype, order):
    for parts in parts_of(case):
        expected = all_of("vectorized", case, dtype, order, parts=parts)
        for threads, ended in ((2, False), (3, True)):
            how = {"parts": parts, "threads": threads, "ended": ended}
            assert_agree(all_of("fast", case, dtype, order, **how), expected)


@pytest.mark.parametrize("case", SMALL)
def test_so_do_second_derivatives(case):
    expected = all_of("vectorized", case, "f8", channels_last, twice=True)
    for tier, threads, ended in (("naive", None, True), ("fast", 2, False), ("fast", 2, True)):
        how = {"threads": threads, "ended": ended, "twice": True}
        assert_agree(all_of(tier, case, "f8", channels_last, **how), expected)


@pytest.mark.parametrize("case", LARGE)
def test_so_do_those_of_shared_work(case):
    expected = all_of("vectorized", case, "f8", channels_last, twice=True)
    assert_agree(all_of("fast", case, "f8", channels_last, twice=True, threads=2), expected)


@pytest.mark.parametrize("case", LARGE)
def test_what_fits_in_part_is_computed_too(case):
    """Channels last there, ordinary here; and gradients that come in another order."""
    expected = all_of("vectorized", case, "f4", mixed())
    assert_agree(all_of("fast", case, "f4", mixed(), threads=2), expected)


@pytest.mark.parametrize("case", SHARED)
def test_blocks_may_be_small(case, monkeypatch):
    """So a slice is several of them, and the last is shorter."""
    monkeypatch.setattr(convolution, "BLOCK", 2_500_000)
    monkeypatch.setattr(pooling, "BLOCK", 300_000)
    monkeypatch.setattr(elementwise, "BLOCK", 30_000)
    monkeypatch.setattr(normalization, "BLOCK", 30_000)
    monkeypatch.setattr(gates, "BLOCK", 30_000)
    monkeypatch.setattr(rows, "BLOCK", 30_000)
    monkeypatch.setattr(attention, "BLOCK", 30_000)
    expected = all_of("vectorized", case, "f4", channels_last)
    assert_agree(all_of("fast", case, "f4", channels_last, threads=2), expected)


@pytest.mark.parametrize("case", SHARED)
def test_fast_kernels_share_their_work(case, slices):
    primitive, inputs, settings = case
    with accelerate(threads=3):
        primitive(*filled(inputs, "f4", channels_last), **settings)
    assert slices
    assert len(slices) % 3 == 0  # a pass over everything after the other


@pytest.mark.parametrize("case", [case for case in SHARED if case.values[0][0] in TWO_WAYS])
def test_so_do_rules_of_their_own(case, slices):
    primitive, inputs, settings = case
    x, *others = filled(inputs, "f4", channels_last)
    with accelerate(threads=3):
        results = primitive(x, *others, **settings)
        z = results[0] if primitive.several else results
        slices.clear()
        grad(z, x, *arriving([z], channels_last))
    assert slices
    assert len(slices) % 3 == 0


@pytest.mark.parametrize("case", SMALL)
def test_kernels_take_arrays_of_half_precision(case):
    """What adds up in float32 there does so here, or in a wider type."""
    primitive, inputs, settings = case
    arrays = [x.data if isinstance(x, Tensor) else x for x in filled(inputs, "f2", ordinary)]
    expected = primitive(*arrays, **settings)
    for tier in ("naive", "fast"):
        with accelerate(tier):
            found = primitive(*arrays, **settings)
        pairs = zip(found, expected) if primitive.several else [(found, expected)]
        for one, other in pairs:
            assert np.asarray(one).dtype == np.asarray(other).dtype
            np.testing.assert_allclose(one, other, rtol=3e-3, atol=3e-3)


@pytest.mark.parametrize("tier", ["naive", "fast"])
@pytest.mark.parametrize("padding", [0, 1])
def test_without_recording_no_indices_are_looked_for(tier, padding):
    how = {"kernel_size": (2,), "stride": (2,), "padding": (padding,), "dilation": (1,)}
    x = np.float32([[[1, 3, 2, 5, 4]], [[-1, -3, -2, -5, -4]]])
    expected = greatest(x, **how, ceil_mode=False)
    with accelerate(tier), no_grad():
        out, kept = greatest.implementation.kernel(x, **how, ceil_mode=False)
    assert kept is None
    np.testing.assert_array_equal(out, expected)


ONE, MATRIX, MANY = np.ones((), "f4"), np.ones((2, 3), "f4"), np.ones((400, 400), "f4")
REFUSED = [
    (relu, [MATRIX > 0]),
    (relu, ["a"]),
    (matmul, [MATRIX, MATRIX]),
    (matmul, [MATRIX, 2.0]),
    (matmul, [ONE, MATRIX]),
    (matmul, [MATRIX, MATRIX[0, :2]]),
    (matmul, [np.ones((2, 2, 3)), np.ones((3, 3, 2))]),
    (transposed_matmul, [MATRIX, MATRIX.T]),
    (linear, [MATRIX, MATRIX.T]),
    (linear, [MATRIX, MATRIX[0]]),
    (linear, [ONE, MATRIX]),
    (linear, [2.0, MATRIX]),
    (linear, [MATRIX, 2.0]),
    (linear, [MATRIX, MATRIX, MATRIX]),
    (linear, [MANY, MANY, 2.0]),
    (affine_map, [MATRIX, MATRIX.T, MATRIX]),
    (affine_map, [MATRIX[0], MATRIX[0], MATRIX]),
]


@pytest.mark.parametrize("tier", ["naive", "fast"])
@pytest.mark.parametrize(("primitive", "inputs"), REFUSED)
def test_what_is_refused_is_refused_in_every_tier(primitive, inputs, tier):
    with pytest.raises((TypeError, ValueError)) as expected:
        primitive(*inputs)
    with accelerate(tier), pytest.raises(expected.type) as found:
        primitive(*inputs)
    if primitive is not affine_map:  # whose message is NumPy's own
        assert str(found.value) == str(expected.value)


@pytest.mark.parametrize("tier", ["naive", "fast"])
def test_numbers_beside_tensors_are_taken_in_every_tier(tier):
    with accelerate(tier):
        assert keep_where(tensor([1.0, 2.0]), True).tolist() == [1.0, 2.0]
        assert affine_map(2.0, tensor([3.0]), tensor([1.0])).tolist() == [7.0]
        assert affine_map(tensor([3.0]), 2.0, 1.0).tolist() == [7.0]


@pytest.mark.parametrize("shape", [(1, 1, 3, 3), (1, 2, 1, 1), (2, 1, 1, 1)])
def test_gradients_can_be_written_into(shape):
    x = tensor(np.ones((2, shape[1], 4, 4), "f4"))
    w = tensor(np.ones(shape, "f4"), requires_grad=True)
    with accelerate():
        (g,) = grad(conv2d(x, w).square().sum(), [w], create_graph=True)
    g.detach().mul_(2.0)
