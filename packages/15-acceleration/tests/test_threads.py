"""Threads: what is shared comes back in order, errors arrive, and nothing is left running."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tinytorch.acceleration import threads
from tinytorch.acceleration.threads import Workers


@pytest.fixture
def workers():
    found = Workers()
    found.start(3)
    yield found
    found.stop()


def name(_start, _stop):
    return threading.current_thread().name


def together(count):
    """A piece of work that ends only where `count` threads do it at the same time."""
    barrier = threading.Barrier(count, timeout=10)

    def work(start, stop):
        barrier.wait()
        return start, stop

    return work


def test_a_range_is_cut_into_a_slice_for_each_thread(workers):
    assert workers.spread(together(3), 10) == [(0, 3), (3, 6), (6, 10)]


def test_results_come_in_the_order_of_the_slices(workers):
    def work(start, stop):
        time.sleep(0.02 * (start == 0))
        return start

    assert workers.spread(work, 3) == [0, 1, 2]


def test_the_one_who_calls_does_the_first_slice(workers):
    names = workers.spread(name, 3)
    assert names[0] == threading.current_thread().name
    assert all(other.startswith("tinytorch") for other in names[1:])


@pytest.mark.parametrize("count", range(8))
def test_every_number_belongs_to_one_slice(workers, count):
    slices = workers.spread(lambda start, stop: list(range(start, stop)), count)
    assert [number for part in slices for number in part] == list(range(count))
    assert all(slices)


@pytest.mark.parametrize(("step", "least"), [(3, 1), (0, 0), (4, 20), (100, 5)])
def test_blocks_come_in_order_and_no_longer_than_they_may_be(workers, step, least):
    blocks = workers.blocks(lambda at: at, 10, step, least)
    assert [i for at in blocks for i in range(at.start, at.stop)] == list(range(10))
    assert max(at.stop - at.start for at in blocks) <= max(step, 1)


def test_of_nothing_nothing_is_called(workers):
    def never(start, stop):
        raise AssertionError

    assert workers.spread(never, 0) == []


@pytest.mark.parametrize(
    ("least", "slices"),
    [(1, 3), (4, 3), (5, 2), (6, 2), (7, 1), (12, 1), (13, 1), (100, 1)],
)
def test_no_slice_is_shorter_than_it_is_worth(workers, least, slices):
    lengths = workers.spread(lambda start, stop: stop - start, 12, least)
    assert len(lengths) == slices
    assert min(lengths) >= min(least, 12)


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_an_error_arrives_when_all_others_have_ended(workers, broken):
    started = threading.Barrier(3, timeout=10)
    ended = []

    def work(start, stop):
        started.wait()
        if start == broken:
            raise ZeroDivisionError(f"in slice {start}")
        time.sleep(0.05)
        ended.append(start)

    with pytest.raises(ZeroDivisionError, match=f"in slice {broken}"):
        workers.spread(work, 3)
    assert sorted(ended) == sorted({0, 1, 2} - {broken})
    assert workers.spread(together(3), 3) == [(0, 1), (1, 2), (2, 3)]  # as before


def test_of_several_errors_the_first_slice_s_arrives(workers):
    def work(start, stop):
        raise ValueError(f"in slice {start}")

    with pytest.raises(ValueError, match="in slice 0"):
        workers.spread(work, 3)


@pytest.mark.parametrize("treatment", ["raise", "ignore"])
def test_numpy_s_treatment_of_errors_is_handed_on(workers, treatment):
    with np.errstate(divide=treatment):
        found = workers.spread(lambda _start, _stop: np.geterr()["divide"], 3)
    assert found == [treatment] * 3


def test_what_a_slice_spreads_stays_on_its_thread(workers):
    def outer(start, stop):
        return name(start, stop), workers.spread(name, 6), workers.alone

    for own, inner, alone in workers.spread(outer, 3):
        assert inner == [own]
        assert alone
    assert not workers.alone


def test_a_thread_shares_again_after_an_error(workers):
    def fail():
        raise KeyError

    with pytest.raises(KeyError):
        workers.by_itself(fail)
    assert not workers.alone
    workers.spread(together(3), 3)


def test_scratch_memory_is_a_thread_s_own(workers):
    meet = threading.Barrier(3, timeout=10)

    def work(start, stop):
        scratch = workers.scratch((4, 5), np.dtype("f4"))
        scratch[...] = start
        meet.wait()
        return (scratch == start).all() and scratch.shape == (4, 5) and scratch.dtype == "f4"

    assert all(workers.spread(work, 3))


def test_scratch_memory_is_used_again_and_grows(workers):
    f4, f8 = np.dtype("f4"), np.dtype("f8")
    one = workers.scratch((4, 5), f4)
    assert np.shares_memory(one, workers.scratch((2, 3), f4))
    assert not np.shares_memory(one, workers.scratch((4, 5), f4, 1))
    assert not np.shares_memory(one, workers.scratch((4, 5), f8))
    assert not np.shares_memory(one, workers.scratch((5, 5), f4))
    assert workers.scratch((0, 5), f4).shape == (0, 5)
    assert workers.scratch((), f4).shape == ()


def test_threads_end_when_they_are_stopped():
    workers = Workers()
    before = threading.active_count()
    for count in (3, 1, 2):
        workers.start(count)
        workers.spread(together(count), count)
        assert threading.active_count() == before + count - 1
    workers.stop()
    assert (workers.count, workers.started) == (1, False)
    assert threading.active_count() == before
    assert workers.spread(name, 3) == [threading.current_thread().name]


def test_several_threads_of_the_user_s_share_with_the_same_workers(workers):
    found = {}

    def user(number):
        found[number] = workers.spread(lambda start, stop: (number, stop - start), 300)

    users = [threading.Thread(target=user, args=(number,)) for number in range(4)]
    for each in users:
        each.start()
    for each in users:
        each.join(10)
    assert found == {number: [(number, 100)] * 3 for number in range(4)}


PROGRAM = """
from tinytorch.acceleration import accelerate
from tinytorch.spatial import conv2d
from tinytorch.tensor import ones

accelerate(threads=3)
assert conv2d(ones(6, 2, 8, 8), ones(3, 2, 3, 3)).sum().item() == 6 * 3 * 6 * 6 * 18
print("done")
"""


def test_threads_end_with_the_program():
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")


FORKED = """
import os

from tinytorch.acceleration import accelerate
from tinytorch.acceleration.threads import workers
from tinytorch.spatial import conv2d
from tinytorch.tensor import ones

accelerate(threads=3)
conv2d(ones(6, 2, 8, 8), ones(3, 2, 3, 3))
child = os.fork()
if child == 0:
    assert workers.count == 1
    conv2d(ones(6, 2, 8, 8), ones(3, 2, 3, 3))
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), workers.count)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
def test_a_forked_process_computes_alone():
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "7 3\n", "")


def test_where_threads_have_ended_the_caller_does_all(workers):
    workers._pool.shutdown()
    assert workers.spread(lambda start, stop: (start, stop), 9) == [(0, 3), (3, 6), (6, 9)]
    with pytest.raises(KeyError):
        workers.spread(lambda start, stop: {}[start], 9)


def test_memory_for_much_is_not_kept(workers):
    little, much = (threads.KEPT // 4,), (threads.KEPT // 4 + 1,)
    dtype = np.dtype("f4")
    assert np.shares_memory(workers.scratch(little, dtype), workers.scratch(little, dtype))
    assert not np.shares_memory(workers.scratch(much, dtype), workers.scratch(much, dtype))
