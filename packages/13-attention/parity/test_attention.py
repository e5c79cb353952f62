"""Scaled dot-product attention against PyTorch: values and gradients; windows against masks."""

import numpy as np
import pytest
import torch

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.attention import scaled_dot_product_attention
from tinytorch.autograd import grad
from tinytorch.tensor import tensor

RNG = np.random.default_rng(0)
theirs = torch.nn.functional.scaled_dot_product_attention


def same(ours, other, **tolerance):
    torch.testing.assert_close(
        torch.from_numpy(np.array(ours.detach().data)), other.detach(), **tolerance
    )


def both(*shapes, dtype):
    arrays = [RNG.standard_normal(shape).astype(dtype) for shape in shapes]
    return (
        [tensor(array, requires_grad=True) for array in arrays],
        [torch.tensor(array, requires_grad=True) for array in arrays],
    )


def compare(out, expected, leaves, others):
    """Values, and the gradients of all leaves."""
    same(out, expected)
    g = RNG.standard_normal(out.shape).astype(out.data.dtype)
    out.backward(tensor(g))
    expected.backward(torch.from_numpy(g))
    for leaf, other in zip(leaves, others, strict=True):
        same(leaf.grad, other.grad)


def mask_of(kind, shape, dtype):
    if kind == "bool":
        seen = RNG.random(shape) > 0.4
        seen[..., 0, :] = False  # a query that sees nothing
        return [tensor(seen)], [torch.from_numpy(seen)]
    return both(shape, dtype=dtype)


SHAPES = [  # of queries, keys and values
    ((5, 8), (5, 8), (5, 8)),
    ((3, 5, 8), (3, 7, 8), (3, 7, 8)),
    ((2, 4, 5, 8), (2, 4, 3, 8), (2, 4, 3, 6)),
    ((2, 4, 1, 8), (2, 4, 9, 8), (2, 4, 9, 8)),
    ((2, 1, 4, 1, 8), (2, 1, 4, 1, 8), (2, 1, 4, 1, 8)),
]


@pytest.mark.parity("scaled_dot_product_attention")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("hidden", [None, "causal", "bool", "numbers"])
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_values_and_gradients(shapes, hidden, scale, dtype):
    leaves, others = both(*shapes, dtype=dtype)
    mask, other_mask = [None], [None]
    if hidden in ("bool", "numbers"):
        shape = (*shapes[0][:-1], shapes[1][-2])
        mask, other_mask = mask_of(hidden, shape, dtype)
    how = {"is_causal": hidden == "causal", "scale": scale}
    out = scaled_dot_product_attention(*leaves, *mask, **how)
    expected = theirs(*others, *other_mask, **how)
    if hidden == "numbers":
        leaves, others = [*leaves, *mask], [*others, *other_mask]
    compare(out, expected, leaves, others)


@pytest.mark.parity("scaled_dot_product_attention")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "shape", [(2, 4, 5, 6), (1, 4, 5, 6), (2, 1, 5, 6), (5, 6), (1, 6), (5, 1)]
)
@pytest.mark.parametrize("kind", ["bool", "numbers"])
def test_masks_broadcast(kind, shape, dtype):
    leaves, others = both((2, 4, 5, 8), (2, 4, 6, 8), (2, 4, 6, 8), dtype=dtype)
    mask, other_mask = mask_of(kind, shape, dtype)
    out = scaled_dot_product_attention(*leaves, *mask)
    expected = theirs(*others, *other_mask)
    if kind == "numbers":
        leaves, others = [*leaves, *mask], [*others, *other_mask]
    compare(out, expected, leaves, others)


@pytest.mark.parity("scaled_dot_product_attention")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shared", [1, 2, 4])
@pytest.mark.parametrize("hidden", [None, "causal", "bool"])
def test_shared_heads(hidden, shared, dtype):
    leaves, others = both((2, 4, 5, 8), (2, shared, 5, 8), (2, shared, 5, 8), dtype=dtype)
    mask, other_mask = (
        mask_of("bool", (2, 1, 5, 5), dtype) if hidden == "bool" else ([None], [None])
    )
    how = {"is_causal": hidden == "causal", "enable_gqa": True}
    out = scaled_dot_product_attention(*leaves, *mask, **how)
    compare(out, theirs(*others, *other_mask, **how), leaves, others)


@pytest.mark.parity("scaled_dot_product_attention")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("window", [None, 1, 3, 20])
@pytest.mark.parametrize("offset", [-4, 0, 3, 9])
def test_windows_and_offsets_are_masks_there(offset, window, is_causal, dtype):
    leaves, others = both((2, 4, 5, 8), (2, 4, 8, 8), (2, 4, 8, 8), dtype=dtype)
    distance = torch.arange(8) - torch.arange(5)[:, None] - offset
    seen = distance.abs() < (window or 99)
    if is_causal:
        seen &= distance <= 0
    how = {"is_causal": is_causal, "offset": offset, "window": window}
    out = scaled_dot_product_attention(*leaves, **how)
    compare(out, theirs(*others, attn_mask=seen), leaves, others)


@pytest.mark.parity("scaled_dot_product_attention")
def test_second_derivatives():
    leaves, others = both((2, 3, 4), (2, 3, 4), (2, 3, 4), dtype="float64")
    firsts = grad(
        (scaled_dot_product_attention(*leaves, is_causal=True) ** 3).sum(),
        leaves,
        create_graph=True,
    )
    expected = torch.autograd.grad(
        (theirs(*others, is_causal=True) ** 3).sum(), others, create_graph=True
    )
    for mine, other in zip(firsts, expected, strict=True):
        same(mine, other)
    sum((each * each).sum() for each in firsts).backward()
    sum((each * each).sum() for each in expected).backward()
    for leaf, other in zip(leaves, others, strict=True):
        same(leaf.grad, other.grad)


@pytest.mark.parity("scaled_dot_product_attention")
@pytest.mark.parametrize("is_causal", [False, True])
def test_half_precision(is_causal):
    leaves, others = both((2, 4, 5, 8), (2, 4, 5, 8), (2, 4, 5, 8), dtype="float16")
    out = scaled_dot_product_attention(*leaves, is_causal=is_causal)
    same(out, theirs(*others, is_causal=is_causal), rtol=2e-3, atol=2e-3)


@pytest.mark.parity("scaled_dot_product_attention")
def test_dropout_drops_as_many_and_divides_the_rest():
    mine = scaled_dot_product_attention(
        tensor(np.ones((50, 20, 4))), tensor(np.ones((50, 30, 4))), tensor(np.ones((50, 30, 1))),
        dropout_p=0.25,
    )  # fmt: skip
    other = theirs(
        torch.ones(50, 20, 4), torch.ones(50, 30, 4), torch.ones(50, 30, 1), dropout_p=0.25
    )
    assert mine.data.mean() == pytest.approx(other.mean().item(), abs=0.02)
    assert mine.data.std() == pytest.approx(other.std().item(), rel=0.15)
    kept = np.round(mine.data * 30 * 0.75, 4)
    assert (kept == np.round(kept)).all()
