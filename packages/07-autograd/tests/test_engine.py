"""The pass itself: order, sums, what is freed, what is checked."""

import gc
import itertools
import sys
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.autograd import engine
from tinytorch.autograd.graph import Part
from tinytorch.autograd.rules import Rule
from tinytorch.tensor import Implementation, Tensor, implemented, observe, primitive, tensor


def leaf(data, dtype="float64"):
    return Tensor(data, dtype=dtype, requires_grad=True)


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class TestSize:
    def test_a_node_of_many_inputs_looks_at_each_array_once(self, monkeypatch):
        """Twice as many inputs take twice as many looks, not four times."""
        looks = []
        flat = engine._flat

        def counted(saved):
            for item in flat(saved):
                looks.append(item)
                yield item

        monkeypatch.setattr(engine, "_flat", counted)
        counts = []
        for n in (100, 200):
            looks.clear()
            leaves = [leaf([1.0]) for _ in range(n)]
            tt.cat(leaves).sum().backward()
            assert all(x.grad.tolist() == [1.0] for x in leaves)
            counts.append(len(looks))
        assert counts[1] <= 2 * counts[0] + 10

    def test_a_chain_of_200_000_operations_goes_backward_and_is_freed(self, no_collector):
        x = leaf(1.0)
        y = x
        for _ in range(200_000):
            y = y * 1.0
        first = weakref.ref(y.node)
        y.backward()
        assert x.grad.item() == 1.0
        del y
        assert first() is None

    def test_a_chain_that_never_goes_backward_is_freed_too(self, no_collector):
        x = leaf(1.0)
        y = x * 1.0
        first = weakref.ref(y.node)
        for _ in range(200_000):
            y = y * 1.0
        del y
        assert first() is None

    @pytest.mark.parametrize("create_graph", [False, True])
    @pytest.mark.parametrize("targeted", [False, True])
    def test_each_node_is_visited_once_however_many_paths_lead_to_it(self, create_graph, targeted):
        visits = []

        @primitive
        def join(input, other):
            return input + other

        ag.defvjp(join, lambda g, _z, _x, _y: visits.append(1) or g, lambda g, _z, _x, _y: g)
        x = leaf(1.0)
        y = x
        for _ in range(60):  # 2 ** 60 paths
            y = join(y, y)
        if targeted:
            (found,) = ag.grad(y, x, create_graph=create_graph)
        else:
            y.backward(create_graph=create_graph)
            found = x.grad
        assert found.item() == 2.0**60
        assert len(visits) == 60

    def test_a_node_waits_for_all_that_flows_into_it(self):
        x = leaf(3.0)
        early = x * 2.0
        late = early
        for _ in range(10):
            late = late * 1.0
        seen = []
        early.register_hook(lambda g: seen.append(g.item()))
        (early * late).backward()
        assert seen == [12.0]
        assert x.grad.item() == 24.0


