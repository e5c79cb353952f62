"""cross_entropy and nll_loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinytorch.losses import cross_entropy, nll_loss
from tinytorch.losses.classes import class_entropy, pick_class, place_class, softmax_error
from tinytorch.tensor import tensor

SHAPES = [(1, 1), (4, 3), (5, 120), (2, 3, 4), (2, 3, 2, 2)]
REDUCTIONS = ["none", "mean", "sum"]


def log_softmax(x):
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def as_written(x, target, weight, ignored, reduction, smoothing, logarithms):
    """One sample after the other, from the definition."""
    classes = x.shape[1]
    log_p = np.moveaxis(logarithms(x), 1, -1)
    losses, weights = np.zeros(target.shape), np.zeros(target.shape)
    for place in np.ndindex(target.shape):
        if target[place] == ignored:
            continue
        y = np.full(classes, smoothing / classes)
        y[target[place]] += 1 - smoothing
        losses[place] = -(weight * y * log_p[place]).sum()
        weights[place] = weight[target[place]]
    if reduction == "none":
        return losses
    return losses.sum() / (weights.sum() if reduction == "mean" else 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignored", [-100, 0, 7])
@pytest.mark.parametrize("smoothing", [0.0, 0.2, 1.0])
def test_is_its_definition(rng, shape, reduction, weighted, ignored, smoothing):
    x = rng.normal(size=shape) * 3
    target = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    target.flat[0] = shape[1] - 1  # at least one counts, unless there is but one class
    target[-1:] = ignored if shape[0] > 1 else target[-1:]
    if shape[1] == 1:
        ignored = -100
    weight = rng.uniform(0.5, 2, shape[1]) if weighted else np.ones(shape[1])
    settings = {"reduction": reduction, "ignore_index": ignored}
    if weighted:
        settings["weight"] = tensor(weight)
    args = x, target, weight, ignored, reduction, smoothing
    out = cross_entropy(tensor(x), tensor(target), label_smoothing=smoothing, **settings)
    np.testing.assert_allclose(out.numpy(), as_written(*args, log_softmax), rtol=1e-10)
    if not smoothing:
        out = nll_loss(tensor(x), tensor(target), **settings)
        np.testing.assert_allclose(out.numpy(), as_written(*args, lambda x: x), rtol=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_of_probabilities_is_its_definition(rng, shape, reduction, weighted, smoothing):
    x, y = rng.normal(size=shape), rng.uniform(size=shape)
    y /= y.sum(1, keepdims=True)
    weight = rng.uniform(0.5, 2, shape[1])
    settings = {"weight": tensor(weight) if weighted else None, "reduction": reduction}
    out = cross_entropy(tensor(x), tensor(y), label_smoothing=smoothing, **settings)
    w = weight.reshape(-1, *[1] * (len(shape) - 2)) if weighted else 1.0
    each = -(w * ((1 - smoothing) * y + smoothing / shape[1]) * log_softmax(x)).sum(1)
    reduce = {"none": np.asarray, "mean": np.mean, "sum": np.sum}[reduction]
    np.testing.assert_allclose(out.numpy(), reduce(each), rtol=1e-10)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("loss", [cross_entropy, nll_loss])
def test_a_single_sample_is_a_batch_of_one(loss, reduction):
    x, target = tensor([1.0, -2.0, 0.5]), tensor(2)
    out = loss(x, target, reduction=reduction)
    batch = loss(x.unsqueeze(0), target.unsqueeze(0), reduction=reduction)
    assert out.shape == ()
    assert out.item() == batch.item()
    if loss is cross_entropy:
        of_probabilities = loss(x, tensor([0.0, 0.0, 1.0]), reduction=reduction)
        np.testing.assert_allclose(of_probabilities.item(), out.item(), rtol=1e-6)


@pytest.mark.parametrize("loss", [cross_entropy, nll_loss])
def test_all_ignored(loss):
    x, target = tensor([[1.0, 2.0], [0.0, 3.0]]), tensor([-100, -100])
    for weight in (None, tensor([1.0, 2.0])):
        assert loss(x, target, weight, reduction="none").tolist() == [0, 0]
        assert loss(x, target, weight, reduction="sum").item() == 0
        assert np.isnan(loss(x, target, weight).item())  # the mean of nothing


def test_an_ignored_sample_may_be_anything():
    x, target = tensor([[np.nan, np.inf], [0.0, 0.0]]), tensor([-100, 0])
    assert cross_entropy(x, target).item() == cross_entropy(x[1:], target[1:]).item()


@pytest.mark.parametrize("loss", [cross_entropy, nll_loss])
def test_empty_batches(loss):
    for shape, target_shape in (((0, 3), (0,)), ((2, 3, 0), (2, 0))):
        x, target = tensor(np.zeros(shape)), tensor(np.zeros(target_shape, int))
        assert loss(x, target, reduction="none").shape == target_shape
        assert loss(x, target, reduction="sum").item() == 0
        assert np.isnan(loss(x, target).item())
    probabilities = tensor(np.zeros((0, 3)))
    assert np.isnan(cross_entropy(probabilities, probabilities).item())


@pytest.mark.parametrize(
    "classes", [2, 150]
)  # few, and many: they are computed in different orders
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_extreme_logits(classes, smoothing):
    x = np.zeros((6, classes), np.float32)
    x[0, 1] = 1e4
    x[1, 0] = 1e30
    x[2, 0] = -np.inf
    x[3, 0] = np.inf
    x[4, 1] = np.nan
    x[5] = -np.inf
    target = tensor(np.zeros(6, int))
    each = cross_entropy(tensor(x), target, reduction="none", label_smoothing=smoothing).numpy()
    np.testing.assert_allclose(each[0], 1e4 * (1 - smoothing / classes), rtol=1e-6)
    np.testing.assert_allclose(each[1], 1e30 * smoothing * (1 - 1 / classes), rtol=1e-5)
    assert each[2] == np.inf
    assert np.isnan(each[3:]).all()


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int32", "int64"])
def test_classes_of_any_integer_type(rng, dtype):
    x, target = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    expected = cross_entropy(tensor(x), tensor(target)).item()
    assert cross_entropy(tensor(x), tensor(target, dtype=dtype)).item() == expected


def test_types():
    x, target = tensor([[1.0, 2.0]]), tensor([0])
    assert cross_entropy(x, target).dtype == "float32"
    assert cross_entropy(x, target, label_smoothing=0.1).dtype == "float32"
    assert cross_entropy(x.double(), target).dtype == "float64"
    assert nll_loss(x, target, tensor([1.0, 2.0])).dtype == "float32"


def test_inputs_are_left_alone(rng):
    x, target = rng.normal(size=(4, 3)), np.array([0, 2, -100, 1])
    a, b = tensor(x), tensor(target)
    cross_entropy(a, b, label_smoothing=0.1)
    np.testing.assert_array_equal(a.numpy(), x)
    np.testing.assert_array_equal(b.numpy(), target)


def test_a_layout_in_memory_changes_nothing(rng):
    x, target = rng.normal(size=(3, 4)), np.array([0, 2, 1, 1])
    rows = cross_entropy(tensor(x.T.copy()), tensor(target), reduction="none").tolist()
    assert cross_entropy(tensor(x).T, tensor(target), reduction="none").tolist() == rows


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("shape", SHAPES)
def test_softmax_error_is_how_the_losses_change_with_the_scores(rng, shape, smoothing):
    x, target = rng.normal(size=shape), rng.integers(0, shape[1], (shape[0], *shape[2:]))
    scale, direction = rng.normal(size=target.shape), rng.normal(size=shape)
    error = softmax_error(x, target, scale, label_smoothing=smoothing)
    step = 1e-6 * direction
    ahead, behind = (
        class_entropy(y, target, label_smoothing=smoothing) for y in (x + step, x - step)
    )
    quotient = (scale * (ahead - behind)).sum() / 2e-6
    assert error.shape == shape
    np.testing.assert_allclose((error * direction).sum(), quotient, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_placed_is_picked_again(rng, shape):
    target = rng.integers(0, shape[1], (shape[0], *shape[2:]))
    values = rng.normal(size=target.shape)
    placed = place_class(values, target, classes=shape[1])
    assert placed.shape == shape
    np.testing.assert_array_equal(pick_class(placed, target), values)
    np.testing.assert_array_equal(placed.sum(1), values)  # and nothing was placed elsewhere


SCORES = arrays(np.float64, (3, 4), elements=st.floats(-50, 50))


@given(x=SCORES, shift=st.floats(-50, 50))
def test_adding_a_number_to_all_scores_changes_nothing(x, shift):
    target = tensor([0, 3, 1])
    before, after = cross_entropy(tensor(x), target), cross_entropy(tensor(x + shift), target)
    np.testing.assert_allclose(after.item(), before.item(), atol=1e-9)


@given(x=SCORES)
def test_a_surprise_is_never_negative(x):
    assert (cross_entropy(tensor(x), tensor([0, 3, 1]), reduction="none").numpy() >= 0).all()


@given(x=SCORES, smoothing=st.floats(0, 1))
def test_smoothing_is_a_target_of_probabilities(x, smoothing):
    classes = np.array([0, 3, 1])
    smoothed = np.eye(4)[classes] * (1 - smoothing) + smoothing / 4
    by_class = cross_entropy(tensor(x), tensor(classes), label_smoothing=smoothing).item()
    np.testing.assert_allclose(
        cross_entropy(tensor(x), tensor(smoothed)).item(), by_class, atol=1e-9
    )
