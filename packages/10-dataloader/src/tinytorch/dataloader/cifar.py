"""CIFAR-10: small colour photographs, in its binary version."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from tinytorch.dataloader.contents import Contents
from tinytorch.dataloader.download import Downloaded
from tinytorch.dataloader.flag import check_flag
from tinytorch.dataloader.images import ImageDataset
from tinytorch.tensor import from_numpy

_SHAPE = (3, 32, 32)
_RECORD = 1 + 3 * 32 * 32  # a label, then the red, the green and the blue plane, row by row


class CIFAR10(Downloaded, ImageDataset):
    """Photographs of ten kinds of things, 32×32 in colour: 50,000 to train on, 10,000 to test with.

    A sample is an image, a float32 Tensor of shape (3, 32, 32) from 0 to 1, and its label, an
    int64 Tensor from 0 to 9. The training pixels have means 0.4914, 0.4822, 0.4465 and standard
    deviations 0.2470, 0.2435, 0.2616 in red, green and blue.

    By Alex Krizhevsky, Vinod Nair and Geoffrey Hinton; described in Krizhevsky, "Learning Multiple
    Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html

    Args:
        train: whether to hold the training images or the test images.
        root: the folder with the `.bin` files; None means `cifar-10-batches-bin` in
            `tinytorch.setup.data_home()`.
        download: whether to fetch what is not there, 170 MB in one archive.

    Attributes:
        data: all images, uint8 of shape (samples, 3, 32, 32).
        targets: all labels, of shape (samples,).
        classes: what each label means.
        mirrors: the addresses below which the archive is found; tried in order.

    Raises:
        TypeError: if `train` or `download` is not a bool, or `root` not a path.
        RuntimeError: if a file is missing or wrong, and could not be downloaded.

    Example:
        >>> len(CIFAR10())  # doctest: +SKIP
        50000
        >>> CIFAR10.classes[6]
        'frog'
    """

    folder: ClassVar[str] = "cifar-10-batches-bin"
    mirrors: ClassVar[Sequence[str]] = ("https://www.cs.toronto.edu/~kriz/",)
    archive: ClassVar[str | None] = "cifar-10-binary.tar.gz"
    contents: ClassVar[Mapping[str, Contents]] = {
        "data_batch_1.bin": Contents(
            30_730_000, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"
        ),
        "data_batch_2.bin": Contents(
            30_730_000, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"
        ),
        "data_batch_3.bin": Contents(
            30_730_000, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"
        ),
        "data_batch_4.bin": Contents(
            30_730_000, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"
        ),
        "data_batch_5.bin": Contents(
            30_730_000, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"
        ),
        "test_batch.bin": Contents(
            30_730_000, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"
        ),
    }
    classes = (
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    )

    def __init__(
        self,
        train: bool = True,
        *,
        root: str | os.PathLike[str] | None = None,
        download: bool = True,
    ) -> None:
        check_flag(type(self).__name__, "train", train)
        files = self._files(root, download)
        names = [name for name in self.contents if name.startswith("data" if train else "test")]
        samples = sum(self.contents[name].size for name in names) // _RECORD
        images = np.empty((samples, *_SHAPE), np.uint8)
        labels = np.empty(samples, np.int64)
        start = 0
        for name in names:  # one at a time: their bytes and the images would be 300 MB
            records = _records(name, files.read(name))
            part = slice(start, start := start + len(records))
            labels[part] = records[:, 0]
            images[part] = records[:, 1:].reshape(-1, *_SHAPE)
        self.train = train
        super().__init__(from_numpy(images), from_numpy(labels))


def _records(name: str, content: bytearray) -> np.ndarray:
    if len(content) % _RECORD:
        raise ValueError(
            f"{name}: it has {len(content):,} bytes, expected whole records of {_RECORD:,}"
        )
    return np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
