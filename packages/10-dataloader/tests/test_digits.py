from hashlib import sha256
from importlib.metadata import metadata
from importlib.resources import files

import numpy as np
import pytest

from tinytorch.dataloader import Digits
from tinytorch.tensor import float32, int64


def test_the_embedded_bytes_are_those_of_the_source():
    with files("tinytorch.dataloader").joinpath("digits.npz").open("rb") as file:
        arrays = dict(np.load(file, allow_pickle=False))
    assert {name: (array.dtype, array.shape) for name, array in arrays.items()} == {
        "images": (np.uint8, (1797, 8, 8)),
        "labels": (np.uint8, (1797,)),
    }
    assert {name: sha256(array.tobytes()).hexdigest() for name, array in arrays.items()} == {
        "images": "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3",
        "labels": "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0",
    }


@pytest.mark.parametrize(
    ("train", "counts"),
    [
        (True, [143, 146, 142, 146, 144, 145, 144, 143, 141, 143]),
        (False, [35, 36, 35, 37, 37, 37, 37, 36, 33, 37]),
    ],
)
def test_digits_are_images_and_labels(train, counts):
    digits = Digits(train=train)
    samples = sum(counts)
    assert len(digits) == samples
    assert digits.data.shape == (samples, 1, 8, 8)
    assert digits.data.dtype is float32
    assert digits.targets.shape == (samples,)
    assert digits.targets.dtype is int64
    assert np.bincount(digits.targets.numpy()).tolist() == counts
    assert np.unique(digits.data.numpy()).tolist() == [step / 16 for step in range(17)]


def test_everything_is_one_slice():
    digits = Digits()
    images, labels = digits[:]
    assert images.shape == digits.data.shape
    assert labels.tolist() == digits.targets.tolist()


def test_a_sample_is_an_image_and_its_label():
    image, label = Digits(train=False)[0]
    assert image.shape == (1, 8, 8)
    assert label.shape == ()
    assert label.item() == 2


def test_train_is_the_default_and_known():
    assert Digits().train
    assert len(Digits()) == 1437
    assert not Digits(train=False).train


def test_classes_name_the_labels():
    assert [Digits.classes[label] for label in range(10)] == list("0123456789")


def test_two_data_sets_share_no_memory():
    first, second = Digits(), Digits()
    first.data[0] = 9.0
    assert second.data.numpy().max() == 1


@pytest.mark.parametrize("train", [1, "data", None])
def test_train_is_a_bool(train):
    with pytest.raises(TypeError, match=f"^Digits: train is {train!r}, expected True or False$"):
        Digits(train)


def test_the_licence_metadata_credits_what_is_embedded():
    package = metadata("tinytorch-dataloader")
    assert package["License-Expression"] == "MIT AND CC-BY-4.0"
    assert package.get_all("License-File") == [
        "LICENSE",
        "LICENSE-austen.md",
        "LICENSE-digits.md",
    ]
