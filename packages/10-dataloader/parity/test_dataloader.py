"""Batches against those of torch.utils.data, over the same samples."""

import importlib
import sys
import types
from collections import OrderedDict, namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils import data as reference

from tinytorch import dataloader as ours
from tinytorch.tensor import Tensor, tensor

Pair = namedtuple("Pair", ["left", "right"])

DTYPES = [np.float32, np.float64, np.int64, np.int32, np.uint8, np.bool_]
RNG = np.random.default_rng(0)
FEATURES = RNG.standard_normal((10, 3, 2)).astype(np.float32)
LABELS = np.arange(10)


def assert_same(mine, theirs):
    """Hold structure, types, dtypes and values against PyTorch's."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(mine, Tensor)
        torch.testing.assert_close(torch.from_numpy(mine.numpy()), theirs, rtol=0, atol=0)
    elif isinstance(theirs, dict):
        assert type(mine) is type(theirs)
        assert list(mine) == list(theirs)
        for key in theirs:
            assert_same(mine[key], theirs[key])
    elif isinstance(theirs, tuple) and theirs and isinstance(theirs[0], str):
        assert mine == list(theirs)  # ours is always a list, as PyTorch's is outside of tuples
    elif isinstance(theirs, list | tuple):
        assert type(mine) is type(theirs)
        for left, right in zip(mine, theirs, strict=True):
            assert_same(left, right)
    else:
        assert mine == theirs


@pytest.mark.parity("default_collate")
@pytest.mark.parametrize(
    "samples",
    [
        [1, 2, 3],
        [0.5, 1.5],
        [0.5, 1],
        [True, False],
        [True, 2],
        ["a", "b"],
        [b"a"],
        [(1, 2.0), (3, 4.0)],
        [[1, 2.0], [3, 4.0]],
        [Pair(1, "a"), Pair(2, "b")],
        [{"a": 1, "b": (True, 2.0)}, {"b": (False, 3.0), "a": 2}],
        [OrderedDict(b=1, a=2)],
        [((1, [2.0, {"x": "y"}]),)] * 2,
        [np.zeros(2, np.int64), np.ones(2, np.float32)],
        [(), ()],
        *([np.ones((2, 3), dtype)] * 2 for dtype in DTYPES),
        *([np.array(1, dtype)] * 2 for dtype in DTYPES),
        *([dtype(1), dtype(0)] for dtype in DTYPES),
        [np.zeros((0, 2), np.float32)] * 3,
    ],
    ids=repr,
)
def test_default_collate(samples):
    assert_same(ours.default_collate(samples), reference.default_collate(samples))


@pytest.mark.parity("default_collate")
@pytest.mark.parametrize("dtypes", [DTYPES[i : i + 2] for i in range(len(DTYPES) - 1)])
def test_default_collate_of_tensors(dtypes):
    arrays = [np.ones((2, 2), dtype) for dtype in dtypes]
    mine = ours.default_collate([tensor(array) for array in arrays])
    theirs = reference.default_collate([torch.tensor(array) for array in arrays])
    assert_same(mine, theirs)


@pytest.mark.parity("TensorDataset")
@pytest.mark.parametrize("index", [0, -1, slice(2, 5), slice(None), [3, 1]])
def test_tensor_dataset(index):
    mine = ours.TensorDataset(tensor(FEATURES), tensor(LABELS))
    theirs = reference.TensorDataset(torch.tensor(FEATURES), torch.tensor(LABELS))
    assert len(mine) == len(theirs)
    assert_same(mine[index], theirs[index])


def squares(base):
    class Squares(base):
        def __getitem__(self, index):
            return {"features": FEATURES[index], "square": index**2, "name": str(index)}

        def __len__(self):
            return len(FEATURES)

    return Squares()


@pytest.mark.parity("DataLoader", "Dataset")
@pytest.mark.parametrize("batch_size", [1, 3, 5, 10, 11])
@pytest.mark.parametrize("drop_last", [False, True])
def test_loader(batch_size, drop_last):
    pairs = [
        (squares(ours.Dataset), squares(reference.Dataset)),
        (
            ours.TensorDataset(tensor(FEATURES), tensor(LABELS)),
            reference.TensorDataset(torch.tensor(FEATURES), torch.tensor(LABELS)),
        ),
        (range(7), range(7)),
        (list("abcdef"), list("abcdef")),
    ]
    for mine, theirs in pairs:
        left = ours.DataLoader(mine, batch_size, drop_last=drop_last)
        right = reference.DataLoader(theirs, batch_size, drop_last=drop_last)
        assert len(left) == len(right)
        assert_same(list(left), list(right))


@pytest.mark.parity("DataLoader")
def test_loader_with_collate_fn_and_getitems():
    class Batched:
        def __getitem__(self, index):
            raise AssertionError("a batch is to be asked for at once")

        def __getitems__(self, indices):
            return [10 * index for index in indices]

        def __len__(self):
            return 7

    left = ours.DataLoader(Batched(), 3, collate_fn=sum)
    right = reference.DataLoader(Batched(), 3, collate_fn=sum)
    assert list(left) == list(right) == [30, 120, 60]


@pytest.mark.parity("DataLoader")
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("order", [[3, 1, 4, 1, 5], [], [9], range(9, -1, -2), np.array([2, 7])])
def test_loader_with_a_sampler(order, drop_last):
    left = ours.DataLoader(squares(ours.Dataset), 2, sampler=order, drop_last=drop_last)
    right = reference.DataLoader(squares(reference.Dataset), 2, sampler=order, drop_last=drop_last)
    assert len(left) == len(right)
    assert_same(list(left), list(right))


@pytest.mark.parity("DataLoader")
@pytest.mark.parametrize("groups", [[[0, 1], [2], [9, 0, 3]], [], [(4, 4)]])
def test_loader_with_a_batch_sampler(groups):
    left = ours.DataLoader(squares(ours.Dataset), batch_sampler=groups)
    right = reference.DataLoader(squares(reference.Dataset), batch_sampler=groups)
    assert len(left) == len(right)
    assert_same(list(left), list(right))


def stream(base, size, sized):
    class Stream(base):
        def __iter__(self):
            return ((FEATURES[index], index) for index in range(size))

    class Sized(Stream):
        def __len__(self):
            return size

    return Sized() if sized else Stream()


@pytest.mark.parity("DataLoader", "IterableDataset")
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("size", [0, 1, 4, 6, 10])
def test_loader_over_a_stream(size, drop_last):
    for sized in (False, True):
        left = ours.DataLoader(stream(ours.IterableDataset, size, sized), 3, drop_last=drop_last)
        right = reference.DataLoader(
            stream(reference.IterableDataset, size, sized), 3, drop_last=drop_last
        )
        assert_same(list(left), list(right))
        if sized:
            assert len(left) == len(right)
        else:
            for loader in (left, right):
                with pytest.raises(TypeError):
                    len(loader)


@pytest.mark.parity("DataLoader")
def test_what_excludes_what():
    for arguments in (
        {"sampler": [0], "shuffle": True},
        {"batch_sampler": [[0]], "shuffle": True},
        {"batch_sampler": [[0]], "batch_size": 2},
        {"batch_sampler": [[0]], "sampler": [0]},
        {"batch_sampler": [[0]], "drop_last": True},
        {"batch_size": 0},
        {"num_workers": -1},
        {"timeout": -1},
        {"persistent_workers": True},
    ):
        for library in (ours, reference):
            with pytest.raises(ValueError):  # noqa: PT011  (each says it in its own words)
                library.DataLoader(squares(library.Dataset), **arguments)
    for arguments in ({"sampler": [0]}, {"batch_sampler": [[0]]}, {"shuffle": True}):
        for library in (ours, reference):
            with pytest.raises(ValueError):  # noqa: PT011
                library.DataLoader(stream(library.IterableDataset, 4, False), **arguments)


number_of_worker = None


def note_number(number):
    global number_of_worker
    number_of_worker = number


class Worker:
    def __getitem__(self, index):
        return number_of_worker

    def __len__(self):
        return 7


@pytest.fixture
def importable(monkeypatch):
    """Spawned processes import this file by its name, and need not import pytest's program."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return importlib.import_module(Path(__file__).stem)


@pytest.mark.parity("DataLoader")
def test_worker_init_fn_and_which_worker_makes_which_batch(importable):
    how = {"num_workers": 2, "worker_init_fn": importable.note_number}
    left = list(ours.DataLoader(importable.Worker(), 2, **how))
    right = list(
        reference.DataLoader(importable.Worker(), 2, multiprocessing_context="spawn", **how)
    )
    assert_same(left, right)
    assert [batch.tolist() for batch in left] == [[0, 0], [1, 1], [0, 0], [1]]


@pytest.mark.parity("Dataset")
def test_dataset_without_getitem():
    for base in (ours.Dataset, reference.Dataset):
        with pytest.raises(NotImplementedError):
            base()[0]
        with pytest.raises(TypeError):
            len(base())
