"""A tour of the package: read this first."""

import numpy as np

from tinytorch.dataloader import DataLoader, Dataset, Digits, TensorDataset, default_collate
from tinytorch.tensor import Tensor, arange, float32, int64, tensor


class Squares(Dataset[tuple[int, int]]):
    """A data set is anything that has a length and a sample for each index."""

    def __getitem__(self, index: int) -> tuple[int, int]:
        return index, index**2

    def __len__(self) -> int:
        return 10


def test_a_loader_turns_samples_into_batches():
    batches = list(DataLoader(Squares(), batch_size=4))
    numbers, squares = ([part.tolist() for part in parts] for parts in zip(*batches, strict=True))
    assert numbers == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert squares == [[0, 1, 4, 9], [16, 25, 36, 49], [64, 81]]


def test_a_batch_that_is_not_full_can_be_dropped():
    loader = DataLoader(Squares(), batch_size=4, drop_last=True)
    assert len(loader) == len(list(loader)) == 2


def test_tensors_side_by_side_are_a_data_set():
    dataset = TensorDataset(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([0, 1]))
    features, label = dataset[1]
    assert features.tolist() == [3.0, 4.0]
    assert label.item() == 1


def test_each_epoch_has_an_order_that_its_seed_decides():
    def orders(seed: int) -> list[list[int]]:
        loader = DataLoader(TensorDataset(arange(100)), batch_size=100, shuffle=True, seed=seed)
        return [batch.tolist() for _ in range(2) for (batch,) in loader]

    first, second = orders(0)
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second
    assert orders(0) == [first, second]
    assert orders(1) != [first, second]


def test_samples_of_any_structure_collate():
    samples = [
        {"word": "a", "embedding": np.zeros(3, np.float32), "span": (0, 1)},
        {"word": "b", "embedding": np.ones(3, np.float32), "span": (1, 5)},
    ]
    batch = default_collate(samples)
    assert batch["word"] == ["a", "b"]
    assert batch["embedding"].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert [ends.tolist() for ends in batch["span"]] == [[0, 1], [1, 5]]


def test_real_digits_with_no_download():
    train = DataLoader(Digits(train=True), batch_size=64, shuffle=True, seed=0)
    for images, labels in train:
        assert isinstance(images, Tensor)
        assert images.dtype is float32
        assert labels.dtype is int64
        assert images.shape[1:] == (1, 8, 8)
        assert images.shape[0] == labels.shape[0] <= 64
