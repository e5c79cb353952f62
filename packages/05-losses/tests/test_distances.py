"""kl_div, hinge_embedding_loss, cosine_embedding_loss, triplet_margin_loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinytorch.losses import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    kl_div,
    triplet_margin_loss,
)
from tinytorch.tensor import tensor

REDUCE = {"none": np.asarray, "mean": np.mean, "sum": np.sum}


@pytest.mark.parametrize("reduction", ["none", "mean", "sum", "batchmean"])
@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_kl_div_is_its_formula(rng, reduction, log_target, shape):
    q, p = rng.uniform(0.1, 1, (2, *shape))
    each = p * (np.log(p) - np.log(q))
    reduce = {**REDUCE, "batchmean": lambda x: x.sum() / (shape[0] if shape else 1)}[reduction]
    target = np.log(p) if log_target else p
    settings = {"reduction": reduction, "log_target": log_target}
    out = kl_div(tensor(np.log(q)), tensor(target), **settings)
    np.testing.assert_allclose(out.numpy(), reduce(each), rtol=1e-10)


def test_what_never_happens_costs_nothing():
    out = kl_div(tensor([-1.0, -5.0]), tensor([0.0, 1.0]), reduction="none")
    assert out.tolist() == [0, 5]
    assert out.dtype == "float32"


def test_kl_div_of_a_negative_probability_or_nan_is_nan():
    out = kl_div(tensor([-1.0, -1.0, np.nan]), tensor([-0.5, np.nan, 0.5]), reduction="none")
    assert out.isnan().all()


def test_kl_div_of_an_empty_batch():
    empty = tensor(np.zeros((0, 3)))
    assert kl_div(empty, empty, reduction="sum").item() == 0
    assert np.isnan(kl_div(empty, empty, reduction="batchmean").item())


DISTRIBUTIONS = arrays(np.float64, (2, 2, 5), elements=st.floats(0.01, 1)).map(
    lambda x: x / x.sum(-1, keepdims=True)
)


@given(DISTRIBUTIONS)
def test_a_divergence_is_never_negative_and_zero_from_oneself(pair):
    q, p = pair
    assert kl_div(tensor(np.log(q)), tensor(p), reduction="batchmean").item() >= -1e-12
    assert abs(kl_div(tensor(np.log(p)), tensor(p), reduction="batchmean").item()) < 1e-12


@pytest.mark.parametrize("reduction", REDUCE)
@pytest.mark.parametrize("margin", [1.0, 0.3])
@pytest.mark.parametrize("shape", [(), (6,), (2, 3), (0, 3)])
def test_hinge_is_its_formula(rng, reduction, margin, shape):
    x, y = rng.uniform(0, 2, shape), rng.choice([-1, 1], shape)
    each = np.where(y == 1, x, np.maximum(0, margin - x))
    out = hinge_embedding_loss(tensor(x), tensor(y), margin, reduction=reduction)
    wanted = np.nan if 0 in shape and reduction == "mean" else REDUCE[reduction](each)
    np.testing.assert_allclose(out.numpy(), wanted, rtol=1e-12)


@pytest.mark.parametrize("reduction", REDUCE)
@pytest.mark.parametrize("margin", [0.0, 0.5, -0.5])
@pytest.mark.parametrize("shape", [(4,), (6, 3)])
def test_cosine_is_its_formula(rng, reduction, margin, shape):
    a, b, y = *rng.normal(size=(2, *shape)), np.asarray(rng.choice([-1, 1], shape[:-1]))
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    cosine = (a * b).sum(-1) / lengths
    each = np.where(y == 1, 1 - cosine, np.maximum(0, cosine - margin))
    settings = {"margin": margin, "reduction": reduction}
    out = cosine_embedding_loss(tensor(a), tensor(b), tensor(y), **settings)
    np.testing.assert_allclose(out.numpy(), REDUCE[reduction](each), rtol=1e-9, atol=1e-12)


def test_the_cosine_of_short_and_long_vectors():
    zero, long = tensor([[0.0, 0.0]]), tensor([[1e15, 1e15]])
    assert cosine_embedding_loss(zero, long, tensor([1])).item() == 1
    np.testing.assert_allclose(cosine_embedding_loss(long, long, tensor([1])).item(), 0, atol=1e-6)


@given(arrays(np.float64, (2, 3, 4), elements=st.floats(-10, 10)), st.floats(0.5, 100))
def test_the_cosine_does_not_see_lengths(pair, factor):
    a, b = pair[0] + 20, pair[1] + 20  # never zero
    y = tensor([1, -1, 1])
    once = cosine_embedding_loss(tensor(a), tensor(b), y).item()
    assert abs(cosine_embedding_loss(tensor(a * factor), tensor(b), y).item() - once) < 1e-9


@pytest.mark.parametrize("reduction", REDUCE)
@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("shape", [(4,), (5, 3), (2, 3, 4)])
def test_triplets_are_their_formula(rng, reduction, p, swap, shape):
    a, b, c = rng.normal(size=(3, *shape))

    def distance(x, y):
        return np.linalg.norm(x - y + 1e-3, ord=p, axis=-1)

    far = np.minimum(distance(a, c), distance(b, c)) if swap else distance(a, c)
    each = np.maximum(0, distance(a, b) - far + 0.7)
    settings = {"margin": 0.7, "p": p, "eps": 1e-3, "swap": swap, "reduction": reduction}
    out = triplet_margin_loss(tensor(a), tensor(b), tensor(c), **settings)
    np.testing.assert_allclose(out.numpy(), REDUCE[reduction](each), rtol=1e-9)


def test_nan_comes_through():
    x, nan = tensor([[1.0, 2.0]]), tensor([[np.nan, 2.0]])
    assert cosine_embedding_loss(nan, x, tensor([1])).isnan()
    assert triplet_margin_loss(x, x, nan, swap=True).isnan()
    assert hinge_embedding_loss(nan, tensor([[1, 1]])).isnan()
