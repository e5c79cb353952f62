"""binary_cross_entropy, from probabilities and from logits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.losses import binary_cross_entropy, binary_cross_entropy_with_logits
from tinytorch.tensor import tensor

WEIGHTS = [None, 2.0, [1.0, 2.0, 0.5], [[3.0], [1.0]]]


def entropy(p, y, weight=1.0, pos_weight=1.0):
    return -weight * (pos_weight * y * np.log(p) + (1 - y) * np.log(1 - p))


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("pos_weight", WEIGHTS)
def test_is_its_formula(rng, reduction, weight, pos_weight):
    x, y = rng.normal(size=(2, 3)), rng.uniform(size=(2, 3))
    p = 1 / (1 + np.exp(-x))
    reduce = {"none": np.asarray, "mean": np.mean, "sum": np.sum}[reduction]
    w, pw = (1.0 if value is None else np.array(value) for value in (weight, pos_weight))
    settings = {"weight": None if weight is None else tensor(w), "reduction": reduction}
    out = binary_cross_entropy(tensor(p), tensor(y), **settings)
    np.testing.assert_allclose(out.numpy(), reduce(entropy(p, y, w)), rtol=1e-10)
    if pos_weight is not None:
        settings["pos_weight"] = tensor(pw)
    out = binary_cross_entropy_with_logits(tensor(x), tensor(y), **settings)
    np.testing.assert_allclose(out.numpy(), reduce(entropy(p, y, w, pw)), rtol=1e-10)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3, 4)])
def test_shapes_and_types(shape):
    for loss in (binary_cross_entropy, binary_cross_entropy_with_logits):
        half, yes = tensor(np.full(shape, 0.5, np.float32)), tensor(np.ones(shape, np.int64))
        assert loss(half, yes, reduction="none").shape == shape
        assert loss(half, yes, reduction="none").dtype == "float32"
        assert loss(half.double(), yes).dtype == "float64"
        assert bool(loss(half, yes).isnan()) == (0 in shape)


def test_a_certain_probability_costs_at_most_100():
    p, y = tensor([0.0, 1.0, 0.0, 1.0]), tensor([0.0, 1.0, 1.0, 0.0])
    assert binary_cross_entropy(p, y, reduction="none").tolist() == [0, 0, 100, 100]


def test_huge_logits_are_exact():
    x, y = tensor([1e4, -1e4, 1e4, -1e4, 3e38]), tensor([1.0, 0.0, 0.0, 1.0, 0.5])
    losses = binary_cross_entropy_with_logits(x, y, reduction="none")
    np.testing.assert_allclose(losses.numpy(), [0, 0, 1e4, 1e4, 1.5e38], rtol=1e-6)


def test_small_probabilities_are_not_rounded_away():
    x, y = tensor([-30.0, 30.0]), tensor([0.0, 1.0])
    losses = binary_cross_entropy_with_logits(x, y, reduction="none")
    np.testing.assert_allclose(losses.numpy(), [np.exp(-30)] * 2, rtol=1e-6)


def test_nan_comes_through_logits():
    x, y = tensor([np.nan, 1.0]), tensor([1.0, np.nan])
    assert binary_cross_entropy_with_logits(x, y, reduction="none").isnan().all()


def test_no_probabilities():
    with pytest.raises(
        ValueError, match=r"^binary_cross_entropy: input goes from -1\.0 to 0\.5, expec"
    ):
        binary_cross_entropy(tensor([-1.0, 0.5]), tensor([0.0, 1.0]))
    with pytest.raises(
        ValueError, match=r"input goes from 0\.0 to 3\.0.* for logits take binary_cross"
    ):
        binary_cross_entropy(tensor([0.0, 3.0]), tensor([0.0, 1.0]))
    with pytest.raises(ValueError, match="input goes from nan to nan"):
        binary_cross_entropy(tensor([np.nan, 0.0]), tensor([0.0, 1.0]))
    with pytest.raises(ValueError, match=r"target goes from 0\.0 to 2\.0, expected probabilities"):
        binary_cross_entropy(tensor([0.5, 0.5]), tensor([0.0, 2.0]))


@pytest.mark.parametrize("shape", [(2,), (4, 2, 3), (3, 1)])
def test_weights_that_do_not_fit(shape):
    x, weight = tensor(np.full((2, 3), 0.5)), tensor(np.ones(shape))
    expected = (
        rf"weight has shape \({shape[0]},.*, expected one that broadcasts to the input's, \(2, 3\)"
    )
    with pytest.raises(ValueError, match=r"^binary_cross_entropy: " + expected):
        binary_cross_entropy(x, x, weight)
    with pytest.raises(ValueError, match=r"^binary_cross_entropy_with_logits: " + expected):
        binary_cross_entropy_with_logits(x, x, weight)
    with pytest.raises(ValueError, match=r"^binary_cross_entropy_with_logits: pos_" + expected):
        binary_cross_entropy_with_logits(x, x, pos_weight=weight)


def test_a_weight_that_is_no_tensor():
    x = tensor([0.5])
    with pytest.raises(
        TypeError, match=r"^binary_cross_entropy: weight is of type float, expected a te"
    ):
        binary_cross_entropy(x, x, 2.0)


@given(x=st.floats(-1e3, 1e3), y=st.floats(0, 1))
def test_turning_the_question_round_changes_nothing(x, y):
    yes = binary_cross_entropy_with_logits(tensor(x), tensor(y)).item()
    no = binary_cross_entropy_with_logits(tensor(-x), tensor(1 - y)).item()
    assert yes >= 0
    np.testing.assert_allclose(yes, no, rtol=1e-4, atol=1e-4)
