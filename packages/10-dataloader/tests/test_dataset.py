import numpy as np
import pytest

from tinytorch.dataloader import DataLoader, Dataset, IterableDataset, TensorDataset
from tinytorch.tensor import Tensor, arange, tensor, zeros
from tinytorch.tensor.recording import installed


def test_a_dataset_without_getitem_says_so():
    class Nothing(Dataset[int]):
        def __len__(self) -> int:
            return 3

    with pytest.raises(NotImplementedError, match="Nothing: __getitem__ is missing"):
        Nothing()[0]
    with pytest.raises(NotImplementedError, match="Nothing: __getitem__ is missing"):
        next(iter(DataLoader(Nothing())))


def test_a_dataset_without_len_says_so():
    class Endless(Dataset[int]):
        def __getitem__(self, index: int) -> int:
            return index

    with pytest.raises(TypeError, match="Endless: __len__ is missing"):
        len(Endless())
    with pytest.raises(TypeError, match="Endless: __len__ is missing"):
        DataLoader(Endless())


def test_tensor_dataset_keeps_its_tensors():
    features, labels = zeros(3, 2), arange(3)
    dataset = TensorDataset(features, labels)
    assert dataset.tensors[0] is features
    assert dataset.tensors[1] is labels
    assert len(dataset) == 3


def test_tensor_dataset_of_one_tensor_has_samples_of_one():
    (sample,) = TensorDataset(tensor([5, 6]))[1]
    assert sample.item() == 6


@pytest.mark.parametrize("index", [slice(1, 3), [1, 2], np.array([1, 2]), tensor([1, 2])])
def test_tensor_dataset_takes_what_a_tensor_takes(index):
    features, labels = TensorDataset(arange(8).reshape(4, 2), arange(4))[index]
    assert features.tolist() == [[2, 3], [4, 5]]
    assert labels.tolist() == [1, 2]


def test_tensor_dataset_counts_from_the_end_and_stops_there():
    dataset = TensorDataset(arange(3))
    assert dataset[-1][0].item() == 2
    with pytest.raises(IndexError):
        dataset[3]
    assert [sample.item() for (sample,) in dataset] == [0, 1, 2]


def test_tensor_dataset_lists_all_sizes_when_they_differ():
    with pytest.raises(ValueError, match="tensors have 3, 4, 3 samples, expected the same size"):
        TensorDataset(zeros(3, 2), zeros(4), zeros(3))


@pytest.mark.parametrize(
    ("tensors", "error", "message"),
    [
        ((), ValueError, "tensors is empty, expected at least one"),
        ((zeros(2), [1, 2]), TypeError, r"tensors\[1\] is a list, expected a Tensor"),
        ((np.zeros(2),), TypeError, r"tensors\[0\] is a ndarray, expected a Tensor"),
        ((zeros(2), tensor(1.0)), ValueError, r"tensors\[1\] has no dim"),
    ],
)
def test_tensor_dataset_refuses(tensors, error, message):
    with pytest.raises(error, match=f"^TensorDataset: {message}"):
        TensorDataset(*tensors)


class Counting(TensorDataset):
    """Counts the samples that are taken one at a time."""

    taken = 0

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:  # type: ignore[override]
        self.taken += 1
        return super().__getitem__(index)


def test_a_batch_of_a_tensor_dataset_is_the_batch_of_its_samples():
    tensors = arange(12).reshape(6, 2) / 2, arange(6)
    one_by_one = Counting(*tensors)
    loaders = [
        DataLoader(dataset, batch_size=4, shuffle=True, seed=3)
        for dataset in (TensorDataset(*tensors), one_by_one)
    ]
    for together, apart in zip(*loaders, strict=True):
        assert type(together) is type(apart) is list
        for left, right in zip(together, apart, strict=True):
            assert left.dtype is right.dtype
            assert left.tolist() == right.tolist()
    assert one_by_one.taken == 6  # a subclass with samples of its own is asked for each of them


def test_a_batch_shares_no_memory_with_its_dataset():
    data = zeros(4, 2)
    (batch,) = next(iter(DataLoader(TensorDataset(data), batch_size=4)))
    batch[0] = 1.0
    assert data.sum().item() == 0


def test_getitems_is_asked_for_whole_batches():
    class Batched(Dataset[int]):
        def __init__(self) -> None:
            self.asked: list[np.ndarray] = []

        def __getitems__(self, indices: np.ndarray) -> list[int]:
            self.asked.append(indices)
            return [10 * index for index in indices.tolist()]

        def __len__(self) -> int:
            return 5

    dataset = Batched()
    batches = [batch.tolist() for batch in DataLoader(dataset, batch_size=3)]
    assert batches == [[0, 10, 20], [30, 40]]
    assert [indices.tolist() for indices in dataset.asked] == [[0, 1, 2], [3, 4]]
    assert all(indices.dtype == np.int64 for indices in dataset.asked)


@pytest.mark.parametrize("indices", [[2, 0, -1], (2, 0, -1), np.array([2, 0, -1]), range(0)])
def test_a_batch_of_a_tensor_dataset_is_what_indexing_gives(indices):
    features, labels = arange(6).reshape(3, 2), tensor([0.5, 1.5, 2.5])
    batch = TensorDataset(features, labels).__getitems__(indices)
    assert type(batch) is TensorDataset
    for part, whole in zip(batch.tensors, (features, labels), strict=True):
        assert part.dtype is whole.dtype
        assert part.tolist() == whole.numpy()[np.array(indices, int)].tolist()


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        ([0, 3], IndexError, "index 3 is out of bounds .* size 3"),
        (np.array([-4]), IndexError, "index -4 is out of bounds .* size 3"),
        ([0.5], TypeError, r"indices are \[0.5\], expected a list or an array of integers"),
        (np.array([True, False, True]), TypeError, "indices are booleans, expected integers"),
        ([[0, 1]], ValueError, r"indices have shape \(1, 2\), expected one dim"),
    ],
)
def test_a_tensor_dataset_refuses_indices_of_a_batch(indices, error, message):
    with pytest.raises(error, match=f"^TensorDataset: {message}"):
        TensorDataset(zeros(3, 2)).__getitems__(indices)


def test_a_batch_of_tensors_that_require_a_gradient_is_recorded(monkeypatch):
    class Recorder:
        def general(self, implementation, parents, arrays, settings, out, saved):
            return object()

    monkeypatch.setattr(installed, "recorder", Recorder())
    dataset = TensorDataset(tensor([1.0, 2.0, 3.0], requires_grad=True), arange(3))
    features, labels = dataset.__getitems__(np.array([2, 0])).tensors
    assert features.data.tolist() == [3.0, 1.0]
    assert features.requires_grad
    assert not labels.requires_grad


class Countdown(IterableDataset[int]):
    def __iter__(self):
        return iter([3, 2, 1])


def test_an_iterable_dataset_is_gone_through_and_has_neither_indices_nor_a_length():
    assert list(Countdown()) == [3, 2, 1] == list(Countdown())
    with pytest.raises(
        TypeError, match=r"^Countdown: an IterableDataset has no sample by index, expected a loop"
    ):
        Countdown()[0]
    with pytest.raises(TypeError, match=r"^Countdown: __len__ is missing"):
        len(Countdown())


def test_an_iterable_dataset_may_have_a_length():
    class Counted(Countdown):
        def __len__(self):
            return 3

    assert len(Counted()) == 3


def test_an_iterable_dataset_without_iter_says_so():
    with pytest.raises(NotImplementedError, match=r"^IterableDataset: __iter__ is missing, exp"):
        iter(IterableDataset())