STEPS = [
    lambda a, b: a + b,
    lambda a, b: a * b.sum(0, keepdim=True),
    lambda a, b: tt.tanh(a) - b[1:2],
    lambda a, b: tt.cat(tt.split(a, 1)[::-1]) * b,
    lambda a, b: tt.sort(a, dim=1)[0] * 0.5 + b,
    lambda a, b: tt.stack(tt.unbind(tt.exp(a * 0.3), 1), 1),
    lambda a, b: a @ tt.tanh(b).T @ a * 0.1,
]


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 99), st.integers(0, 99)),
        min_size=1,
        max_size=7,
    )
)
def test_programs_made_at_random_have_the_right_gradients(steps):
    def program(x, y):
        values = [x, y]
        for step, first, second in steps:
            values.append(step(values[first % len(values)], values[second % len(values)]))
        return values[-1] + values[-1] * values[len(values) // 2]

    rng = np.random.default_rng(0)
    x, y = leaf(rng.normal(size=(2, 2))), leaf(rng.normal(size=(2, 2)))
    assert ag.gradcheck(program, (x, y))
    seed = Tensor(rng.normal(size=(2, 2)))
    plain = ag.grad(program(x, y), [x, y], seed, materialize_grads=True)
    recorded = ag.grad(program(x, y), [x, y], seed, create_graph=True, materialize_grads=True)
    again = ag.grad(ag.checkpoint(program, x, y), [x, y], seed, materialize_grads=True)
    program(x, y).backward(seed)
    for a, b, c, t in zip(plain, recorded, again, (x, y), strict=True):
        np.testing.assert_allclose(a.data, b.data, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(a.data, c.data, rtol=1e-12, atol=1e-12)
        if t.grad is not None:
            np.testing.assert_allclose(a.data, t.grad.data, rtol=1e-12, atol=1e-12)


class TestMemory:
    def test_evaluating_without_no_grad_leaves_no_cycle(self, no_collector):
        class Twice(ag.Function):
            @staticmethod
            def forward(ctx, x):
                z = x * 2.0
                ctx.save_for_backward(x, z)
                return z

            @staticmethod
            def backward(ctx, g):
                return g * 2.0

        def evaluate():
            x = leaf(np.ones((4, 3)))
            h = tt.tanh(tt.exp(x) @ leaf(np.ones((3, 3))))
            h = Twice.apply(h)
            h = ag.checkpoint(lambda h: tt.sqrt(h * h), h)
            first, second = tt.split(h, 2)
            values, _ = tt.sort(first * second)
            values.retain_grad()
            values.register_hook(lambda g: None)
            return values.sum().item()

        evaluate()
        gc.collect()
        evaluate()
        assert gc.collect() == 0

    def test_training_leaves_no_cycle(self, no_collector):
        w = leaf(np.ones(3))

        def step():
            w.grad = None
            tt.exp(w * 0.1).sum().backward()

        step()
        gc.collect()
        step()
        assert gc.collect() == 0

    def test_a_node_keeps_only_what_its_rule_uses(self):
        x, y = leaf([1.0]), leaf([2.0])
        assert (x + y).node.saved == (None, None, None)
        _, kept_x, kept_y = (x * y).node.saved
        assert kept_x is x.data
        assert kept_y is y.data
        _, kept_x, kept_y = (x * y.detach()).node.saved
        assert kept_x is None
        assert kept_y is y.data
        z = tt.exp(x)
        assert z.node.saved[0] is z.data
        assert z.node.saved[1] is None

    def test_a_pass_frees_what_the_graph_saved(self):
        x = leaf([1.0, 2.0])
        y = x * x
        kept = weakref.ref(y.node)
        z = y.sum()
        z.backward()
        assert y.node.saved is None
        del y
        assert kept() is None

    def test_a_freed_graph_says_so(self):
        x = leaf(2.0)
        y = x * x
        y.backward()
        with pytest.raises(RuntimeError, match=r"graph behind mul was freed.*retain_graph=True"):
            y.backward()
        assert x.grad.item() == 4.0

    def test_a_retained_graph_goes_again(self):
        x = leaf(2.0)
        y = x * x
        y.backward(retain_graph=True)
        y.backward()
        assert x.grad.item() == 8.0

    def test_create_graph_retains(self):
        x = leaf(2.0)
        y = x * x
        y.backward(create_graph=True)
        y.backward()
        assert x.grad.item() == 8.0


GRAPHS = {
    "the same gradient for both": lambda x, y: x + y,
    "through a view": lambda x, y: x.reshape(3, 2).reshape(2, 3) + y,
    "through a broadcast": lambda x, y: x + y.sum(),
    "through pieces": lambda x, y: tt.cat(tt.split(tt.cat([x, y]), 1)),
    "through an index": lambda x, y: x[0:1] + y[1:2],
    "several times": lambda x, y: x + y + x + y + x,
    "only itself": lambda x, y: x,
}


class TestGradientsOfLeaves:
    @pytest.mark.parametrize("create_graph", [False, True])
    @pytest.mark.parametrize("name", GRAPHS)
    def test_clipping_one_gradient_in_place_changes_no_other(self, name, create_graph):
        x, y = leaf(np.ones((2, 3))), leaf(np.ones((2, 3)))
        z = GRAPHS[name](x, y)
        seed = tt.ones_like(z.detach())
        z.backward(seed, create_graph=create_graph)
        arrays = [t.grad.data for t in (x, y) if t.grad is not None]
        arrays += [x.data, y.data, z.data, seed.data]
        for a, b in itertools.combinations(arrays[:-3] + arrays[-1:], 2):
            assert not np.shares_memory(a, b)
        before = [a.copy() for a in arrays[1:]]
        assert x.grad.data.flags.writeable
        x.grad.data[...] = 7.0
        for a, b in zip(arrays[1:], before, strict=True):
            assert np.array_equal(a, b)

    def test_a_gradient_that_came_back_unchanged_from_a_function_is_copied(self):
        class Both(ag.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x + y

            @staticmethod
            def backward(ctx, g):
                h = g * 2.0
                return h, h

        x, y = leaf(np.ones(3)), leaf(np.ones(3))
        Both.apply(x, y).backward(tt.ones(3))
        assert not np.shares_memory(x.grad.data, y.grad.data)

    def test_a_gradient_that_a_joint_rule_hands_on_is_copied(self):
        @primitive(several=True)
        def swapped(input, other):
            return other * 1.0, input * 1.0

        ag.defvjp_joint(swapped, lambda g, _z, _x, _y, needs: (g[1], g[0]))
        x, y = leaf(np.ones(3), "float32"), leaf(np.ones(3), "float32")
        seed = tt.ones(3)
        a, b = swapped(x, y)
        ag.backward([a, b], [seed, seed])
        assert not np.shares_memory(x.grad.data, y.grad.data)
        assert not np.shares_memory(x.grad.data, seed.data)

    def test_later_passes_add_in_place_without_touching_anything_else(self):
        x = leaf([1.0, 2.0])
        (x * 3.0).sum().backward()
        first = x.grad
        (x * 3.0).sum().backward()
        assert x.grad is first
        assert first.tolist() == [6.0, 6.0]

    def test_adding_to_a_gradient_with_a_graph_makes_a_new_one(self):
        x = leaf(2.0)
        (x * x * x).backward(create_graph=True)
        first = x.grad
        (x * x).backward()
        assert x.grad.item() == 16.0
        assert not x.grad.requires_grad
        assert first.item() == 12.0
        assert ag.grad(first, x)[0].item() == 12.0

    def test_adding_with_create_graph_keeps_the_graph(self):
        x = leaf(2.0)
        (x * x * x).backward(create_graph=True)
        (x * x * x).backward(create_graph=True)
        assert x.grad.item() == 24.0
        assert ag.grad(x.grad, x)[0].item() == 24.0

    @pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
    def test_have_their_type_and_shape(self, dtype):
        x = leaf(np.ones((3, 1)), dtype)
        y = leaf(np.ones((2, 1, 4)), "float64")
        (x * y + x).sum().backward()
        assert (x.grad.dtype, x.grad.shape) == (np.dtype(dtype), (3, 1))
        assert (y.grad.dtype, y.grad.shape) == (np.dtype("float64"), (2, 1, 4))
        assert x.grad.tolist() == [[16.0]] * 3

    def test_of_zero_dimensions_are_arrays(self):
        for times in range(1, 5):
            x = leaf(3.0)
            y = x
            for _ in range(times):
                y = y + x
            y.backward()
            assert type(x.grad.data) is np.ndarray
            assert x.grad.item() == times + 1

    def test_of_zero_size(self):
        x = leaf(np.ones((0, 3)))
        w = leaf(np.ones(3))
        (x * w).sum().backward()
        assert x.grad.shape == (0, 3)
        assert w.grad.tolist() == [0.0, 0.0, 0.0]

    def test_are_not_made_where_nothing_arrives(self):
        x, y = leaf(1.0), leaf(1.0)
        (x * 2.0).backward()
        assert y.grad is None

    def test_of_a_leaf_that_is_gone_are_dropped(self):
        x = leaf(1.0)
        y = x * leaf(2.0)
        y.backward()
        assert x.grad.item() == 2.0

    def test_arrive_in_integers_of_no_input(self):
        x = leaf([1.0, 2.0])
        counts = tensor([2, 3])
        (x * counts).sum().backward()
        assert x.grad.tolist() == [2.0, 3.0]
        assert counts.grad is None
        assert not x.to(dtype="int64").requires_grad


class TestErrors:
    def test_a_failing_pass_changes_no_grad(self):
        x, y = leaf(1.0), leaf(1.0)
        bad = x * 2.0
        bad.register_hook(lambda g: 1 / 0)
        z = bad + y * 3.0
        with pytest.raises(ZeroDivisionError):
            z.backward()
        assert x.grad is None
        assert y.grad is None

    def test_data_of_another_shape_after_the_forward_pass_is_noticed(self):
        x = leaf([1.0, 2.0, 3.0])
        y = (x * 2.0).sum()
        x.data = np.zeros(2, np.float32)
        with pytest.raises(RuntimeError, match=r"shape \(3,\) arrives at a tensor of shape \(2,\)"):
            y.backward()
        assert x.grad is None

    def test_a_gradient_that_cannot_be_written_into_is_replaced(self):
        a, b = leaf([1.0, 2.0]), leaf([1.0, 1.0])
        a.grad = tt.ones(1, dtype="float64").expand(2)
        (a * b).sum().backward()
        assert a.grad.tolist() == [2.0, 2.0]
        assert b.grad.tolist() == [1.0, 2.0]

    def test_a_setting_that_a_rule_returns_stays_as_it_is(self):
        @primitive
        def counted(input, *, weights):
            return (input * weights).sum()

        ag.defvjp(counted, lambda g, _z, _x, weights: weights)
        weights, x = np.array([3.0, 4.0]), leaf([1.0, 1.0])
        counted(x, weights=weights).backward()
        x.grad.mul_(0.0)
        assert weights.tolist() == [3.0, 4.0]

    def test_an_observer_may_start_a_pass_inside_a_pass(self):
        x, z = leaf(2.0), leaf(3.0)

        def nested(event):
            if event.name == "clone":
                (z * z).backward()

        with observe(nested):
            (x * x).backward(create_graph=True)
        assert x.grad.item() == 4.0
        assert z.grad.item() >= 6.0

    def test_the_mode_is_restored_after_a_failing_pass(self):
        x = leaf(1.0)
        y = x * 2.0
        y.register_hook(lambda g: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            y.backward()
        assert ag.is_grad_enabled()

    def test_more_than_one_number_needs_its_gradient(self):
        x = leaf([1.0, 2.0])
        with pytest.raises(
            RuntimeError, match=r"backward: the output has shape \(2,\), expected a single"
        ):
            (x * 2.0).backward()

    def test_a_gradient_of_another_shape(self):
        x = leaf([1.0, 2.0])
        with pytest.raises(ValueError, match=r"gradient has shape \(3,\), the output \(2,\)"):
            (x * 2.0).backward(tt.ones(3))

    def test_a_tensor_that_was_not_recorded(self):
        with pytest.raises(RuntimeError, match=r"does not require a gradient.*requires_grad"):
            tensor(1.0).backward()
        x = leaf(1.0)
        with pytest.raises(RuntimeError, match=r"does not require a gradient"):
            (x * 2.0).backward(inputs=[tensor(1.0)])

    def test_a_missing_rule_is_named_when_it_is_recorded(self):
        @primitive
        def mystery(input):
            return input * 1.0

        x = leaf(1.0)
        for t in (x, leaf(1.0, "float32")):
            with pytest.raises(
                NotImplementedError, match=r"mystery: no derivative rule is defined"
            ):
                mystery(t)
        with ag.no_grad():
            assert mystery(x).item() == 1.0

    def test_the_wrong_number_of_rules(self):
        with pytest.raises(TypeError, match=r"defvjp: mul needs 2 rules, got 1"):
            ag.defvjp(tt.mul, lambda g, _z, _x, _y: g)

        @primitive
        def total(*input):
            return sum(input)

        with pytest.raises(TypeError, match=r"total needs one joint rule: defvjp_joint"):
            ag.defvjp(total, lambda g, _z, *_x: g)


class TestWrites:
    """Whoever writes into what a backward pass needs is told, whichever way he writes."""

    @pytest.mark.parametrize(
        "write",
        [
            lambda w: w.add_(1.0),
            lambda w: w.detach().mul_(2.0),
            lambda w: w.view(-1).detach().zero_(),
            lambda w: w[0:1].detach().fill_(3.0),
            lambda w: w.__setitem__(0, 5.0),
        ],
        ids=["itself", "detached", "a view", "a part", "an element"],
    )
    def test_a_step_between_two_passes_raises(self, write):
        w = leaf(np.ones((2, 2)))
        loss = (w * w).sum()
        loss.backward(retain_graph=True)
        with ag.no_grad():
            write(w)
        with pytest.raises(RuntimeError, match=r"mul saved an array of shape .* written into"):
            loss.backward()

    def test_a_write_into_what_nobody_saved_is_fine(self):
        w, x = leaf(np.ones(2)), leaf(np.ones(2))
        loss = (w + x).sum()
        with ag.no_grad():
            w.add_(1.0)
        loss.backward()
        assert w.grad.tolist() == [1.0, 1.0]

    def test_a_write_before_the_operation_is_fine(self):
        w = leaf(np.ones(2))
        with ag.no_grad():
            w.add_(1.0)
        (w * w).sum().backward()
        assert w.grad.tolist() == [4.0, 4.0]

    def test_a_write_into_a_saved_result(self):
        x = leaf(np.ones(2))
        y = tt.exp(x)
        y.detach().zero_()
        with pytest.raises(RuntimeError, match=r"exp saved"):
            y.sum().backward()

    def test_a_write_into_what_a_function_saved(self):
        class Square(ag.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx, g):
                return g * 2.0 * ctx.saved_tensors[0]

        x = leaf(3.0)
        y = Square.apply(x)
        x.detach().zero_()
        with pytest.raises(RuntimeError, match=r"Square saved"):
            y.backward()


class TestInputs:
    def test_only_those_get_a_gradient(self):
        x, y = leaf(2.0), leaf(3.0)
        (x * y).backward(inputs=[x])
        assert x.grad.item() == 3.0
        assert y.grad is None
        (x * y).backward(inputs=y)
        assert y.grad.item() == 2.0

    def test_may_be_results(self):
        x = leaf(2.0)
        y = x * x
        (y * y).backward(inputs=[y])
        assert y.grad.item() == 8.0
        assert x.grad is None

    def test_may_be_the_output_itself(self):
        x = leaf(2.0)
        y = x * x
        y.backward(inputs=[y, x])
        assert y.grad.item() == 1.0
        assert x.grad.item() == 4.0

    def test_a_pass_that_ends_at_a_result_leaves_what_is_behind_it(self):
        x = leaf(2.0)
        h = x * x
        (g,) = ag.grad(h * h, h)
        h.backward(g)
        assert x.grad.item() == 32.0
        (h * 3.0).backward(inputs=[h])  # h's own node is freed, and not needed
        assert h.grad.item() == 3.0

    def test_must_be_tensors_and_at_least_one(self):
        x = leaf(2.0)
        with pytest.raises(ValueError, match="backward: inputs is empty"):
            (x * x).backward(inputs=[])
        with pytest.raises(TypeError, match="backward: got int, expected a Tensor"):
            (x * x).backward(inputs=[3])
        with pytest.raises(TypeError, match="backward: gradient is float, expected a Tensor"):
            (x * x).backward(1.0)

    def test_without_influence_are_left_alone(self):
        x, y = leaf(2.0), leaf(3.0)
        (x * x).backward(inputs=[y])
        assert y.grad is None

    def test_rules_that_lead_nowhere_are_not_run(self):
        ran = []

        @primitive
        def noisy(input):
            return input * 1.0

        ag.defvjp(noisy, lambda g, _z, _x: ran.append(1) or g)
        x, y = leaf(2.0), leaf(3.0)
        ag.grad(noisy(x) * y, y)
        assert ran == []

    def test_one_input_of_a_rule_that_has_several(self):
        x, y = leaf(2.0), leaf(3.0)
        assert ag.grad(tt.cat([x.reshape(1), y.reshape(1)]).sum(), y)[0].item() == 1.0


class TestSeveralResults:
    def test_unused_results_count_as_nothing(self):
        x = leaf(np.arange(6.0).reshape(3, 2))
        first, _, _ = tt.unbind(x)
        (first * first).sum().backward()
        assert x.grad.tolist() == [[0.0, 2.0], [0.0, 0.0], [0.0, 0.0]]

    def test_they_are_one_node(self):
        x = leaf(np.arange(4.0))
        a, b = tt.split(x, 2)
        assert isinstance(a.node, Part)
        assert a.node.parents[0] is b.node.parents[0]

    def test_integers_among_them_need_no_gradient(self):
        x = leaf([3.0, 1.0, 2.0])
        values, indices = tt.sort(x)
        assert values.requires_grad
        assert not indices.requires_grad
        assert indices.numpy().tolist() == [1, 2, 0]
        (values * tensor([1.0, 10.0, 100.0])).sum().backward()
        assert x.grad.tolist() == [100.0, 1.0, 10.0]

    def test_without_settings_or_of_one_type_only(self):
        @primitive(several=True)
        def parts(input):
            return np.sin(input), np.cos(input)

        ag.defvjp(
            parts,
            lambda g, z, _x: (
                (0.0 if g[0] is None else g[0] * z[1]) - (0.0 if g[1] is None else g[1] * z[0])
            ),
        )
        for dtype in ("float32", "float64"):
            x = leaf([0.3, 0.7], dtype)
            for _ in range(2):
                sine, cosine = parts(x)
                x.grad = None
                (sine * 2.0 + cosine).sum().backward()
                expected = 2 * np.cos(x.data) - np.sin(x.data)
                np.testing.assert_allclose(x.grad.data, expected, rtol=1e-6)

    def test_a_rule_that_uses_them_has_a_second_derivative(self):
        @primitive(promotion="none", several=True)
        def powers(input):
            return input * input, input * input * input

        # d/dx (x^2, x^3) written with the results only: 2 x^3 / x^2 and 3 x^2
        ag.defvjp(
            powers,
            lambda g, z, _x: (
                (0.0 if g[0] is None else g[0] * 2.0 * z[1] * tt.reciprocal(z[0]))
                + (0.0 if g[1] is None else g[1] * 3.0 * z[0])
            ),
        )
        x = leaf([0.5, -2.0])
        assert ag.gradgradcheck(lambda x: powers(x), x)
        # the first result is used by the program and, under create_graph, by the rule
        square, cube = powers(x)
        (slope,) = ag.grad((cube * square).sum(), x, create_graph=True)
        (curvature,) = ag.grad((slope + square).sum(), x)
        np.testing.assert_allclose(curvature.data, 20 * x.data**3 + 2 * x.data)

    def test_a_result_that_leads_nowhere(self):
        x, y = leaf(np.ones((2, 2))), leaf(2.0)
        first, _ = tt.unbind(x)
        assert ag.grad([first.sum(), y * 3.0], y)[0].item() == 3.0
        assert ag.grad([first, y * 3.0], y, [tt.ones(2), None])[0].item() == 3.0


class TestRules:
    @pytest.mark.parametrize("create_graph", [False, True])
    def test_may_return_numbers_and_arrays(self, create_graph):
        slope = np.float64(2.0)

        @primitive
        def twice(input):
            return input * 2.0

        for constant in (2.0, slope, np.array(2.0), tensor(2.0)):
            ag.defvjp(twice, lambda g, _z, _x, constant=constant: constant)
            x = leaf(3.0)
            (g,) = ag.grad(twice(x), x, create_graph=create_graph)
            assert (g.item(), type(g.data)) == (2.0, np.ndarray)

    def test_may_use_only_a_shape(self):
        @primitive
        def repeated(input, other):
            return input * other

        ag.defvjp(
            repeated,
            lambda g, _z, x_shape, y: g * y * float(x_shape == (2,)),
            lambda g, _z, x, _y: g * x,
        )
        for dtype in ("float32", "float64"):
            x, y = leaf([1.0, 2.0], dtype), leaf([3.0, 4.0], dtype)
            z = repeated(x, y)
            z.sum().backward()
            assert x.grad.tolist() == [3.0, 4.0]
            z = repeated(x, y.detach())
            assert z.node.saved[:2] == (None, (2,))

    def test_a_joint_rule_may_use_only_a_shape_though_the_definition_needs_all(self):
        @primitive(fused=True, definition=lambda x, y: x * y)
        def product(input, other):
            return input * other, None

        def rule(g, _saved, x_shape, y, needs):
            assert x_shape == (2,)
            return g * y, g

        ag.defvjp_joint(product, rule)
        x = leaf([1.0, 2.0])
        assert ag.grad(product(x, tensor([3.0, 4.0])).sum(), x)[0].tolist() == [3.0, 4.0]

    def test_a_node_names_its_operation_and_shape(self):
        x = leaf([1.0, 2.0])
        assert repr((x * x).grad_fn) == "<mul (2,)>"
        assert repr(tt.unbind(x)[0].grad_fn) == "<unbind_dim ()>"


class TestHooks:
    def test_on_a_result_may_replace_the_gradient(self):
        x = leaf(2.0)
        y = x * 3.0
        y.register_hook(lambda g: g * 10.0)
        y.backward()
        assert x.grad.item() == 30.0

    def test_on_a_leaf_see_the_sum_once(self):
        x = leaf(2.0)
        seen = []
        x.register_hook(lambda g: seen.append(g.item()))
        (x * 3.0 + x * 4.0).backward()
        assert seen == [7.0]

    def test_on_a_leaf_may_replace_the_gradient(self):
        x = leaf(2.0)
        x.register_hook(lambda g: g * 10.0)
        (x * 3.0).backward()
        (x * 3.0).backward()
        assert x.grad.item() == 60.0

    def test_run_in_order_and_can_be_removed(self):
        x = leaf(2.0)
        order = []
        first = x.register_hook(lambda g: order.append("first"))
        x.register_hook(lambda g: order.append("second"))
        (x * 1.0).backward()
        first.remove()
        first.remove()
        (x * 1.0).backward()
        assert order == ["first", "second", "second"]

    def test_are_part_of_the_graph_under_create_graph(self):
        x = leaf(2.0)
        y = x * 1.0
        y.register_hook(lambda g: g * x)
        (slope,) = ag.grad(y, x, create_graph=True)
        assert slope.item() == 2.0
        assert ag.grad(slope, x)[0].item() == 1.0

    @pytest.mark.parametrize("where", ["leaf", "result"])
    @pytest.mark.parametrize(
        ("returned", "error", "message"),
        [
            (lambda g: g.sum(), ValueError, r"shape \(\) and type float64, expected \(2,\)"),
            (lambda g: g.to("float32"), ValueError, "type float32, expected .* float64"),
            (lambda g: g.data, TypeError, "hook: returned ndarray, expected a Tensor or None"),
            (lambda g: 1.0, TypeError, "hook: returned float"),
        ],
    )
    def test_must_return_what_fits(self, where, returned, error, message):
        w, x = leaf([1.0, 1.0]), leaf([2.0, 3.0])
        y = x * 3.0
        (x if where == "leaf" else y).register_hook(returned)
        with pytest.raises(error, match=message):
            (y * w).sum().backward()
        assert w.grad is None
        assert x.grad is None

    def test_are_functions(self):
        with pytest.raises(TypeError, match="register_hook: hook is int, expected a function"):
            leaf(1.0).register_hook(3)

    def test_need_a_tensor_with_a_gradient(self):
        with pytest.raises(RuntimeError, match=r"register_hook: the tensor does not require"):
            tensor(1.0).register_hook(print)
        with pytest.raises(RuntimeError, match=r"retain_grad: the tensor does not require"):
            tensor(1.0).retain_grad()

    def test_retained_gradients_add_up_and_share_nothing(self):
        x = leaf([2.0])
        y = x + 0.0
        y.retain_grad()
        x.retain_grad()  # a leaf's is kept anyway
        y.backward(retain_graph=True)
        assert not np.shares_memory(y.grad.data, x.grad.data)
        y.backward()
        assert y.grad.tolist() == x.grad.tolist() == [2.0]

    def test_a_retained_gradient_that_is_asked_for_counts_once(self):
        x = leaf([1.0, 1.0])
        y = x * 3.0
        y.retain_grad()
        (y * y).sum().backward(inputs=[y])
        assert y.grad.tolist() == [6.0, 6.0]

    def test_a_failing_pass_retains_nothing(self):
        x = leaf(1.0)
        x.register_hook(lambda g: 1.0)
        y = x * 3.0
        y.retain_grad()
        with pytest.raises(TypeError, match="hook"):
            y.backward()
        assert y.grad is None

    def test_a_retained_gradient_comes_after_the_hooks(self):
        x = leaf(2.0)
        y = x * 1.0
        y.retain_grad()
        y.register_hook(lambda g: g * 5.0)
        y.backward(create_graph=True)
        assert y.grad.item() == 5.0

    def test_retaining_does_not_keep_a_tensor_alive(self, no_collector):
        x = leaf(2.0)
        y = x * 1.0
        y.retain_grad()
        gone = weakref.ref(y)
        z = y * 2.0
        del y
        assert gone() is None
        z.backward()
        assert x.grad.item() == 2.0


class TestThreads:
    def test_two_threads_through_shared_leaves_lose_no_gradient(self):
        w = leaf(np.zeros(3))
        passes = 200
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:

            def work():
                for _ in range(passes):
                    (w * 2.0 + w).sum().backward()

            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        assert w.grad.tolist() == [3.0 * 4 * passes] * 3

    def test_each_thread_has_its_own_mode(self):
        x = leaf(1.0)
        recorded = []
        with ag.no_grad():
            thread = threading.Thread(target=lambda: recorded.append((x * 1.0).requires_grad))
            thread.start()
            thread.join()
            assert not (x * 1.0).requires_grad
        assert recorded == [True]


class TestKeywords:
    def test_a_tensor_in_keyword_position_keeps_its_gradient(self):
        x, y = leaf(2.0), leaf(3.0)
        tt.mul(x, other=y).backward()
        assert (x.grad.item(), y.grad.item()) == (3.0, 2.0)
        x, y = leaf(2.0), leaf(3.0)
        tt.sub(other=y, input=x).backward()
        assert (x.grad.item(), y.grad.item()) == (1.0, -1.0)
        x = leaf([2.0, 3.0])
        tt.sum(input=x, dim=0).backward()
        assert x.grad.tolist() == [1.0, 1.0]


class TestImplementations:
    def test_the_rule_of_the_implementation_that_ran_is_used(self):
        @primitive
        def double(input):
            return input + input

        ag.defvjp(double, lambda g, _z, _x: g + g)
        other = Implementation(
            double, lambda x: 2 * x, Rule(double, [lambda g, _z, _x: g * 100.0], None, None)
        )
        for dtype in ("float32", "float64"):
            x = leaf(1.0, dtype)
            with implemented({double: other}):
                inside = double(x)
            outside = double(x)
            assert ag.grad(inside, x)[0].item() == 100.0
            assert ag.grad(outside, x)[0].item() == 2.0

    def test_a_kernel_that_saves_nothing_needs_no_rule_of_its_own(self):
        x = leaf(3.0)
        with implemented({tt.mul: Implementation(tt.mul, lambda a, b: np.multiply(a, b))}):
            y = x * x
        y.backward()
        assert x.grad.item() == 6.0

    def test_a_rule_may_be_given_to_an_implementation(self):
        other = Implementation(tt.square, np.square)
        ag.defvjp(other, lambda g, _z, x: g * 100.0 * x)
        joint = Implementation(tt.add, np.add)
        ag.defvjp_joint(joint, lambda g, _z, _x, _y, needs: (g * 10.0, g))
        x = leaf(3.0)
        with implemented({tt.square: other, tt.add: joint}):
            y = tt.square(x) + leaf(1.0)
        y.backward()
        assert x.grad.item() == 3000.0
        tt.square(x).backward()
        assert x.grad.item() == 3006.0


class TestFused:
    def test_an_ordinary_pass_runs_the_rule_and_create_graph_the_definition(self):
        @primitive(fused=True, definition=lambda x, *, scale: x * x * x * scale)
        def cube(input, *, scale):
            return input**3 * scale, (3.0 * scale * input * input,)

        ran = []
        ag.defvjp_joint(
            cube, lambda g, saved, _x, needs, scale: (ran.append(needs) or g * saved[0],)
        )
        x = leaf([1.0, 2.0])
        y = cube(x, scale=2.0)
        assert y.tolist() == [2.0, 16.0]
        (first,) = ag.grad(y.sum(), x, retain_graph=True)
        assert first.tolist() == [6.0, 24.0]
        assert ran == [(True,)]
        (first,) = ag.grad(y.sum(), x, create_graph=True)
        assert len(ran) == 1
        assert ag.grad(first.sum(), x)[0].tolist() == [12.0, 24.0]
        ag.check_rule(cube, (2, 3), scale=2.0)
        assert isinstance(cube(np.ones(2), scale=1.0), np.ndarray)

    def test_saved_floats_without_a_definition_are_caught(self):
        @primitive(fused=True)
        def cube(input):
            return input**3, (3.0 * input * input,)

        ag.defvjp_joint(cube, lambda g, saved, _x, needs: (g * saved[0],))
        x = leaf(2.0)
        cube(x).backward()
        assert x.grad.item() == 12.0
        with pytest.raises(RuntimeError, match=r"cube: saves floating point arrays, .* definition"):
            cube(x).backward(create_graph=True)

    def test_saved_booleans_need_no_definition(self):
        @primitive(fused=True)
        def halfwave(input):
            mask = input > 0
            return input * input * mask, (mask,)

        ag.defvjp_joint(halfwave, lambda g, saved, x, needs: (g * 2.0 * x * saved[0],))
        ag.check_rule(halfwave, (2, 3))

    def test_several_results_of_a_definition(self):
        @primitive(several=True, fused=True, definition=lambda x, y: (x * y, x * x))
        def products(input, other):
            return (input * other, input * input), None

        def rule(g, _saved, x, y, needs):
            a, b = (0.0 if part is None else part for part in g)
            return a * y + b * 2.0 * x if needs[0] else None, a * x if needs[1] else None

        ag.defvjp_joint(products, rule)
        ag.check_rule(products, (3,), (3,))
        x, y = leaf(2.0), leaf(3.0)
        (slope,) = ag.grad(products(x, y)[1], x, create_graph=True)
        assert slope.item() == 4.0


class TestSharedBuffers:
    def test_all_reads_of_a_tensor_share_one(self):
        buffers = []

        @primitive(promotion="none")
        def element(input, *, at):
            return input[at : at + 1]

        def into(buffer, g, *, at):
            buffers.append(id(buffer))
            buffer[at : at + 1] += g

        @primitive(promotion="none")
        def placed(input, *, at, size):
            out = np.zeros(size, input.dtype)
            out[at : at + 1] = input
            return out

        ag.defvjp(placed, lambda g, _z, _x, at, size: element(g, at=at))
        ag.defvjp(
            element,
            lambda g, _z, x_shape, at: placed(g, at=at, size=x_shape[0]),
            into=into,
        )
        for make in (lambda x: x, lambda x: x * 1.0):  # a leaf, a result
            x = leaf([1.0, 2.0, 3.0])
            y = make(x)
            (element(y, at=0) * 2.0 + element(y, at=2) * 5.0 + y.sum()).sum().backward()
            assert x.grad.tolist() == [3.0, 1.0, 6.0]
        assert len(set(buffers[:2])) == 1
        ag.check_rule(element, (3,), at=1)
        ag.check_rule(placed, (1,), at=1, size=4)


class TestEvents:
    def test_a_pass_emits_one_for_each_rule(self):
        x = leaf([1.0, 2.0])
        y = (tt.exp(x) * x).sum()
        events = []
        with observe(events.append):
            y.backward()
        backward = [event for event in events if event.phase == "backward"]
        assert [event.name for event in backward] == ["reduce_sum", "mul", "exp"]
        mul = backward[1]
        assert mul.args[0].tolist() == [1.0, 1.0]
        assert [g.tolist() for g in mul.result] == [x.data.tolist(), np.exp(x.data).tolist()]
        assert mul.end >= mul.start
        np.testing.assert_allclose(x.grad.data, np.exp(x.data) * (1 + x.data))

    def test_observed_gradients_are_the_same(self):
        def compute(x):
            a, b = tt.split(tt.tanh(x), 2)
            (a * b).sum().backward()
            return x.grad.data

        plain = compute(leaf([0.1, 0.2, 0.3, 0.4]))
        with observe(lambda event: None):
            observed = compute(leaf([0.1, 0.2, 0.3, 0.4]))
        assert plain.tolist() == observed.tolist()
