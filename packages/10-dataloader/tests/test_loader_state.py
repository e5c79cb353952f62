"""Going on in the middle of an epoch, as if nothing had come between."""

import copy
import json

import loading
import numpy as np
import pytest

from tinytorch.dataloader import BatchSampler, DataLoader, RandomSampler, TensorDataset
from tinytorch.setup import get_rng_state, set_rng_state, use_generator
from tinytorch.tensor import arange


def shuffled(**more):
    return DataLoader(loading.Dice(), 3, shuffle=True, **more)


def drawn_from(**more):
    return DataLoader(loading.Dice(), 3, shuffle=True, generator=np.random.default_rng(7), **more)


def sampled(**more):
    return DataLoader(loading.Dice(), 3, sampler=RandomSampler(range(10)), drop_last=True, **more)


def grouped(**more):
    groups = BatchSampler(RandomSampler(range(10)), 3, drop_last=False)
    return DataLoader(loading.Dice(), batch_sampler=groups, **more)


def sliced(**more):
    dataset = TensorDataset(arange(10), arange(10) * 2)
    return DataLoader(dataset, 4, shuffle=True, transform=lambda *parts: parts, **more)


def streamed(**more):
    return DataLoader(loading.Throws(), 2, **more)


def sized(**more):
    return DataLoader(loading.Sized(), 2, drop_last=True, **more)


def finish(loader, iterator=()):
    """The rest of this epoch and the whole of the next."""
    return loading.batches_of(iterator), loading.batches_of(loader)


THREADS = {"num_workers": 2, "worker_type": "thread"}
STAYING = THREADS | {"persistent_workers": True}


KINDS = [shuffled, sampled, grouped, sliced, streamed, sized]


@pytest.mark.parametrize("how", [{}, THREADS, STAYING], ids=["alone", "threads", "staying"])
@pytest.mark.parametrize(
    ("make", "seed"), [*((make, seed) for make in KINDS for seed in (None, 5)), (drawn_from, None)]
)
def test_a_loader_goes_on_at_every_position(make, seed, how):
    with use_generator(0):
        length = len(loading.batches_of(make(seed=seed)))
        for position in range(length + 1):
            loader = make(seed=seed, **how)
            loading.batches_of(loader)
            iterator = iter(loader)
            for _ in range(position):
                next(iterator)
            kept = json.dumps([loader.state_dict(), get_rng_state()])
            rest, following = finish(loader, iterator)
            assert len(rest) == length - position

            state, drawn = json.loads(kept)
            assert (state["epoch"], state["batch"]) == (1, position)
            again = make(seed=seed, **how)
            again.load_state_dict(state)
            set_rng_state(drawn)
            assert again.state_dict() == state  # it may be interrupted before it begins
            assert finish(again, again) == (rest, following)
            assert again.epoch == loader.epoch == 3


def test_a_state_does_not_depend_on_the_workers():
    loader = shuffled(seed=0)
    iterator = iter(loader)
    next(iterator)
    state = loader.state_dict()
    again = shuffled(seed=0, num_workers=1)
    again.load_state_dict(state)
    assert loading.batches_of(again) == loading.batches_of(iterator)


@pytest.mark.parametrize("seed", [None, 5])
def test_between_epochs_a_state_is_of_the_next(seed):
    with use_generator(0):
        loader = shuffled(seed=seed)
        fresh = loader.state_dict()
        assert (fresh["epoch"], fresh["batch"], fresh["seed"]) == (0, 0, seed)
        loading.batches_of(loader)
        state, drawn = loader.state_dict(), get_rng_state()
        assert (state["epoch"], state["batch"], state["seed"]) == (1, 0, seed)
        following = loading.batches_of(loader)
        again = shuffled(seed=seed)
        again.load_state_dict(state)
        set_rng_state(drawn)
        assert loading.batches_of(again) == following
        assert again.epoch == 2


def test_a_loader_can_go_back():
    loader = shuffled(seed=0)
    iterator = iter(loader)
    next(iterator)
    state = loader.state_dict()
    rest = loading.batches_of(iterator)
    for _ in range(2):
        loader.load_state_dict(state)
        assert loading.batches_of(loader) == rest


