"""MNIST, and the data set that took over its form: 28×28 grey images in IDX files."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from tinytorch.dataloader.contents import Contents
from tinytorch.dataloader.download import Downloaded
from tinytorch.dataloader.flag import check_flag
from tinytorch.dataloader.images import ImageDataset
from tinytorch.tensor import from_numpy

_UNSIGNED_BYTES = 0x0800  # of an IDX file's magic number; its last byte is the number of dims


class MNIST(Downloaded, ImageDataset):
    """Handwritten digits, 28×28 grey pixels: 60,000 to train on, 10,000 to test with.

    A sample is an image, a float32 Tensor of shape (1, 28, 28) from 0 (paper) to 1 (ink), and its
    label, an int64 Tensor from 0 to 9. The training pixels have mean 0.1307 and standard
    deviation 0.3081.

    By Yann LeCun, Corinna Cortes and Christopher J. C. Burges, from NIST's data; described in
    LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998.

    Args:
        train: whether to hold the training images or the test images.
        root: the folder with the files; None means `mnist` in `tinytorch.setup.data_home()`.
        download: whether to fetch what is not there.

    Attributes:
        data: all images, uint8 of shape (samples, 1, 28, 28).
        targets: all labels, of shape (samples,).
        classes: what each label means.
        mirrors: the addresses below which the files are found; tried in order.

    Raises:
        TypeError: if `train` or `download` is not a bool, or `root` not a path.
        RuntimeError: if a file is missing or wrong, and could not be downloaded.

    Example:
        >>> len(MNIST())  # doctest: +SKIP
        60000
        >>> MNIST.classes[:3]
        ('0', '1', '2')
    """

    folder: ClassVar[str] = "mnist"
    mirrors: ClassVar[Sequence[str]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    contents: ClassVar[Mapping[str, Contents]] = {
        "train-images-idx3-ubyte.gz": Contents(
            47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte.gz": Contents(
            60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        "t10k-images-idx3-ubyte.gz": Contents(
            7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte.gz": Contents(
            10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    }
    classes = ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")

    def __init__(
        self,
        train: bool = True,
        *,
        root: str | os.PathLike[str] | None = None,
        download: bool = True,
    ) -> None:
        check_flag(type(self).__name__, "train", train)
        files = self._files(root, download)
        part = "train" if train else "t10k"
        images, labels = f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"
        pixels = _idx(images, files.read(images), 3)
        numbers = _idx(labels, files.read(labels), 1)
        self.train = train
        super().__init__(from_numpy(pixels[:, None]), from_numpy(numbers.astype(np.int64)))


class FashionMNIST(MNIST):
    """Pictures of clothes in MNIST's form: 28×28 grey pixels, 60,000 to train on, 10,000 to test.

    A sample is an image, a float32 Tensor of shape (1, 28, 28) from 0 (ground) to 1, and its
    label, an int64 Tensor from 0 to 9.

    By Han Xiao, Kashif Rasul and Roland Vollgraf, "Fashion-MNIST: a Novel Image Dataset for
    Benchmarking Machine Learning Algorithms", 2017. Copyright Zalando SE, MIT licence.

    Args:
        train: whether to hold the training images or the test images.
        root: the folder with the files; None means `fashion-mnist` in
            `tinytorch.setup.data_home()`.
        download: whether to fetch what is not there.

    Attributes:
        data: all images, uint8 of shape (samples, 1, 28, 28).
        targets: all labels, of shape (samples,).
        classes: what each label means.
        mirrors: the addresses below which the files are found; tried in order.

    Raises:
        TypeError: if `train` or `download` is not a bool, or `root` not a path.
        RuntimeError: if a file is missing or wrong, and could not be downloaded.

    Example:
        >>> len(FashionMNIST(train=False))  # doctest: +SKIP
        10000
        >>> FashionMNIST.classes[9]
        'Ankle boot'
    """

    folder: ClassVar[str] = "fashion-mnist"
    mirrors: ClassVar[Sequence[str]] = (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    )
    contents: ClassVar[Mapping[str, Contents]] = {
        "train-images-idx3-ubyte.gz": Contents(
            47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
        ),
        "train-labels-idx1-ubyte.gz": Contents(
            60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
        ),
        "t10k-images-idx3-ubyte.gz": Contents(
            7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
        ),
        "t10k-labels-idx1-ubyte.gz": Contents(
            10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
        ),
    }
    classes = (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    )


def _idx(name: str, content: bytearray, ndim: int) -> np.ndarray:
    """Return the array that an IDX file holds, on the memory of its content.

    Big-endian integers of four bytes come first, a magic number and each dim's size, then the
    array's bytes, row by row. See "File formats for the MNIST database", yann.lecun.com/exdb/mnist.
    """
    header = 4 * (1 + ndim)
    if len(content) < header:
        raise ValueError(
            f"{name}: it has {len(content)} bytes, expected a header of {header} and data"
        )
    magic, *shape = struct.unpack_from(f">{1 + ndim}I", content)
    if magic != _UNSIGNED_BYTES + ndim:
        raise ValueError(
            f"{name}: its magic number is 0x{magic:08x}, "
            f"expected 0x{_UNSIGNED_BYTES + ndim:08x}, unsigned bytes in {ndim} dims"
        )
    if len(content) - header != math.prod(shape):
        raise ValueError(
            f"{name}: {len(content) - header} bytes follow its header, "
            f"expected {math.prod(shape)} for shape {tuple(shape)}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
