import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.dataloader import MixUp
from tinytorch.setup import use_generator
from tinytorch.tensor import Tensor, arange, float32, float64, rand, tensor, zeros

seeds = st.integers(0, 2**64 - 1)


@given(st.integers(0, 8), st.integers(1, 5), st.floats(0.01, 10), seeds, st.data())
def test_mixing_conserves_images_and_labels(samples, classes, alpha, seed, data):
    labels = data.draw(st.lists(st.integers(0, classes - 1), min_size=samples, max_size=samples))
    with use_generator(seed):
        images = rand(samples, 2, 3, 3)
        mixed, probabilities = MixUp(alpha, classes)(images, Tensor(labels).long())
    assert mixed.shape == images.shape
    assert mixed.dtype is probabilities.dtype is float32
    assert probabilities.shape == (samples, classes)
    assert (probabilities.numpy() >= 0).all()
    np.testing.assert_allclose(probabilities.numpy().sum(axis=1), 1, rtol=1e-6)
    # over the batch, no class and no pixel gains or loses: each image is somebody's partner once
    counts = np.bincount(np.array(labels, int), minlength=classes)
    np.testing.assert_allclose(probabilities.numpy().sum(axis=0), counts, atol=1e-5)
    np.testing.assert_allclose(mixed.numpy().sum(axis=0), images.numpy().sum(axis=0), atol=1e-5)


def test_images_and_labels_are_mixed_alike():
    images = arange(5.0).reshape(5, 1, 1, 1)
    with use_generator(3):
        mixed, probabilities = MixUp(1.0, 5)(images, arange(5))
    # image i holds the number i, so its mixture is the mean class
    expected = probabilities.numpy() @ np.arange(5)
    np.testing.assert_allclose(mixed.numpy().reshape(-1), expected, rtol=1e-6)
    assert len(np.unique(probabilities.numpy())) == 4  # one λ for all: 0, 1, λ and 1 - λ


def test_the_share_has_a_beta_distribution():
    mix, images, labels = MixUp(0.5, 2), zeros(2, 1, 1, 1), tensor([0, 1])
    with use_generator(0):
        drawn = [mix(images, labels)[1].numpy()[0, 0] for _ in range(2000)]
    shares = np.array(drawn)
    own = shares[shares < 1]  # in the other half, each is its own partner
    assert abs(len(own) - 1000) < 5 * np.sqrt(2000 / 4)
    # Beta(α, α) has mean 1/2 and variance 1 / (4 (2 α + 1))
    assert abs(own.mean() - 0.5) < 5 * np.sqrt(0.125 / len(own))
    assert abs(own.var() - 0.125) < 0.02


def test_mixing_leaves_its_input_alone_and_passes_on_the_rest():
    images, labels, rest = rand(4, 1, 2, 2), tensor([0, 1, 1, 0]), object()
    before = images.numpy().copy()
    mix = pickle.loads(pickle.dumps(MixUp(1.0, 2)))
    mixed, probabilities, passed = mix(images, labels, rest)
    mixed[:] = -1.0
    probabilities[:] = -1.0
    np.testing.assert_array_equal(images.numpy(), before)
    assert labels.tolist() == [0, 1, 1, 0]
    assert passed is rest


def test_mixing_keeps_the_type_of_images():
    mixed, probabilities = MixUp(1.0, 2)(zeros(2, 1, 1, 1, dtype=float64), tensor([0, 1]))
    assert mixed.dtype is float64
    assert probabilities.dtype is float32


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 10), ValueError, "alpha is 0, expected a finite number above 0"),
        ((np.inf, 10), ValueError, "alpha is inf, expected a finite number above 0"),
        ((np.nan, 10), ValueError, "alpha is nan, expected a finite number above 0"),
        (("1", 10), TypeError, "alpha is '1', expected a number"),
        ((1.0, 0), ValueError, "num_classes is 0, expected at least 1"),
        ((1.0, None), TypeError, "num_classes is None, expected an integer"),
    ],
)
def test_mixup_refuses_settings(arguments, error, message):
    with pytest.raises(error, match=f"^MixUp: {message}"):
        MixUp(*arguments)


IMAGES = zeros(2, 1, 3, 3)


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ((IMAGES,), TypeError, "labels are missing, expected images and labels"),
        ((IMAGES, [0, 1]), TypeError, "labels are list, expected a Tensor of integers"),
        ((IMAGES, zeros(2)), TypeError, "labels are float32, expected a Tensor of integers"),
        (
            (IMAGES, arange(3)),
            ValueError,
            r"labels have shape \(3,\), expected \(2,\), one",
        ),
        ((IMAGES, tensor([0, 3])), IndexError, "labels hold 3, expected classes from 0 to 2"),
        ((IMAGES, tensor([-1, 0])), IndexError, "labels hold -1, expected classes from 0 to 2"),
        (
            (zeros(2, 3), arange(2)),
            ValueError,
            r"images have shape \(2, 3\), expected \(N",
        ),
        ((zeros(2, 1, 3, 3).long(), arange(2)), TypeError, "images have type int64, expected fl"),
    ],
)
def test_mixup_refuses_batches(batch, error, message):
    with pytest.raises(error, match=f"^MixUp: {message}"):
        MixUp(1.0, 3)(*batch)
