"""Workers: the same batches as without them, and an end of everything whatever happens."""

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import types
from concurrent.futures import CancelledError
from pathlib import Path

import loading
import numpy as np
import pytest

from tinytorch.dataloader import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    recipe,
    serving,
    workers,
)
from tinytorch.setup import generator, manual_seed, use_generator
from tinytorch.tensor import arange, tensor

KINDS = ["process", "thread"]


@pytest.fixture(autouse=True)
def a_small_program(monkeypatch):
    """Spare worker processes the import of pytest, which is the program here."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = set(threading.enumerate())
    yield
    gc.collect()
    assert multiprocessing.active_children() == []
    assert set(threading.enumerate()) == before


# --- the same batches


def everything(dataset, **arguments):
    return DataLoader(
        dataset, collate_fn=loading.collate_and_draw, transform=loading.add_noise, **arguments
    )


CONFIGURATIONS = {
    "shuffled": lambda **more: everything(loading.Dice(), batch_size=3, shuffle=True, **more),
    "sampler": lambda **more: everything(
        loading.Dice(),
        batch_size=4,
        sampler=WeightedRandomSampler(np.arange(10), num_samples=11),
        drop_last=True,
        **more,
    ),
    "batch sampler": lambda **more: everything(
        loading.Dice(),
        batch_sampler=BatchSampler(RandomSampler(range(10)), 3, drop_last=False),
        **more,
    ),
    "stream": lambda **more: everything(loading.Throws(), batch_size=2, **more),
    "stream of full batches": lambda **more: everything(
        loading.Throws(), batch_size=2, drop_last=True, **more
    ),
}


def two_epochs(make, seed, **how):
    with use_generator(0):  # which also undoes manual_seed
        manual_seed(3)
        loader = make(seed=seed, **how)
        return [loading.batches_of(loader) for _ in range(2)]


@pytest.mark.parametrize("make", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_the_batches_are_the_same_for_any_number_of_workers_of_either_type(make):
    for seed in (5, None):  # None: manual_seed decides
        first, second = two_epochs(make, seed)
        assert first != second
        for count in (1, 4):
            for persistent in (False, True):
                how = {"num_workers": count, "persistent_workers": persistent}
                assert two_epochs(make, seed, **how, worker_type="thread") == [first, second]
    how = {"num_workers": 3, "persistent_workers": True}
    assert two_epochs(make, None, **how) == [first, second]


@pytest.mark.parametrize("count", [1, 4])
def test_processes_make_the_same_batches_when_each_epoch_has_its_own(count):
    make = CONFIGURATIONS["shuffled"]
    assert two_epochs(make, 5, num_workers=count) == two_epochs(make, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_drawing_in_workers_leaves_the_callers_random_numbers_alone(kind):
    with use_generator(0):
        expected = generator().random()
    with use_generator(0):
        list(everything(loading.Dice(), seed=1, num_workers=1, worker_type=kind))
        assert generator().random() == expected


def test_a_batch_of_a_process_is_the_callers_to_write_on_and_keeps_its_parts():
    dataset = TensorDataset(arange(6).reshape(3, 2), tensor([0.5, 1.5, 2.5]))
    (numbers, floats), _ = DataLoader(dataset, batch_size=2, num_workers=1)
    numbers += 1
    assert numbers.tolist() == [[1, 2], [3, 4]]
    assert floats.tolist() == [0.5, 1.5]


@pytest.mark.parametrize("kind", KINDS)
def test_worker_init_fn_is_called_in_each_worker_with_its_number(kind):
    numbers = []
    init = numbers.append if kind == "thread" else loading.note_number
    loader = DataLoader(
        loading.Worker(5), num_workers=2, worker_type=kind, worker_init_fn=init, collate_fn=list
    )
    batches = list(loader)
    if kind == "thread":
        assert sorted(numbers) == [0, 1]
    else:
        assert batches == [[0], [1], [0], [1], [0]]


def test_threads_share_the_dataset_and_processes_have_copies():
    dataset = loading.Memory(4)
    list(DataLoader(dataset, num_workers=1, worker_type="thread"))
    assert dataset.asked == 4
    list(DataLoader(dataset, num_workers=1))
    assert dataset.asked == 4


def test_workers_are_prefetch_factor_batches_ahead_and_no_more():
    asked = []
    ready = threading.Event()

    class Watched(loading.Numbers):
        def __getitem__(self, index):
            asked.append(index)
            if index == 5:
                ready.set()
            return index

    loader = DataLoader(Watched(20), num_workers=2, worker_type="thread", prefetch_factor=3)
    iterator = iter(loader)
    assert asked == []  # nobody has asked for a batch yet
    next(iterator)
    assert ready.wait(30)
    assert set(asked) <= set(range(7))  # one in hand, six on the way
    iterator.close()


def test_a_dataset_of_100_mb_goes_to_a_process_once():
    size = 25_000_000
    dataset = TensorDataset(tensor(np.arange(size, dtype=np.int32)))
    loader = DataLoader(dataset, sampler=[0, size - 1], num_workers=1)
    assert [batch.tolist() for (batch,) in loader] == [[0], [size - 1]]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux shows what is mapped")
def test_there_is_no_shared_memory_that_could_be_left():
    batches = DataLoader(loading.SharedMaps(4), num_workers=2, collate_fn=loading.first)
    for there in batches:
        assert there == loading.SharedMaps()[0] == []


def test_a_loader_in_a_thread_draws_for_itself_and_leaves_nothing():
    def load(into):
        with use_generator(4):
            into.extend(loading.batches_of(everything(loading.Dice(), num_workers=1)))

    there, here = [], []
    thread = threading.Thread(target=load, args=[there])
    thread.start()
    thread.join()
    load(here)
    assert there == here != []


# --- persistent workers


@pytest.mark.parametrize("persistent", [True, False])
def test_persistent_workers_stay_for_all_epochs_and_others_do_not(persistent):
    loader = DataLoader(
        loading.Pids(4), num_workers=2, persistent_workers=persistent, collate_fn=loading.first
    )
    first, second = list(loader), list(loader)
    assert len(set(first)) == 2
    assert os.getpid() not in first
    assert (first == second) is persistent
    assert set(first).isdisjoint(second) is not persistent


@pytest.mark.parametrize("kind", KINDS)
def test_persistent_workers_survive_an_error_and_an_abandoned_epoch(kind):
    loader = DataLoader(
        loading.At(2, loading.unreadable),
        num_workers=2,
        worker_type=kind,
        persistent_workers=True,
        seed=0,
    )
    assert next(iter(loader)).tolist() == [0]
    crew = loader._crew
    for _ in range(2):
        iterator = iter(loader)
        assert [next(iterator).tolist() for _ in range(2)] == [[0], [1]]
        with pytest.raises(OSError, match="sample 2 is unreadable"):
            next(iterator)
    assert loader._crew is crew
    left, right = iter(loader), iter(loader)  # they share the workers
    assert [(next(left).item(), next(right).item()) for _ in range(2)] == [(0, 0), (1, 1)]


def test_persistent_workers_are_replaced_when_one_died():
    loader = DataLoader(
        loading.Pids(40), num_workers=2, persistent_workers=True, collate_fn=loading.first
    )
    iterator, other = iter(loader), iter(loader)
    pids = {next(iterator), next(iterator)}
    next(other)
    os.kill(max(pids), signal.SIGKILL)
    with pytest.raises(RuntimeError, match=rf"\(pid {max(pids)}\) was killed by SIGKILL"):
        list(iterator)
    with pytest.raises(RuntimeError, match=r"SIGKILL|a worker failed in another iteration"):
        list(other)
    again = set(loader)
    assert len(again) == 2
    assert pids.isdisjoint(again)


@pytest.mark.parametrize("kind", KINDS)
def test_an_iteration_says_that_its_workers_were_ended_for_another(kind):
    loader = DataLoader(loading.Numbers(), num_workers=1, worker_type=kind, persistent_workers=True)
    iterator = iter(loader)
    next(iterator)
    loader._crew.close()
    with pytest.raises(RuntimeError, match=r"nobody makes batch \d: a worker failed in another"):
        list(iterator)


def test_a_pickled_loader_leaves_its_workers_behind():
    loader = DataLoader(
        loading.Numbers(3), num_workers=1, worker_type="thread", persistent_workers=True
    )
    list(loader)
    copy = pickle.loads(pickle.dumps(loader))
    assert [batch.item() for batch in copy] == [0, 1, 2]
    assert copy._crew is not loader._crew


# --- errors of the data set's


def error_of(loader, error):
    with pytest.raises(error) as caught:
        list(loader)
    return caught.value


ERRORS = [
    (loading.unreadable, OSError, "sample 2 is unreadable", ["in unreadable", "OSError: sample"]),
    (
        loading.with_cause,
        ValueError,
        "sample 2 is no image",
        ["OSError: sample 2 is unreadable", "the direct cause", "in with_cause"],
    ),
    (loading.times_out, TimeoutError, "the disk took too long for 2", ["in times_out"]),
    (loading.two_arguments, RuntimeError, "TwoArgumentsError: damage at 2", ["in two_arguments"]),
    (loading.wraps, RuntimeError, "WrapsError: wrapped: damage at 2", ["in wraps"]),
    (loading.holds_lock, RuntimeError, "HoldsLockError: locked at 2", ["in holds_lock"]),
    (loading.speechless, RuntimeError, "SpeechlessError: its message cannot be had", ["in spee"]),
]


@pytest.mark.parametrize(("fault", "kind", "message", "told"), ERRORS)
def test_an_error_in_a_process_arrives_with_type_message_and_traceback(fault, kind, message, told):
    loader = DataLoader(loading.At(2, fault), num_workers=2, timeout=60)
    error = error_of(loader, kind)
    assert type(error) is kind
    assert str(error) == message
    batch, traceback = error.__notes__
    assert batch == "DataLoader: batch 2 is of the samples [2]"
    assert traceback.startswith("DataLoader: it was raised in a worker process:\nTraceback")
    assert all(part in traceback for part in told)


@pytest.mark.parametrize("how", [{}, {"num_workers": 2, "worker_type": "thread"}])
@pytest.mark.parametrize("fault", [loading.two_arguments, loading.holds_lock])
def test_an_error_in_a_thread_arrives_itself(fault, how):
    loader = DataLoader(loading.At(2, fault), **how)
    error = error_of(loader, Exception)
    assert type(error).__module__ == "loading"
    assert error.__notes__ == ["DataLoader: batch 2 is of the samples [2]"]
    assert error.__traceback__.tb_next is not None


@pytest.mark.parametrize("kind", KINDS)
def test_a_cancelled_error_of_the_datasets_is_its_own(kind):
    loader = DataLoader(loading.At(2, loading.cancelled), num_workers=2, worker_type=kind)
    error = error_of(loader, CancelledError)
    assert str(error) == "the download of 2 was cancelled"


@pytest.mark.parametrize("kind", KINDS)
def test_errors_of_collate_fn_transform_and_worker_init_fn_arrive(kind):
    dataset, how = loading.Numbers(), {"num_workers": 2, "worker_type": kind}
    error = error_of(DataLoader(dataset, collate_fn=loading.fail_collate, **how), KeyError)
    assert error.args == ("mask",)
    assert error.__notes__[0] == "DataLoader: batch 0 is of the samples [0]"
    error = error_of(
        DataLoader(dataset, transform=loading.fail_transform, **how), FloatingPointError
    )
    assert str(error) == "an overflow"
    error = error_of(DataLoader(dataset, worker_init_fn=loading.fail_to_start, **how), RuntimeError)
    assert str(error) == "worker 1 found no licence"
    if kind == "process":
        (note,) = error.__notes__  # and nothing about programs without a guard
        assert "in fail_to_start" in note


def test_what_a_process_cannot_send_or_the_caller_not_open_is_an_error():
    how = {"num_workers": 1, "collate_fn": list, "persistent_workers": True}
    loader = DataLoader(loading.At(1, loading.lock), **how)
    error = error_of(loader, TypeError)
    assert "cannot pickle '_thread.lock' object" in str(error)
    assert "in answer" in error.__notes__[-1]
    loader.dataset.place = 9  # nothing changes for workers that stay
    iterator = iter(loader)
    assert next(iterator) == [0]
    with pytest.raises(TypeError):
        next(iterator)
    loader = DataLoader(loading.At(1, loading.sour), **how)
    for _ in range(2):  # the process lives
        error = error_of(loader, OSError)
        assert str(error) == "sample 7 is unreadable"
    assert not loader._crew.broken


def test_what_cannot_be_sent_to_processes_is_an_error_before_any_begins():
    loader = DataLoader(loading.Numbers(), collate_fn=lambda samples: samples, num_workers=2)
    error = error_of(loader, (AttributeError, pickle.PicklingError))
    assert "must pickle: define it at the top of a module, or use" in error.__notes__[0]
    loader.worker_type = "thread"
    assert len(list(loader)) == 10


def test_a_dataset_that_a_process_cannot_open_is_an_error():
    error = error_of(DataLoader(loading.Unpickles(), num_workers=2), ImportError)
    assert str(error) == "no module of that name here"
    assert "__setstate__" in error.__notes__[0]


# --- processes that die


ENDS = [
    (loading.kill_itself, "was killed by SIGKILL"),
    (loading.terminate_itself, "was killed by SIGTERM"),
    (loading.leave, "ended with exit code 3"),
    (loading.sys_exit, "ended with exit code 4"),
]


@pytest.mark.parametrize(("fault", "fate"), ENDS)
def test_a_process_that_ends_is_an_error_that_says_which_and_how(fault, fate):
    iterator = iter(DataLoader(loading.At(3, fault), num_workers=2))
    assert [next(iterator).item() for _ in range(3)] == [0, 1, 2]
    message = rf"^DataLoader: worker process 1 \(pid \d+\) {fate} while it made batch 3$"
    with pytest.raises(RuntimeError, match=message):
        next(iterator)
    assert list(iterator) == []


def test_a_process_that_ends_before_it_is_ready_gives_the_hint():
    error = error_of(DataLoader(loading.LeavesOnLoad(), num_workers=1), RuntimeError)
    assert "(pid " in str(error)
    assert str(error).endswith(") ended with exit code 5 before it was ready")
    assert 'under `if __name__ == "__main__":`' in error.__notes__[0]


@pytest.mark.parametrize("delays", np.random.default_rng(0).integers(0, 1500, (4, 3)).tolist())
def test_a_process_that_dies_at_any_time_of_a_large_batch_is_no_hang(delays):
    dataset = loading.DiesWhileSending(1500)
    loader = DataLoader(dataset, sampler=delays * 20, num_workers=3, collate_fn=loading.first)
    with pytest.raises(RuntimeError, match=r"\(pid \d+\) was killed by SIGKILL while it made"):
        list(loader)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only a fork inherits the connection")
@pytest.mark.parametrize("at_once", [True, False])
def test_a_process_that_dies_while_a_child_of_it_lives_is_no_hang(tmp_path, at_once):
    """The child holds the connection, in the middle of a message too."""
    loader = DataLoader(loading.Forks(tmp_path / "free", at_once), num_workers=2)
    iterator = iter(loader)
    try:
        assert next(iterator).item() == 0
        message = r"^DataLoader: worker process 1 \(pid \d+\) was killed by SIGKILL while it made b"
        with pytest.raises(RuntimeError, match=message):
            next(iterator)
        assert not (tmp_path / "free").exists()  # or the child did not outlive it
    finally:
        (tmp_path / "free").touch()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only a fork inherits the connection")
def test_an_iteration_can_be_left_while_a_child_of_a_dead_process_lives(tmp_path):
    loader = DataLoader(loading.Forks(tmp_path / "free", True), num_workers=2, timeout=60)
    iterator = iter(loader)
    try:
        assert next(iterator).item() == 0
        for child in multiprocessing.active_children():
            if child.name == "DataLoader-1":
                while child.exitcode is None:
                    time.sleep(0.01)
        iterator.close()
        assert not (tmp_path / "free").exists()
    finally:
        (tmp_path / "free").touch()


def test_a_process_that_hangs_is_ended_after_timeout():
    loader = DataLoader(
        loading.At(1, loading.hang), num_workers=2, timeout=60, persistent_workers=True
    )
    for _ in range(2):  # the second time by new processes
        iterator = iter(loader)
        assert next(iterator).item() == 0
        loader._crew.timeout = 0.5  # now that they have started, however slow the machine is
        pids = [child.pid for child in multiprocessing.active_children()]
        message = r"worker process 1 \(pid (\d+)\) did not make batch 1 within timeout=0\.5 seconds"
        with pytest.raises(TimeoutError, match=message):
            next(iterator)
        assert len(pids) == 2
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


def test_a_thread_that_hangs_is_left_behind_after_timeout():
    release = threading.Event()

    class Hangs(loading.Numbers):
        def __getitem__(self, index):
            if index == 1:
                release.wait()
            return index

    before = set(threading.enumerate())
    loader = DataLoader(
        Hangs(), num_workers=2, worker_type="thread", timeout=60, persistent_workers=True
    )
    iterator = iter(loader)
    assert next(iterator).item() == 0
    loader._crew.timeout = 0.1
    with pytest.raises(TimeoutError, match=r"^DataLoader: thread 1 did not make batch 1 within"):
        next(iterator)
    (left,) = set(threading.enumerate()) - before
    assert left.daemon  # it keeps no program from ending
    release.set()
    left.join(30)


# --- iterations that are left


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("persistent", [False, True])
def test_an_abandoned_iteration_ends_its_workers(kind, persistent):
    """Or the loader does, if they stay; what is left, the fixture finds."""

    def loader():
        return DataLoader(
            loading.Numbers(50), num_workers=1, worker_type=kind, persistent_workers=persistent
        )

    iter(loader())  # never started
    iterator = iter(loader())
    next(iterator)
    del iterator
    for _ in loader():
        break

    def fail():
        for _ in loader():
            raise LookupError("of the body")

    with pytest.raises(LookupError):
        fail()


def test_a_loader_that_refers_to_itself_is_cleared_away():
    loader = DataLoader(
        loading.Numbers(), num_workers=1, worker_type="thread", persistent_workers=True
    )
    next(iter(loader))
    loader.itself = loader


def test_a_worker_may_be_the_one_that_collects_its_loader():
    class Collects(loading.Numbers):
        def __getitem__(self, index):
            if index == 1:
                loader._crew.close()  # waits a second for itself, and goes on
            return index

    loader = DataLoader(
        Collects(),
        num_workers=1,
        worker_type="thread",
        persistent_workers=True,
        prefetch_factor=1,
    )
    iterator = iter(loader)
    assert [next(iterator).item() for _ in range(2)] == [0, 1]
    loader._crew.lanes[0].thread.join(30)


# --- what runs in the process, run here


class Parent(threading.Thread):
    """Talks to `serve` from the other end of its connection."""

    def __init__(self, connection, messages):
        super().__init__()
        self.connection, self.messages, self.answers = connection, messages, []

    def run(self):
        for message in self.messages:
            self.connection.send(message)
            data, *buffers = serving.receive(self.connection)
            self.answers.append(pickle.loads(data, buffers=buffers))
        self.connection.close()


@pytest.fixture
def served(monkeypatch):
    """Return a function that serves messages and returns the answers."""

    def served(*messages):
        monkeypatch.setattr(serving, "follow_parent", lambda: None)
        before = signal.getsignal(signal.SIGINT)
        ours, theirs = multiprocessing.Pipe()
        parent = Parent(ours, messages)
        parent.start()
        try:
            serving.serve(theirs, 4)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGINT, before)
            parent.join()
            theirs.close()
        return parent.answers

    return served


def task(number, *indices):
    return recipe.Task(0, 0, number, np.array(indices))


def test_a_process_answers_until_the_caller_is_gone(served):
    made = recipe.Recipe(loading.At(2, loading.unreadable), list, None)
    payload = workers.pack_recipe(made, loading.note_number)
    ready, batch, (fine, error) = served(payload, task(0, 0, 1), task(1, 2))
    assert (ready, batch) == ((True, None), (True, [0, 1]))
    assert loading.number_of_worker == 4
    assert not fine
    assert isinstance(error, OSError)
    assert len(error.__notes__) == 2
    assert served() == []


def test_an_error_that_does_not_pickle_becomes_one_that_does(served):
    payload = workers.pack_recipe(
        recipe.Recipe(loading.At(0, loading.holds_lock), list, None), None
    )
    _, (fine, error) = served(payload, task(0, 0))
    assert not fine
    assert type(error) is RuntimeError
    assert str(error) == "HoldsLockError: locked at 0"
    assert len(error.__notes__) == 2


def test_a_process_ends_when_the_one_that_started_it_has(monkeypatch):
    codes, parent = [], threading.Thread(target=list)
    parent.start()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "_exit", codes.append)
    serving.follow_parent()
    assert codes == [1]
    assert not parent.is_alive()


def test_a_process_that_closed_its_end_but_lives_stopped_answering(monkeypatch):
    monkeypatch.setattr(workers, "GRACE", 0.01)
    worker = workers.Process(b"", 0)
    worker.connection.close()
    with pytest.raises(RuntimeError, match=r"\(pid \d+\) stopped answering while it slept$"):
        worker.ask(b"", "while it slept")
    worker.kill()
    worker.process.join()
