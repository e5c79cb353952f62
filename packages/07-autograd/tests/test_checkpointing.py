"""`checkpoint`: the same results and gradients, computed twice."""

import gc
import weakref

import numpy as np
import pytest

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.setup import manual_seed
from tinytorch.tensor import Tensor, observe, tensor


def leaf(data, dtype="float64"):
    return Tensor(data, dtype=dtype, requires_grad=True)


def double(x):
    return x * 2.0


W = leaf(np.linspace(-1, 1, 9).reshape(3, 3))


def block(x):
    return tt.tanh(x @ W) + x


class TestGradients:
    def test_are_those_of_the_plain_call_captured_ones_too(self):
        x = np.linspace(0, 1, 6).reshape(2, 3)
        found = []
        for run in (
            lambda x: block(block(x)),
            lambda x: ag.checkpoint(lambda x: block(block(x)), x),
        ):
            W.grad = None
            t = leaf(x)
            out = run(t)
            (out * out).sum().backward()
            found.append((out.data, t.grad.data, W.grad.data))
        W.grad = None
        for plain, checkpointed in zip(*found, strict=True):
            assert np.array_equal(plain, checkpointed)

    @pytest.mark.parametrize(
        "func",
        [
            lambda x: ag.checkpoint(block, x),
            lambda x: ag.checkpoint(lambda x: ag.checkpoint(block, block(x)), x),
            lambda x: ag.checkpoint(lambda x: (x * 2.0, tt.exp(x)), x)[1],
            lambda x: ag.checkpoint(lambda x: [x * 2.0, 3, tt.exp(x)], x)[0],
            lambda x: ag.checkpoint(lambda x, scale: x * scale, x, scale=x * x),
            lambda x: ag.checkpoint(lambda: x * x),
            lambda x: ag.checkpoint(lambda x: (x, x * x), x)[0] * x,
            lambda x: ag.checkpoint(lambda y: tt.exp(y) * x, x * x),
        ],
        ids=[
            "one", "nested", "several results", "a list", "by keyword", "only captured",
            "the argument itself", "captured below the argument",
        ],
    )  # fmt: skip
    def test_first_and_second_derivatives_are_right(self, func):
        x = leaf([[0.5, -0.3, 1.2]])
        assert ag.gradcheck(func, x)
        assert ag.gradgradcheck(func, x)

    def test_by_chosen_inputs_captured_or_not(self):
        x = leaf([[1.0, 2.0, 3.0]])
        out = ag.checkpoint(block, x).sum()
        by_x, by_w = ag.grad(out, [x, W], retain_graph=True)
        plain_x, plain_w = ag.grad(block(x).sum(), [x, W])
        assert np.array_equal(by_x.data, plain_x.data)
        assert np.array_equal(by_w.data, plain_w.data)
        assert W.grad is None

    def test_of_several_results_where_some_are_unused(self):
        x = leaf(3.0)
        first, second = ag.checkpoint(lambda x: (x * 2.0, x * x), x)
        second.backward(retain_graph=True)
        assert x.grad.item() == 6.0
        ag.backward([first, second])
        assert x.grad.item() == 6.0 + 8.0

    def test_in_float32_and_of_zero_size(self):
        x = leaf(np.ones((0, 3)), "float32")
        ag.checkpoint(double, x).sum().backward()
        assert (x.grad.shape, x.grad.dtype) == ((0, 3), np.dtype("float32"))


