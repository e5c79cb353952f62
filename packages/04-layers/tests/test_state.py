"""A state is loaded whole or not at all, and says everything that does not fit."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.layers import Linear, Module, Sequential
from tinytorch.tensor import ones, tensor, zeros
from tinytorch.tensor.writes import tick, writes


def net(*sizes):
    return Sequential(*(Linear(a, b) for a, b in itertools.pairwise(sizes)))


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5))
def test_a_state_makes_two_networks_equal(sizes):
    first, second = net(*sizes), net(*sizes)
    assert second.load_state_dict(first.state_dict()) == ([], [])
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert np.array_equal(a.data, b.data)
        assert not np.shares_memory(a.data, b.data)


def test_a_state_is_on_the_modules_memory_and_not_recorded():
    layer = Linear(2, 1)
    state = layer.state_dict(prefix="layer.")
    assert list(state) == ["layer.weight", "layer.bias"]
    assert np.shares_memory(state["layer.weight"].data, layer.weight.data)
    assert not state["layer.weight"].requires_grad


def test_every_mismatch_is_listed_and_nothing_is_changed():
    network = net(2, 3, 1)
    before = {name: value.tolist() for name, value in network.state_dict().items()}
    state = {
        "0.weight": zeros(2, 3),
        "0.bias": zeros(3),
        "1.bias": np.array(["a"]),
        "2.weight": zeros(1),
        "3": ones(1),
    }
    with pytest.raises(RuntimeError) as caught:
        network.load_state_dict(state)
    text = str(caught.value)
    for fault in (
        "load_state_dict: the state does not fit Sequential:",
        "missing: 1.weight, of shape (1, 3)",
        "unexpected: 2.weight",
        "unexpected: 3",
        "0.weight: has shape (2, 3), expected (3, 2)",
        "1.bias: has type <U1",
    ):
        assert fault in text
    assert {name: value.tolist() for name, value in network.state_dict().items()} == before


def test_loading_part_of_it_tells_what_did_not_fit():
    network = net(2, 1)
    found = network.load_state_dict({"0.bias": tensor([5.0]), "other": ones(1)}, strict=False)
    assert found.missing_keys == ["0.weight"]
    assert found.unexpected_keys == ["other"]
    assert repr(found) == "Mismatches(missing_keys=['0.weight'], unexpected_keys=['other'])"
    assert repr(network.load_state_dict(network.state_dict())) == "<All keys matched successfully>"
    assert network[0].bias.tolist() == [5.0]
    with pytest.raises(RuntimeError, match=r"0\.bias: has shape \(2,\), expected \(1,\)"):
        network.load_state_dict({"0.bias": zeros(2)}, strict=False)


def test_types_are_converted_and_the_write_is_noticed():
    layer = Linear(2, 1)
    before = tick()
    layer.load_state_dict({"weight": np.array([[1, 2]]), "bias": np.zeros(1)})
    assert layer.weight.tolist() == [[1.0, 2.0]]
    assert layer.weight.dtype == "float32"
    assert writes.since(layer.weight.data) > before


def test_shared_and_empty():
    shared = Linear(2, 2)
    both = Sequential(shared, shared)
    both.load_state_dict(both.state_dict())
    assert Module().load_state_dict({}) == ([], [])


def test_a_state_is_a_dictionary():
    with pytest.raises(TypeError, match="load_state_dict: got int, expected a dictionary"):
        Linear(1, 1).load_state_dict(3)
