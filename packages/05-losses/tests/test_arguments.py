"""Wrong arguments: every message names the function, what was given, and what was expected."""

import numpy as np
import pytest

from tinytorch import losses
from tinytorch.tensor import tensor

PAIRS = [
    "mse_loss",
    "l1_loss",
    "huber_loss",
    "smooth_l1_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "hinge_embedding_loss",
]
X = tensor([[0.1, 0.9], [0.5, 0.5]])
CLASSES = tensor([0, 1])
SIGNS = tensor([1, -1])
CALLS = {
    **dict.fromkeys(PAIRS, (X, X)),
    "cross_entropy": (X, CLASSES),
    "nll_loss": (X, CLASSES),
    "cosine_embedding_loss": (X, X, SIGNS),
    "triplet_margin_loss": (X, X, X),
}


def test_every_function_is_here():
    functions = {name for name in losses.__all__ if name.islower()}
    assert functions == CALLS.keys()


@pytest.mark.parametrize("name", CALLS)
def test_a_reduction_that_does_not_exist(name):
    with pytest.raises(
        ValueError, match=f"^{name}: reduction is 'average', expected 'none', 'mean'"
    ):
        getattr(losses, name)(*CALLS[name], reduction="average")
    if name in ("cross_entropy", "nll_loss"):  # with probabilities, too
        with pytest.raises(ValueError, match=r"^cross_entropy: reduction is 'average'"):
            losses.cross_entropy(X, X, reduction="average")


def test_only_kl_div_takes_the_mean_over_the_batch():
    assert losses.kl_div(X, X, reduction="batchmean").shape == ()
    with pytest.raises(ValueError, match=r"^mse_loss: reduction is 'batchmean'"):
        losses.mse_loss(X, X, reduction="batchmean")


@pytest.mark.parametrize("name", PAIRS)
def test_shapes_that_differ(name):
    column = tensor([[0.1], [0.2]])
    with pytest.raises(
        ValueError, match=rf"^{name}: target has shape \(2, 1\), expected the input's, \(2, 2\)$"
    ):
        getattr(losses, name)(X, column)


@pytest.mark.parametrize("name", CALLS)
def test_no_tensors(name):
    _, *others = CALLS[name]
    with pytest.raises(TypeError, match=f"^{name}: input is of type list, expected a tensor"):
        getattr(losses, name)([0.5], *others)
    with pytest.raises(TypeError, match=f"^{name}: input has type int64, expected floating point"):
        getattr(losses, name)(tensor([[1, 2], [3, 4]]), *others)
    with pytest.raises(
        TypeError, match=rf"^{name}: \w+ is of type float, expected a tensor; make it"
    ):
        getattr(losses, name)(X, *[0.5] * len(others))


def test_huber_needs_a_positive_delta():
    for delta in (0, -1.0, np.nan):
        with pytest.raises(
            ValueError, match=f"^huber_loss: delta is {delta}, expected more than 0"
        ):
            losses.huber_loss(X, X, delta=delta)


def test_smooth_l1_needs_a_beta_that_is_not_negative():
    with pytest.raises(ValueError, match=r"^smooth_l1_loss: beta is -0\.5, expected 0 or more"):
        losses.smooth_l1_loss(X, X, beta=-0.5)


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
class TestClasses:
    @pytest.mark.parametrize("wrong", [2, -1, 100])
    def test_no_class(self, name, wrong):
        for ignore_index in (-100, 0):
            with pytest.raises(
                IndexError, match=f"^{name}: target holds {wrong}, expected classes from 0 to 1"
            ):
                getattr(losses, name)(X, tensor([0, wrong]), ignore_index=ignore_index)

    def test_targets_of_another_shape(self, name):
        for target in (tensor([0, 1, 0]), tensor([[0, 1], [1, 0]]), tensor(0)):
            with pytest.raises(
                ValueError,
                match=rf"^{name}: target has shape \(.*\), expected the input's, \(2, 2\), without "
                "its classes, dim 1",
            ):
                getattr(losses, name)(X, target)
        with pytest.raises(
            ValueError, match=r"expected the input's, \(2,\), without its classes, dim 0"
        ):
            getattr(losses, name)(X[0], CLASSES)

    def test_targets_of_booleans(self, name):
        with pytest.raises(TypeError, match=f"^{name}: target has type bool, expected integers"):
            getattr(losses, name)(X, tensor([True, False]))

    def test_weights_of_another_shape(self, name):
        with pytest.raises(
            ValueError,
            match=rf"^{name}: weight has shape \(3,\), expected \(2,\), one for each class",
        ):
            getattr(losses, name)(X, CLASSES, tensor([1.0, 2.0, 3.0]))
        with pytest.raises(TypeError, match=f"^{name}: weight is of type list, expected a tensor"):
            getattr(losses, name)(X, CLASSES, [1.0, 2.0])

    def test_a_number_has_no_classes(self, name):
        with pytest.raises(ValueError, match=f"^{name}: input is 0-d, expected scores of classes"):
            getattr(losses, name)(tensor(1.0), tensor(0))


