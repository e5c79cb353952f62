import gzip
import pickle
import struct
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from tinytorch.dataloader import (
    CIFAR10,
    MNIST,
    DataLoader,
    FashionMNIST,
    ImageDataset,
    TensorDataset,
    default_collate,
)
from tinytorch.dataloader.contents import Contents
from tinytorch.setup import data_home
from tinytorch.tensor import Tensor, float32, int64, tensor, uint8, zeros

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (6, 3, 4, 5), dtype=np.uint8)
FLOATS = PIXELS.astype(np.float32) / np.float32(255)


@pytest.fixture
def images():
    return ImageDataset(tensor(PIXELS), tensor([3, 1, 4, 1, 5, 9]))


def test_a_sample_is_an_image_of_floats_and_its_label(images):
    image, label = images[2]
    assert image.dtype is float32
    assert label.dtype is int64
    assert label.shape == ()
    assert label.item() == 4
    np.testing.assert_array_equal(image.numpy(), FLOATS[2])
    assert len(images) == 6


def test_every_byte_becomes_its_share_of_255():
    bytes_ = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    (floats, _) = ImageDataset(tensor(bytes_), tensor([0]))[:]
    np.testing.assert_array_equal(
        floats.numpy().ravel(), np.arange(256, dtype=np.float32) / np.float32(255)
    )
    assert floats.min().item() == 0
    assert floats.max().item() == 1


@pytest.mark.parametrize(
    "index", [slice(None), slice(1, 4), slice(None, None, 2), tensor([2, 2, 0]), [5, -1]]
)
def test_an_index_may_be_what_a_tensor_takes(images, index):
    pixels, labels = images[index]
    rows = index.numpy() if isinstance(index, Tensor) else index
    np.testing.assert_array_equal(pixels.numpy(), FLOATS[rows])
    np.testing.assert_array_equal(labels.numpy(), images.targets.numpy()[rows])


def test_it_ends_where_its_samples_end(images):
    assert [label.item() for _, label in images] == [3, 1, 4, 1, 5, 9]
    assert images[-1][1].item() == 9
    with pytest.raises(IndexError):
        images[6]


@pytest.mark.parametrize("indices", [[4, 0, 4], np.array([4, 0, 4]), [1], range(6), []])
def test_a_batch_is_the_batch_of_its_samples(images, indices):
    batch = images.__getitems__(indices)
    assert type(batch) is TensorDataset  # which default_collate hands on as it is
    pixels, labels = default_collate(batch)
    assert pixels is batch.tensors[0]
    assert pixels.dtype is float32
    assert pixels.numpy().flags.c_contiguous
    np.testing.assert_array_equal(pixels.numpy(), FLOATS[list(indices)])
    assert labels.dtype is int64
    assert labels.tolist() == [images[int(index)][1].item() for index in indices]


def test_a_batch_shares_no_memory_with_its_data_set(images):
    pixels, labels = images.__getitems__([0, 1]).tensors
    pixels.zero_()
    labels.zero_()
    assert np.array_equal(images.data.numpy(), PIXELS)
    assert images.targets.tolist() == [3, 1, 4, 1, 5, 9]


@pytest.mark.parametrize(
    ("indices", "error"), [([6], IndexError), ([0.5], TypeError), ([True], TypeError)]
)
def test_a_batch_of_no_samples_there_is_refused(images, indices, error):
    with pytest.raises(error, match=r"^ImageDataset: "):
        images.__getitems__(indices)


def test_a_subclass_with_samples_of_its_own_is_asked_for_them():
    class Inverted(ImageDataset):
        def __getitem__(self, index):
            image, label = super().__getitem__(index)
            return 1 - image, label

    inverted = Inverted(tensor(PIXELS), zeros(6, dtype=int64))
    (batch,) = DataLoader(inverted, batch_size=6)
    np.testing.assert_array_equal(batch[0].numpy(), 1 - FLOATS)


@pytest.mark.parametrize(
    ("data", "targets", "error", "message"),
    [
        (PIXELS, zeros(6, dtype=int64), TypeError, "data is ndarray, expected a Tensor of uint8"),
        (tensor(FLOATS), zeros(6, dtype=int64), TypeError, "data is float32, expected a Tensor"),
        (tensor(PIXELS), zeros(6), TypeError, "targets is float32, expected a Tensor of int64"),
        (tensor(PIXELS), [0] * 6, TypeError, "targets is list, expected a Tensor of int64"),
        (
            tensor(PIXELS[:, 0]),
            zeros(6, dtype=int64),
            ValueError,
            r"data has shape \(6, 4, 5\), expected \(samples, channels, height, width\)",
        ),
        (
            tensor(PIXELS),
            zeros(5, dtype=int64),
            ValueError,
            r"targets has shape \(5,\), expected \(6,\): a label for each image",
        ),
    ],
)
def test_images_are_refused(data, targets, error, message):
    with pytest.raises(error, match=f"^ImageDataset: {message}"):
        ImageDataset(data, targets)


