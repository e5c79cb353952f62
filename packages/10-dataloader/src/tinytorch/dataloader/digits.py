"""The handwritten digits inside the package, so that everything runs with no network."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from tinytorch.dataloader.dataset import TensorDataset
from tinytorch.dataloader.flag import check_flag
from tinytorch.tensor import Tensor, from_numpy

_TEST_IMAGES = 360  # the last of the 1,797


class Digits(TensorDataset):
    """1,797 handwritten digits of 8×8 pixels: 1,437 to train on, the last 360 to test with.

    A sample is an image, a float32 Tensor of shape (1, 8, 8) from 0 (paper) to 1 (ink), and its
    label, an int64 Tensor from 0 to 9. `dataset[:]` is all images and all labels.

    The images are by E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI
    Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49 (CC BY 4.0), in
    scikit-learn's copy. Each pixel counts the ink in a block of 4×4 of a larger scan, 0 to 16;
    here it is divided by 16.

    Args:
        train: whether to hold the training images or the test images.

    Attributes:
        data: all images, of shape (samples, 1, 8, 8).
        targets: all labels, of shape (samples,).
        classes: what each label means.

    Raises:
        TypeError: if `train` is not a bool.

    Example:
        >>> test = Digits(train=False)
        >>> image, label = test[0]
        >>> tuple(image.shape), test.classes[label.item()], len(test)
        ((1, 8, 8), '2', 360)
    """

    classes = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

    def __init__(self, train: bool = True) -> None:
        check_flag(type(self).__name__, "train", train)
        part = slice(None, -_TEST_IMAGES) if train else slice(-_TEST_IMAGES, None)
        resource = files("tinytorch.dataloader").joinpath("digits.npz")
        with resource.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images = arrays["images"][part, None].astype(np.float32) / np.float32(16)
            labels = arrays["labels"][part].astype(np.int64)
        self.train = train
        self.data: Tensor = from_numpy(images)
        self.targets: Tensor = from_numpy(labels)
        super().__init__(self.data, self.targets)
