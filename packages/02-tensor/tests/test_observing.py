"""Seam 4: what observers are told."""

import threading

import pytest

from tinytorch.tensor import mul, ones, sum, tensor
from tinytorch.tensor.observing import emitting, observe, observers


def test_an_event_holds_the_call_as_it_was_made():
    events = []
    x, y = ones(2, 3), ones(3)
    with observe(events.append):
        z = x * y
        total = sum(z, dim=1)
    product, summed = events
    assert (product.name, product.phase, product.source) == ("mul", "forward", mul)
    assert product.args[0] is x
    assert product.args[1] is y
    assert product.result is z
    assert summed.result is total
    assert summed.settings["dim"] == (1,)
    assert product.start <= product.end <= summed.start <= summed.end
    assert product.parent is None


def test_outside_the_block_nothing_is_told():
    events = []
    with observe(events.append):
        pass
    _ = ones(1) * ones(1)
    assert events == []
    assert observers == []


def test_plain_arrays_make_no_events():
    events = []
    with observe(events.append):
        mul(ones(1).data, ones(1).data)
    assert events == []


def test_inner_events_name_the_one_they_are_part_of():
    events = []
    with observe(events.append), emitting("Model", "forward", None, (), {}) as model:
        _ = ones(1) * ones(1)
    assert [event.name for event in events] == ["mul", "Model"]
    assert events[0].parent is model
    assert model.parent is None


def test_what_an_observer_computes_is_no_event():
    seen = []
    with observe(lambda event: seen.append((event.name, (event.result + 1).item()))):
        _ = ones(1) * ones(1)
    assert seen == [("mul", 2.0)]


def test_every_observer_and_every_thread():
    first, second = [], []
    with observe(first.append), observe(second.append):
        thread = threading.Thread(target=lambda: ones(1) * ones(1))
        thread.start()
        thread.join()
    assert [event.name for event in first] == [event.name for event in second] == ["mul"]


def test_a_call_that_fails_is_told_without_a_result_and_leaves_nothing_behind():
    events = []
    with observe(events.append):
        with pytest.raises(ValueError, match="broadcast"):
            _ = ones(2) * ones(3)
        _ = tensor([1]) * 2
    assert [event.result is None for event in events] == [True, False]
    assert events[1].parent is None


def test_an_observer_that_fails_is_heard_and_the_next_event_works():
    def fail(event):
        raise ZeroDivisionError

    with observe(fail), pytest.raises(ZeroDivisionError):
        _ = ones(1) * ones(1)
    events = []
    with observe(events.append):
        _ = ones(1) * ones(1)
    assert len(events) == 1
    assert events[0].parent is None