# Files in the real formats, but small.


def contents(content: bytes) -> Contents:
    return Contents(len(content), sha256(content).hexdigest())


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


SAMPLES = {True: 20, False: 12}
DIGITS = {train: RNG.integers(0, 256, (n, 28, 28), np.uint8) for train, n in SAMPLES.items()}
LABELS = {train: RNG.integers(0, 10, n, np.uint8) for train, n in SAMPLES.items()}
IDX_FILES = {
    f"{part}-{what}-ubyte.gz": idx(arrays[train])
    for train, part in ((True, "train"), (False, "t10k"))
    for what, arrays in (("images-idx3", DIGITS), ("labels-idx1", LABELS))
}


class SmallMNIST(MNIST):
    mirrors = ()
    contents: ClassVar[Mapping[str, Contents]] = {
        name: contents(content) for name, content in IDX_FILES.items()
    }


@pytest.fixture
def mnist(tmp_path):
    for name, content in IDX_FILES.items():
        (tmp_path / name).write_bytes(gzip.compress(content))
    return tmp_path


@pytest.mark.parametrize("train", [True, False])
def test_mnist_is_read_from_its_files(mnist, train):
    digits = SmallMNIST(train, root=mnist, download=False)
    assert digits.train is train
    assert digits.data.dtype is uint8
    assert digits.targets.dtype is int64
    np.testing.assert_array_equal(digits.data.numpy(), DIGITS[train][:, None])
    np.testing.assert_array_equal(digits.targets.numpy(), LABELS[train])
    images, labels = next(iter(DataLoader(digits, batch_size=8)))
    np.testing.assert_array_equal(images.numpy(), DIGITS[train][:8, None] / np.float32(255))
    assert labels.tolist() == LABELS[train][:8].tolist()


def test_only_the_files_of_the_part_are_read(mnist):
    for path in mnist.glob("train-*"):
        path.unlink()
    assert len(SmallMNIST(train=False, root=mnist, download=False)) == 12
    with pytest.raises(RuntimeError, match=r"^SmallMNIST: .*train-images.* is missing and downlo"):
        SmallMNIST(root=mnist, download=False)


def test_the_data_can_be_written_and_pickled(mnist):
    digits = SmallMNIST(root=mnist)
    digits.data[0] = 7
    copy = pickle.loads(pickle.dumps(digits))
    assert type(copy) is SmallMNIST
    assert copy.data[0].max().item() == 7
    assert copy.targets.tolist() == digits.targets.tolist()


def test_a_wrong_file_is_not_used(mnist):
    name = "train-images-idx3-ubyte.gz"
    (mnist / name).write_bytes(gzip.compress(IDX_FILES[name][:-1] + b"\x00"))
    with pytest.raises(RuntimeError, match=rf"{name} is wrong: its sha256 is .*download=True"):
        SmallMNIST(root=mnist, download=False)
    assert (mnist / f"{name}.corrupt").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("images-idx3", b"\x00" * 15, "it has 15 bytes, expected a header of 16 and data"),
        ("labels-idx1", b"", "it has 0 bytes, expected a header of 8 and data"),
        (
            "images-idx3",
            idx(LABELS[True]) + b"\x00" * 8,
            "its magic number is 0x00000801, expected 0x00000803, unsigned bytes in 3 dims",
        ),
        (
            "images-idx3",
            idx(DIGITS[True])[:-5],
            r"15675 bytes follow its header, expected 15680 for shape \(20, 28, 28\)",
        ),
        ("labels-idx1", idx(LABELS[True]) + b"!", r"21 bytes follow its header, expected 20 for"),
    ],
)
def test_files_that_are_no_idx_are_refused(mnist, name, content, message):
    name = f"train-{name}-ubyte.gz"

    class Other(SmallMNIST):
        contents: ClassVar = {**SmallMNIST.contents, name: contents(content)}

    (mnist / name).write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match=f"^{name}: {message}"):
        Other(root=mnist)


def test_images_and_labels_are_as_many(mnist):
    name = "train-labels-idx1-ubyte.gz"

    class Other(SmallMNIST):
        contents: ClassVar = {**SmallMNIST.contents, name: contents(idx(LABELS[False]))}

    (mnist / name).write_bytes(gzip.compress(idx(LABELS[False])))
    with pytest.raises(ValueError, match=r"^Other: targets has shape \(12,\), expected \(20,\)"):
        Other(root=mnist)


