"""Writes in place: they are noticed through every view, and refused where they would make a
gradient wrong."""

import gc
import threading

import numpy as np
import pytest

from tinytorch.tensor import Tensor, expand, from_dlpack, no_grad, ones, tensor, zeros
from tinytorch.tensor.recording import install_recorder, installed
from tinytorch.tensor.writes import tick, writes


class _Recorder:
    def binary(self, implementation, first, second, x, y, out):
        return object()


@pytest.fixture
def recorder():
    before = installed.recorder
    install_recorder(_Recorder())
    yield
    installed.recorder = before


def test_the_clock_only_goes_forward_also_between_threads():
    ticks = []
    threads = [
        threading.Thread(target=lambda: ticks.extend(tick() for _ in range(500))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ticks)) == 2000


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x,
        lambda x: x.detach(),
        lambda x: x[1:],
        lambda x: x.reshape(2, 2)[0].T,
        lambda x: Tensor.from_array(x.data[::2][:1]),
        lambda x: Tensor.from_array(np.lib.stride_tricks.as_strided(x.data, (2, 2), (4, 4))[1]),
        lambda x: from_dlpack(x),
        lambda x: from_dlpack(x[1:]),
    ],
)
def test_a_write_through_any_view_is_noticed(view):
    x = zeros(4)
    before = tick()
    assert writes.since(x.data) < before
    view(x).add_(1.0)
    assert writes.since(x.data) > before
    assert writes.last >= writes.since(x.data)
    assert writes.since(ones(4).data) == 0


def test_every_way_to_write_is_noticed():
    x = zeros(4)
    for write in (
        lambda: x.__setitem__(0, 5.0),
        lambda: x.copy_(ones(4)),
        lambda: x.zero_(),
        lambda: x.fill_(2.0),
        lambda: x.mul_(2.0),
        lambda: x.__iadd__(1.0),
    ):
        before = tick()
        write()
        assert writes.since(x.data) > before


def test_what_is_freed_is_forgotten():
    gc.collect()
    before = len(writes.times)
    arrays = [zeros(3) for _ in range(100)]
    for x in arrays:
        x.add_(1.0)
    assert len(writes.times) >= before + 100
    del arrays, x
    gc.collect()
    assert len(writes.times) == len(writes.owners) <= before


def test_recorded_results_are_not_written_into(recorder):
    y = tensor([1.0], requires_grad=True) * tensor([2.0])
    with pytest.raises(RuntimeError, match="add_: writes in place into the result of a recorded"):
        y.add_(1.0)
    with no_grad(), pytest.raises(RuntimeError, match="result of a recorded operation"):
        y[0] = 3.0
    assert y.tolist() == [2.0]


def test_leaves_are_written_into_only_while_nothing_records(recorder):
    x = tensor([1.0], requires_grad=True)
    with pytest.raises(
        RuntimeError,
        match=r"add_: .* into a leaf that requires a gradient; do it inside `with no_grad",
    ):
        x.add_(1.0)
    with no_grad():
        x.add_(1.0)
    assert x.tolist() == [2.0]


def test_without_a_recorder_leaves_are_written_into_freely():
    x = tensor([1.0], requires_grad=True)
    x.sub_(0.5)
    assert x.tolist() == [0.5]


def test_a_value_that_requires_a_gradient_is_not_lost(recorder):
    x = zeros(2)
    value = tensor([1.0], requires_grad=True)
    for write in (lambda: x.add_(value), lambda: x.__setitem__(0, value)):
        with pytest.raises(RuntimeError, match="the value requires a gradient"):
            write()
    with no_grad():
        x.add_(value)
    assert x.tolist() == [1.0, 1.0]


def test_expanded_and_read_only_memory_is_refused():
    with pytest.raises(RuntimeError, match=r"fill_: .* expanded view"):
        expand(zeros(1), 3).fill_(1.0)
    array = np.zeros(2)
    array.flags.writeable = False
    with pytest.raises(RuntimeError, match="read-only"):
        Tensor.from_array(array).add_(1.0)
