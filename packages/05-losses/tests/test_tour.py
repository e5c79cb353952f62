"""A tour: which number says how wrong a prediction is."""

import math

from tinytorch.activations import log_softmax
from tinytorch.layers import Linear, Sequential
from tinytorch.losses import (
    CrossEntropyLoss,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cross_entropy,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
)
from tinytorch.tensor import Tensor, log, tensor


def test_a_measurement_is_off_by_a_distance():
    predicted, measured = tensor([1.0, 2.0, 3.0]), tensor([1.0, 2.5, 13.0])
    assert math.isclose(mse_loss(predicted, measured), (0.5**2 + 10**2) / 3, rel_tol=1e-6)
    assert math.isclose(l1_loss(predicted, measured), 10.5 / 3, rel_tol=1e-6)
    # One slip of the hand rules the squares, and not so the others.
    assert (
        huber_loss(predicted, measured)
        < l1_loss(predicted, measured)
        < mse_loss(predicted, measured)
    )


def test_a_choice_is_wrong_by_the_surprise_at_the_right_class():
    logits = tensor([[2.0, 0.0, 0.0]])  # scores, any numbers
    p = math.exp(2) / (math.exp(2) + 2)  # what softmax makes of the first
    assert math.isclose(cross_entropy(logits, tensor([0])), -math.log(p), rel_tol=1e-6)
    assert cross_entropy(logits, tensor([1])) > cross_entropy(logits, tensor([0]))


def test_who_does_not_know_pays_the_logarithm_of_the_number_of_classes():
    undecided = tensor([[0.0] * 10])
    assert math.isclose(cross_entropy(undecided, tensor([3])), math.log(10), rel_tol=1e-6)


def test_losses_take_logits_because_they_are_exact_however_large():
    logits = tensor([[0.0, 10_000.0]])
    assert cross_entropy(logits, tensor([0])).item() == 10_000
    assert binary_cross_entropy_with_logits(tensor([-10_000.0]), tensor([1.0])).item() == 10_000


def test_one_number_for_a_batch_or_one_for_each_sample():
    logits, classes = tensor([[1.0, 0.0], [0.0, 1.0]]), tensor([0, 0])
    each = cross_entropy(logits, classes, reduction="none")
    assert each.shape == (2,)
    assert cross_entropy(logits, classes).item() == each.mean().item()
    assert cross_entropy(logits, classes, reduction="sum").item() == each.sum().item()


def test_cross_entropy_is_two_steps_in_one():
    logits, classes = tensor([[1.0, 0.0], [0.0, 1.0]]), tensor([0, 0])
    in_two = nll_loss(log_softmax(logits, dim=1), classes)
    assert math.isclose(cross_entropy(logits, classes), in_two, rel_tol=1e-6)


def test_targets_that_do_not_count():
    logits, classes = tensor([[3.0, 0.0], [0.0, 9.0]]), tensor([0, -100])
    assert cross_entropy(logits, classes).item() == cross_entropy(logits[:1], classes[:1]).item()


def test_distributions_and_directions():
    p = tensor([[0.2, 0.8]])
    assert kl_div(log(p), p, reduction="batchmean").item() == 0
    ahead, aside = tensor([[1.0, 0.0]]), tensor([[0.0, 1.0]])
    assert cosine_embedding_loss(ahead, aside, tensor([1])).item() == 1
    assert cosine_embedding_loss(ahead, aside, tensor([-1])).item() == 0


def test_a_loss_is_a_layer_too():
    model, loss = Sequential(Linear(4, 3)), CrossEntropyLoss(label_smoothing=0.1)
    wrong = loss(model(tensor([[1.0, 2.0, 3.0, 4.0]])), tensor([2]))
    assert isinstance(wrong, Tensor)
    assert wrong.shape == ()