def test_nll_takes_no_probabilities():
    with pytest.raises(TypeError, match=r"^nll_loss: target has type float32, expected integers"):
        losses.nll_loss(X, X)


@pytest.mark.parametrize("smoothing", [-0.1, 1.5, np.nan])
def test_label_smoothing_out_of_range(smoothing):
    with pytest.raises(
        ValueError, match=f"^cross_entropy: label_smoothing is {smoothing}, expected from 0 to 1"
    ):
        losses.cross_entropy(X, CLASSES, label_smoothing=smoothing)


def test_probabilities_of_another_shape():
    with pytest.raises(
        ValueError,
        match=r"^cross_entropy: target has shape \(2,\), expected probabilities of the .*\(2, 2\)",
    ):
        losses.cross_entropy(X, tensor([0.0, 1.0]))


def test_probabilities_cannot_be_ignored():
    with pytest.raises(
        ValueError, match=r"^cross_entropy: ignore_index is 1 and target of probabilities"
    ):
        losses.cross_entropy(X, X, ignore_index=1)


def test_embeddings_of_other_shapes():
    with pytest.raises(
        ValueError, match=r"^cosine_embedding_loss: input2 has shape \(2,\), expected the"
    ):
        losses.cosine_embedding_loss(X, X[0], SIGNS)
    with pytest.raises(
        ValueError,
        match=r"^cosine_embedding_loss: target has shape \(2, 1\) and inputs \(2, 2\), expected",
    ):
        losses.cosine_embedding_loss(X, X, SIGNS.unsqueeze(1))
    with pytest.raises(ValueError, match=r"^cosine_embedding_loss: target .* inputs \(1, 2, 2\)"):
        losses.cosine_embedding_loss(X.unsqueeze(0), X.unsqueeze(0), SIGNS.unsqueeze(0))
    for names in (("positive", X[0], X), ("negative", X, X[0])):
        with pytest.raises(
            ValueError, match=rf"^triplet_margin_loss: {names[0]} has shape \(2,\), exp"
        ):
            losses.triplet_margin_loss(X, *names[1:])


@pytest.mark.parametrize("margin", [0, -1.0, np.nan])
def test_triplets_need_a_positive_margin(margin):
    with pytest.raises(
        ValueError, match=f"^triplet_margin_loss: margin is {margin}, expected more than"
    ):
        losses.triplet_margin_loss(X, X, X, margin=margin)


@pytest.mark.parametrize(
    ("name", "setting", "target"),
    [
        ("huber_loss", "delta", tensor([[1.0, 2.0]])),
        ("smooth_l1_loss", "beta", tensor([[1.0, 2.0]])),
        ("cross_entropy", "label_smoothing", tensor([0])),
    ],
)
def test_settings_are_plain_numbers(name, setting, target):
    loss, input = getattr(losses, name), tensor([[1.0, 2.0]])
    with pytest.raises(TypeError, match=f"{name}: {setting} is a setting, not a tensor"):
        loss(input, target, **{setting: tensor(0.5)})
    with pytest.raises(TypeError, match=f"{name}: {setting} is 'a', expected a number"):
        loss(input, target, **{setting: "a"})