RECORDS = RNG.integers(0, 10, (6, 4, 3073), np.uint8)
CIFAR_FILES = {
    name: records.tobytes() for name, records in zip(CIFAR10.contents, RECORDS, strict=True)
}


class SmallCIFAR10(CIFAR10):
    mirrors = ()
    contents: ClassVar[Mapping[str, Contents]] = {
        name: contents(content) for name, content in CIFAR_FILES.items()
    }


@pytest.fixture
def cifar(tmp_path):
    for name, content in CIFAR_FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(("train", "files"), [(True, slice(0, 5)), (False, slice(5, 6))])
def test_cifar10_is_read_from_its_files(cifar, train, files):
    photographs = SmallCIFAR10(train, root=cifar, download=False)
    records = RECORDS[files].reshape(-1, 3073)
    assert photographs.train is train
    assert photographs.data.numpy().flags.c_contiguous
    np.testing.assert_array_equal(photographs.targets.numpy(), records[:, 0])
    np.testing.assert_array_equal(photographs.data.numpy(), records[:, 1:].reshape(-1, 3, 32, 32))


def test_cifar10_has_whole_records(cifar):
    name = "test_batch.bin"

    class Other(SmallCIFAR10):
        contents: ClassVar = {**SmallCIFAR10.contents, name: contents(bytes(3074))}

    (cifar / name).write_bytes(bytes(3074))
    with pytest.raises(ValueError, match=rf"^{name}: it has 3,074 bytes, expected whole records"):
        Other(train=False, root=cifar)


@pytest.mark.parametrize("make", [MNIST, FashionMNIST, CIFAR10])
def test_arguments_are_refused(make):
    name = make.__name__
    with pytest.raises(TypeError, match=f"^{name}: train is 'data', expected True or False$"):
        make("data")
    with pytest.raises(TypeError, match=f"^{name}: root is 3, expected the path of a folder"):
        make(root=3)
    with pytest.raises(TypeError, match=f"^{name}: download is None, expected True or False$"):
        make(download=None)


# The real data, where it lies on this machine.


def real(make, train):
    folders = [data_home() / make.folder]
    if make is FashionMNIST:  # where Debian's package dataset-fashion-mnist puts it
        folders.append(Path("/usr/share/datasets/fashion-mnist"))
    for folder in folders:
        if all((folder / name).exists() for name in make.contents):
            return make(train, root=folder, download=False)
    pytest.skip(f"{make.__name__} is not in {data_home()}")


COUNTS = {
    (MNIST, True): [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    (MNIST, False): [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    (FashionMNIST, True): [6000] * 10,
    (FashionMNIST, False): [1000] * 10,
    (CIFAR10, True): [5000] * 10,
    (CIFAR10, False): [1000] * 10,
}
STATISTICS = {  # of the pixels from 0 to 1: mean and standard deviation of each channel
    (MNIST, True): ([0.1307], [0.3081]),
    (FashionMNIST, True): ([0.2860], [0.3530]),
    (CIFAR10, True): (
        [0.49139968, 0.48215841, 0.44653091],
        [0.24703223, 0.24348513, 0.26158784],
    ),
    (CIFAR10, False): ([0.49421428, 0.48513139, 0.45040909], None),
}


@pytest.mark.parametrize(("make", "train"), COUNTS)
def test_the_real_data_has_its_published_facts(make, train):
    dataset = real(make, train)
    counts = COUNTS[make, train]
    shape = (3, 32, 32) if make is CIFAR10 else (1, 28, 28)
    assert dataset.data.shape == (sum(counts), *shape)
    assert len(dataset) == sum(counts)
    assert len(dataset.classes) == 10
    assert np.bincount(dataset.targets.numpy()).tolist() == counts
    mean, deviation = STATISTICS.get((make, train), (None, None))
    pixels = dataset.data.numpy()
    values = np.arange(256) / 255
    for channel in range(shape[0]):
        share = np.bincount(pixels[:, channel].ravel(), minlength=256) / pixels[:, channel].size
        average = (share * values).sum()
        if mean:
            assert average == pytest.approx(mean[channel], abs=6e-5)
        if deviation:
            spread = np.sqrt((share * (values - average) ** 2).sum())
            assert spread == pytest.approx(deviation[channel], abs=6e-5)


def test_the_first_photographs_are_those_of_cifar10():
    dataset = real(CIFAR10, True)
    assert dataset.targets[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    assert dataset.data[0, 0, 0, :3].tolist() == [59, 43, 50]
    names = data_home() / CIFAR10.folder / "batches.meta.txt"
    if names.exists():
        assert names.read_text().split() == list(CIFAR10.classes)