def test_a_state_is_of_the_iteration_that_began_last():
    loader = shuffled(seed=0)
    first, second = iter(loader), iter(loader)
    next(second)
    for _ in range(3):
        next(first)
    state = loader.state_dict()
    assert (state["epoch"], state["batch"]) == (1, 1)


# --- what is refused


def begun(**more):
    loader = DataLoader(range(10), 2, shuffle=True, **more)
    next(iter(loader))
    return loader.state_dict()


SEEDED, UNSEEDED = begun(seed=5), begun()
OWN = begun(generator=np.random.default_rng(0))
DAMAGED = "state_dict is damaged, expected what state_dict() returned"


@pytest.mark.parametrize(
    ("state", "arguments", "message"),
    [
        (None, {}, DAMAGED),
        ([], {}, DAMAGED),
        ({}, {}, DAMAGED),
        ({"epoch": 0, "batch": 0, "seed": 5}, {}, DAMAGED),
        (SEEDED | {"batches": 6}, {"seed": 5}, "a loader with batches 6; this one has batches 5"),
        (SEEDED | {"batches": None}, {"seed": 5}, "with batches None; this one has batches 5"),
        (
            SEEDED | {"batch_size": 3, "drop_last": True, "shuffle": False, "sampler": True},
            {"seed": 6},
            "the state is of a loader with batch_size 3, drop_last True, shuffle False, "
            "sampler True, seed 5; this one has batch_size 2, drop_last False, shuffle True, "
            "sampler False, seed 6",
        ),
        (SEEDED, {"seed": 6}, "of a loader with seed 5; this one has seed 6"),
        (SEEDED, {}, "of a loader with seed 5; this one has no seed"),
        (UNSEEDED, {"seed": 5}, "of a loader with no seed; this one has seed 5"),
        (UNSEEDED, {"seed": UNSEEDED["seed"]}, "of a loader with no seed; this one has seed"),
        (OWN, {}, "with a generator of its own and no seed; this one has no seed"),
        (OWN, {"seed": 5}, "with a generator of its own and no seed; this one has seed 5"),
        (UNSEEDED, {"generator": 1}, "with no seed; this one has a generator of its own and"),
        (SEEDED | {"epoch": -1}, {"seed": 5}, "epoch is -1, expected an integer from 0"),
        (SEEDED | {"epoch": "1"}, {"seed": 5}, "epoch is '1', expected an integer from 0"),
        (SEEDED | {"batch": 0.5}, {"seed": 5}, "batch is 0.5, expected an integer from 0 to 5"),
        (SEEDED | {"batch": 6}, {"seed": 5}, "batch is 6, expected an integer from 0 to 5"),
        (UNSEEDED | {"seed": None}, {}, "the state's seed is None, expected the one that"),
        (UNSEEDED | {"seed": 2**64}, {}, "seed is 18446744073709551616, expected"),
        (UNSEEDED | {"seed": "5"}, {}, "seed is a str, expected an integer"),
        (OWN | {"generator": {}}, {"generator": 1}, ""),
        (OWN | {"generator": None}, {"generator": 1}, ""),
    ],
)
def test_a_state_of_another_loader_is_refused_and_nothing_changes(state, arguments, message):
    def make():
        more = {"generator": np.random.default_rng(1)} if "generator" in arguments else arguments
        loader = DataLoader(range(10), 2, shuffle=True, **more)
        next(iter(loader))
        return loader

    with use_generator(0):
        expected = make().state_dict()
    with use_generator(0):
        loader = make()
        with pytest.raises((TypeError, ValueError)) as caught:
            loader.load_state_dict(copy.deepcopy(state))
        assert message in str(caught.value)
        assert loader.state_dict() == expected
        assert len(loading.batches_of(zip(loader))) == 5


@pytest.mark.parametrize("other", [{"batch_sampler": [[0, 1]] * 5}, {"sampler": range(5)}])
def test_a_sampler_is_part_of_the_state(other):
    state = DataLoader(range(5)).state_dict()
    with pytest.raises(ValueError, match=r"with sampler False; this one has sampler True$"):
        DataLoader(range(5), **other).load_state_dict(state)
