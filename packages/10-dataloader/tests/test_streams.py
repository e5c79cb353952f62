"""Loading from an IterableDataset: whoever reads it, the stream is the same."""

import loading
import pytest

from tinytorch.dataloader import DataLoader, IterableDataset
from tinytorch.setup import use_generator


class Count(IterableDataset):
    """The numbers from 0, and how often somebody began to read them."""

    def __init__(self, size):
        self.size, self.begun = size, 0

    def __iter__(self):
        self.begun += 1
        return iter(range(self.size))


def numbers(loader):
    return [batch.tolist() for batch in loader]


@pytest.mark.parametrize("num_workers", [0, 1, 2, 5])
@pytest.mark.parametrize("size", [0, 1, 3, 4, 7])
def test_batches_come_in_the_order_of_the_stream(size, num_workers):
    how = {"num_workers": num_workers, "worker_type": "thread" if num_workers else None}
    whole = [list(range(size))[start : start + 3] for start in range(0, size, 3)]
    assert numbers(DataLoader(Count(size), 3, **how)) == whole
    full = [batch for batch in whole if len(batch) == 3]
    assert numbers(DataLoader(Count(size), 3, drop_last=True, **how)) == full


def test_an_endless_stream_is_read_as_far_as_it_is_asked_for():
    class Endless(IterableDataset):
        def __iter__(self):
            number = 0
            while True:
                yield number
                number += 1

    for how in ({}, {"num_workers": 2, "worker_type": "thread"}):
        loader = DataLoader(Endless(), 4, **how)
        for expected, batch in zip(range(0, 100, 4), loader):
            assert batch[0].item() == expected


def test_each_worker_reads_the_stream_once_an_epoch():
    dataset = Count(12)
    for _ in range(2):
        numbers(DataLoader(dataset, 2, num_workers=3, worker_type="thread"))
    assert dataset.begun == 6


@pytest.mark.parametrize("kind", ["process", "thread"])
def test_a_process_that_stays_begins_again_with_each_epoch(kind):
    how = {"num_workers": 2, "worker_type": kind, "persistent_workers": True}
    loader = DataLoader(loading.Throws(), 2, seed=1, **how)
    epochs = [loading.batches_of(loader) for _ in range(2)]
    for first in (0, 1, 1):  # also the same one twice, and one that somebody left
        loader.epoch = first
        next(iter(loader))
        loader.epoch = first
        assert loading.batches_of(loader) == epochs[first]


def test_iterations_at_the_same_time_share_workers_and_not_the_stream():
    def loader():
        return DataLoader(
            loading.Throws(),
            2,
            seed=1,
            num_workers=2,
            worker_type="thread",
            persistent_workers=True,
        )

    alone = loader()
    expected = loading.batches_of(alone), loading.batches_of(alone)
    shared = loader()
    left, right = iter(shared), iter(shared)
    pairs = list(zip(left, right, strict=True))
    assert loading.batches_of(batch for batch, _ in pairs) == expected[0]
    assert loading.batches_of(batch for _, batch in pairs) == expected[1]


@pytest.mark.parametrize("place", [0, 5])
@pytest.mark.parametrize("how", [{}, {"num_workers": 1, "worker_type": "thread"}])
def test_an_error_in_a_stream_comes_again_and_is_no_end(how, place):
    loader = DataLoader(loading.StreamAt(place, loading.unreadable), 2, seed=0, **how)
    loader.persistent_workers = loader.num_workers > 0
    for _ in range(3):
        loader.epoch = 0
        iterator = iter(loader)
        assert [next(iterator).tolist() for _ in range(place // 2)] == [[0, 1], [2, 3]][
            : place // 2
        ]
        with pytest.raises(OSError, match=f"sample {place} is unreadable") as caught:
            next(iterator)
        (note,) = caught.value.__notes__
        assert note == f"DataLoader: batch {place // 2} is of the samples the next"
        assert list(iterator) == []


def test_a_stream_draws_from_one_generator_for_the_whole_epoch():
    class Walk(IterableDataset):
        def __iter__(self):
            position = 0.0
            for _ in range(6):
                position += loading.generator().random()
                yield position

    loader = DataLoader(Walk(), 1, seed=3)
    walks = [numbers(loader) for _ in range(2)]
    assert walks[0] != walks[1]
    steps = [b[0] - a[0] for a, b in zip([[0.0], *walks[0]], walks[0])]
    assert len(set(steps)) == 6
    with use_generator(9):
        assert numbers(DataLoader(Walk(), 2, seed=3)) == [
            [a[0], b[0]] for a, b in zip(walks[0][::2], walks[0][1::2])
        ]


def test_a_stream_has_the_length_that_it_says():
    assert len(DataLoader(loading.Sized(11), 2)) == 6
    assert len(DataLoader(loading.Sized(11), 2, drop_last=True)) == 5
    with pytest.raises(TypeError, match="Count: __len__ is missing"):
        len(DataLoader(Count(3)))


def test_a_stream_without_iter_says_so():
    with pytest.raises(NotImplementedError, match="IterableDataset: __iter__ is missing"):
        list(DataLoader(IterableDataset()))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shuffle": True}, "shuffle has no say over an IterableDataset, let its __iter__ shuffle"),
        ({"sampler": [0]}, "sampler has no say over an IterableDataset, drop it"),
        ({"batch_sampler": [[0]]}, "batch_sampler has no say over an IterableDataset, drop it"),
    ],
)
def test_a_stream_has_an_order_of_its_own(arguments, message):
    with pytest.raises(ValueError, match=f"^DataLoader: {message}$"):
        DataLoader(Count(3), **arguments)
