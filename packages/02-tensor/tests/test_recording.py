"""Seam 1 from this side: the gradient mode, leaves, and what is handed to a recorder."""

import gc
import threading
import weakref

import numpy as np
import pytest

from tinytorch.tensor import (
    Tensor,
    enable_grad,
    is_grad_enabled,
    mul,
    neg,
    no_grad,
    ones,
    set_grad_enabled,
    tensor,
)
from tinytorch.tensor.recording import HookHandle, Leaf, install_recorder, installed


class Notes:
    """A recorder that only writes down what it is given."""

    def __init__(self):
        self.calls = []

    def unary(self, implementation, parent, x, out):
        return self.general(implementation, (parent,), (x,), {}, out, None)

    def binary(self, implementation, first, second, x, y, out):
        return self.general(implementation, (first, second), (x, y), {}, out, None)

    def general(self, implementation, parents, arrays, settings, out, saved):
        self.calls.append((implementation.primitive.name, tuple(parents), dict(settings), saved))
        return object() if not isinstance(out, tuple) else tuple(object() for _ in out)


@pytest.fixture
def notes():
    before = installed.recorder
    recorder = Notes()
    install_recorder(recorder)
    yield recorder
    installed.recorder = before


def test_without_a_recorder_operations_compute_and_backward_tells_what_to_install():
    x = tensor([1.0], requires_grad=True)
    y = x * 2.0
    assert y.tolist() == [2.0]
    assert not y.requires_grad
    for call in (y.backward, y.retain_grad, lambda: x.register_hook(print)):
        with pytest.raises(
            RuntimeError, match=r"install tinytorch-autograd.*import tinytorch\.autog"
        ):
            call()


def test_calls_on_leaves_are_recorded_with_their_parents(notes):
    x = tensor([1.0, 2.0], requires_grad=True)
    c = tensor([3.0, 4.0])
    y = x * c
    z = mul(c, x)
    w = -x
    v = 2 * x.to("float64")
    assert [call[0] for call in notes.calls] == ["mul", "mul", "neg", "cast", "mul"]
    assert notes.calls[0][1] == (x.node, None)
    assert notes.calls[1][1] == (None, x.node)
    assert notes.calls[2][1] == (x.node,)
    assert all(t.requires_grad and not t.is_leaf for t in (y, z, w, v))
    assert y.grad_fn is y.node
    assert x.grad_fn is None


def test_nothing_is_recorded_without_a_leaf_or_with_the_mode_off(notes):
    x = tensor([1.0], requires_grad=True)
    _ = ones(2) * ones(2)
    with no_grad():
        _ = x * x
        _ = neg(x)
        _ = x * x.to("float64")
    _ = x == x  # has no derivative
    assert [call[0] for call in notes.calls] == []


def test_a_tensor_by_keyword_keeps_its_place(notes):
    x = tensor([1.0], requires_grad=True)
    mul(ones(1), other=x)
    assert notes.calls[0][1] == (None, x.node)


def test_modes_nest_and_return_after_errors():
    assert is_grad_enabled()
    with no_grad():
        assert not is_grad_enabled()
        with enable_grad():
            assert is_grad_enabled()
        assert not is_grad_enabled()
        with pytest.raises(ZeroDivisionError), enable_grad():
            raise ZeroDivisionError
        assert not is_grad_enabled()
    assert is_grad_enabled()
    set_grad_enabled(False)
    assert not is_grad_enabled()
    set_grad_enabled(True)
    assert is_grad_enabled()


@pytest.mark.parametrize(
    "decorate",
    [lambda f: no_grad()(f), lambda f: no_grad(f), lambda f: set_grad_enabled(False)(f)],
)
def test_switches_decorate_functions(decorate):
    decorated = decorate(lambda value: (value, is_grad_enabled()))
    assert is_grad_enabled()
    assert decorated(3) == (3, False)
    assert is_grad_enabled()


def test_enable_grad_decorates_too():
    decorated = enable_grad(is_grad_enabled)
    with no_grad():
        assert decorated()


def test_a_decorated_generator_records_nothing_in_any_step():
    @no_grad()
    def steps():
        yield is_grad_enabled()
        yield is_grad_enabled()
        return "end"

    found = []
    for step in steps():
        found += [step, is_grad_enabled()]
    assert found == [False, True, False, True]


def test_a_switch_can_be_used_again_also_inside_itself():
    switch = no_grad()
    with switch:
        with switch:
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()
    with switch:
        assert not is_grad_enabled()


def test_the_switch_is_a_bool():
    with pytest.raises(TypeError, match="set_grad_enabled: enabled is str, expected a bool"):
        set_grad_enabled("off")
    assert is_grad_enabled()


def test_the_mode_is_the_threads_own():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_a_leaf_does_not_keep_its_tensor_alive():
    x = tensor([1.0], requires_grad=True)
    leaf, alive = x.node, weakref.ref(x)
    assert isinstance(leaf, Leaf)
    gc.disable()
    try:
        del x
        assert alive() is None
    finally:
        gc.enable()


def test_a_leaf_follows_its_data():
    x = tensor([1.0], requires_grad=True)
    x.data = np.zeros((2, 3))
    assert (x.node.shape, x.node.dtype) == ((2, 3), np.float64)


def test_requires_grad_is_switched_on_leaves_of_floating_point_only(notes):
    x = tensor([1.0])
    assert x.requires_grad_().requires_grad
    assert not x.requires_grad_(False).requires_grad
    x.requires_grad = True
    with pytest.raises(RuntimeError, match="requires_grad_: the type is int64"):
        tensor([1]).requires_grad_()
    with pytest.raises(RuntimeError, match="requires_grad_: a result of a recorded operation"):
        (x * x).requires_grad_(False)
    y = x * x
    assert y.detach_().is_leaf
    assert y.requires_grad is False


def test_detach_shares_memory_and_leaves_the_graph(notes):
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x.detach()
    assert not y.requires_grad
    assert np.shares_memory(x.data, y.data)


def test_grad_must_fit_its_tensor():
    x = tensor([1.0, 2.0], requires_grad=True)
    assert x.grad is None
    x.grad = ones(2)
    assert x.grad.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match=r"grad: has shape \(3,\)"):
        x.grad = ones(3)
    with pytest.raises(ValueError, match="float64"):
        x.grad = ones(2, dtype="float64")
    with pytest.raises(TypeError, match="grad: expected a Tensor or None, got ndarray"):
        x.grad = np.ones(2)
    assert x.grad.tolist() == [1.0, 1.0]
    x.grad = None
    assert x.grad is None


def test_data_must_be_an_array():
    x = Tensor([1.0])
    with pytest.raises(TypeError, match="data: expected a Tensor or a NumPy array, got float"):
        x.data = 1.0
    with pytest.raises(TypeError, match="dtype"):
        x.data = np.array(["a"])


def test_a_hook_comes_after_those_before_it_and_is_removed_alone():
    hooks = {}
    first, second = HookHandle(hooks, print), HookHandle(hooks, print)
    HookHandle(hooks, len)
    assert list(hooks.values()) == [print, print, len]
    second.remove()
    second.remove()
    assert list(hooks.values()) == [print, len]
    first.remove()
    assert list(hooks.values()) == [len]