class TestCalls:
    def test_once_forward_and_once_for_each_pass(self):
        calls = []
        x = leaf(2.0)
        y = ag.checkpoint(lambda x: calls.append(1) or x * x, x)
        assert len(calls) == 1
        y.backward(retain_graph=True)
        y.backward()
        assert len(calls) == 3
        with pytest.raises(RuntimeError, match=r"graph behind checkpoint was freed"):
            y.backward()

    def test_only_once_where_nothing_is_recorded(self):
        calls = []
        with ag.no_grad():
            out = ag.checkpoint(lambda x: calls.append(1) or x * 2.0, leaf(1.0))
        assert not out.requires_grad
        assert not ag.checkpoint(double, tensor(1.0)).requires_grad
        assert calls == [1]

    def test_what_is_no_tensor_passes_through(self):
        x = leaf(1.0)
        out, text, constant, same = ag.checkpoint(lambda x, s: (x * 2.0, s, tensor(3.0), x), x, "s")
        assert text == "s"
        assert not constant.requires_grad
        assert same is x
        out.backward()
        assert x.grad.item() == 2.0

    def test_random_numbers_are_the_same_both_times(self):
        def drop(x):
            return x * tt.rand(5)

        x = leaf(np.ones(5), "float32")
        manual_seed(1)
        out = ag.checkpoint(drop, x)
        after = tt.rand(1).item()
        out.sum().backward()
        then = tt.rand(1).item()
        assert x.grad.tolist() == out.tolist()
        # and neither call disturbs the numbers of the rest of the program
        manual_seed(1)
        tt.rand(5)
        assert [tt.rand(1).item(), tt.rand(1).item()] == [after, then]

    def test_random_numbers_may_differ(self):
        x = leaf(np.ones(5), "float32")
        out = ag.checkpoint(lambda x: x * tt.rand(5), x, preserve_rng_state=False)
        out.sum().backward()
        assert x.grad.tolist() != out.tolist()


class TestMemory:
    def test_what_is_in_between_is_not_kept(self):
        x = leaf([1.0, 2.0])
        inner = []

        def func(x):
            y = tt.exp(x)
            inner.append(weakref.ref(y.node))
            return y * y

        gc.disable()
        try:
            out = ag.checkpoint(func, x)
            assert inner[0]() is None
            out.sum().backward()
            assert inner[1]() is None
        finally:
            gc.enable()

    def test_the_graph_shows_one_node_and_what_it_used(self):
        x = leaf(np.ones((2, 3)))
        out = ag.checkpoint(lambda x: block(block(x)), x)
        dot = ag.draw_graph(out, {"x": x, "W": W}, format="dot")
        assert dot.count("checkpoint") == 1
        assert dot.count("->") == 2

    def test_a_chain_of_checkpoints_does_not_recurse(self):
        x = leaf(1.0)
        y = x
        for _ in range(3000):
            y = ag.checkpoint(lambda x: x * 1.0, y, preserve_rng_state=False)
        y.backward()
        assert x.grad.item() == 1.0


class TestErrors:
    def test_a_write_between_the_two_calls(self):
        for written in (0, 1):
            x, w = leaf([1.0]), leaf([2.0])
            y = ag.checkpoint(lambda x: x * w, x)  # noqa: B023  called within the loop
            (x, w)[written].detach().zero_()
            with pytest.raises(RuntimeError, match=r"checkpoint saved an array .* written into"):
                y.backward()

    def test_another_shape_the_second_time(self):
        shapes = iter([(2,), (3,)])
        x = leaf(1.0)
        y = ag.checkpoint(lambda x: x * tt.ones(next(shapes)), x)
        with pytest.raises(RuntimeError, match=r"result 0 has shape \(2,\), and was \(3,\) when"):
            y.sum().backward()

    def test_something_else_the_second_time(self):
        results = iter([lambda x: (1, x * 2.0), lambda x: (x * 2.0,), lambda x: (1, 2)])
        x = leaf(1.0)
        _, y = ag.checkpoint(lambda x: next(results)(x), x)
        with pytest.raises(RuntimeError, match=r"and was NoneType when it was computed again"):
            y.backward(retain_graph=True)
        with pytest.raises(RuntimeError, match=r"and was int when it was computed again"):
            y.backward()
        assert x.grad is None

    def test_the_reentrant_way_is_not_offered(self):
        with pytest.raises(ValueError, match=r"use_reentrant is True, expected False"):
            ag.checkpoint(double, leaf(1.0), use_reentrant=True)


def test_a_call_is_an_event_and_the_second_is_part_of_the_pass():
    events = []
    with observe(events.append):
        ag.checkpoint(double, leaf(1.0)).backward()
    (whole,) = [
        event for event in events if event.name == "checkpoint" and event.phase == "forward"
    ]
    first, second = [event for event in events if event.name == "mul" and event.phase == "forward"]
    assert first.parent is whole
    assert (second.parent.name, second.parent.phase) == ("checkpoint", "backward")
