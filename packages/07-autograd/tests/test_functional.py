"""`backward` and `grad` over graphs, `vjp`, `jvp`, `jacobian` and `hessian` over functions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, tensor


def leaf(data):
    return Tensor(data, dtype="float64", requires_grad=True)


def double(data):
    return Tensor(data, dtype="float64")


def network(x, w):
    """R^(n x 3), R^(3 x 2) -> R^(n x 2), nonlinear in everything."""
    return tt.tanh(x @ w) * tt.exp(x.sum(1, keepdim=True) * 0.3)


class TestBackward:
    def test_of_several_tensors_is_the_sum(self):
        x = leaf([1.0, 2.0])
        ag.backward([x * x, x * 3.0], [tt.ones(2), tt.ones(2)])
        assert x.grad.tolist() == [5.0, 7.0]

    def test_of_the_same_tensor_twice(self):
        x = leaf(2.0)
        y = x * 3.0
        ag.backward([y, y])
        assert x.grad.item() == 6.0

    def test_none_stands_for_one(self):
        x = leaf(2.0)
        ag.backward([x * x, x * 3.0], [None, tensor(2.0)])
        assert x.grad.item() == 10.0

    def test_one_output_and_another_behind_it(self):
        x = leaf(2.0)
        y = x * x
        ag.backward([y, y * y])
        assert x.grad.item() == 4.0 + 4 * 8.0

    @pytest.mark.parametrize(
        ("call", "kind", "message"),
        [
            (
                lambda x: ag.backward(3.0),
                TypeError,
                "backward: tensors is float, expected a Tensor",
            ),
            (lambda x: ag.backward([x, 3.0]), TypeError, r"tensors is \['Tensor', 'float'\]"),
            (lambda x: ag.backward(x * x, inputs=[]), RuntimeError, "inputs is empty"),
            (
                lambda x: ag.backward([x, x], [None]),
                ValueError,
                "grad_tensors has 1 gradients, expected one for each of the 2 outputs",
            ),
            (lambda x: ag.backward(x, [1.0]), TypeError, "grad_tensors is .*float"),
        ],
    )
    def test_errors(self, call, kind, message):
        with pytest.raises(kind, match=message):
            call(leaf(1.0))


class TestGrad:
    def test_gives_a_gradient_for_each_input(self):
        x, y = leaf(2.0), leaf(3.0)
        assert [g.item() for g in ag.grad(x * x * y, (x, y))] == [12.0, 4.0]
        assert x.grad is None
        assert y.grad is None

    def test_by_a_result(self):
        x = leaf(2.0)
        y = x * x
        assert [g.item() for g in ag.grad(y * y, [y, x])] == [8.0, 32.0]

    def test_by_the_output_itself(self):
        x = leaf(2.0)
        assert ag.grad(x, x)[0].item() == 1.0

    def test_is_fresh_memory(self):
        x = leaf([1.0, 2.0])
        seed = tt.ones(2)
        (g,) = ag.grad(x + 0.0, x, seed)
        assert not np.shares_memory(g.data, seed.data)
        assert not np.shares_memory(ag.grad(x, x, seed)[0].data, seed.data)

    def test_an_unused_input(self):
        x, y = leaf(2.0), leaf([1.0, 1.0])
        with pytest.raises(RuntimeError, match=r"grad: input 1 has no influence.*allow_unused"):
            ag.grad(x * x, [x, y])
        assert ag.grad(x * x, [x, y], allow_unused=True)[1] is None
        assert ag.grad(x * x, [x, y], materialize_grads=True)[1].tolist() == [0.0, 0.0]
        with pytest.raises(ValueError, match=r"allow_unused is False"):
            ag.grad(x * x, y, allow_unused=False, materialize_grads=True)

    def test_a_third_derivative(self):
        x = leaf([0.3, 0.7])
        y = tt.sin(x).sum()
        for _ in range(2):
            (g,) = ag.grad(y, x, create_graph=True)
            y = g.sum()
        np.testing.assert_allclose(ag.grad(y, x)[0].data, -np.cos(x.data))

    def test_a_gradient_penalty(self):
        w, x = leaf([1.0, 2.0]), leaf([3.0, 4.0])
        (by_x,) = ag.grad(((w * x) ** 2).sum(), x, create_graph=True)
        (by_x * by_x).sum().backward()
        # |2 w^2 x|^2 = 4 w^4 x^2, whose derivative by w is 16 w^3 x^2
        np.testing.assert_allclose(w.grad.data, 16 * w.data**3 * x.data**2)

    def test_an_unsupported_argument(self):
        x = leaf(1.0)
        with pytest.raises(TypeError, match=r"is_grads_batched"):
            ag.grad(x, x, is_grads_batched=True)


class TestProducts:
    def test_vjp_and_jvp_agree_with_the_jacobian(self):
        rng = np.random.default_rng(0)
        x, w = double(rng.normal(size=(4, 3))), double(rng.normal(size=(3, 2)))
        by_x, by_w = ag.jacobian(network, (x, w))
        assert by_x.shape == (4, 2, 4, 3)
        assert by_w.shape == (4, 2, 3, 2)
        u = double(rng.normal(size=(4, 2)))
        out, (ux, uw) = ag.vjp(network, (x, w), u)
        np.testing.assert_allclose(out.data, network(x, w).data)
        np.testing.assert_allclose(ux.data, np.tensordot(u.data, by_x.data, 2))
        np.testing.assert_allclose(uw.data, np.tensordot(u.data, by_w.data, 2))
        vx, vw = double(rng.normal(size=(4, 3))), double(rng.normal(size=(3, 2)))
        out, along = ag.jvp(network, (x, w), (vx, vw))
        np.testing.assert_allclose(out.data, network(x, w).data)
        expected = np.tensordot(by_x.data, vx.data, 2) + np.tensordot(by_w.data, vw.data, 2)
        np.testing.assert_allclose(along.data, expected)

    @given(st.lists(st.floats(-2, 2), min_size=1, max_size=4))
    def test_jvp_along_an_axis_is_a_column_of_the_jacobian(self, at):
        x = double(at)
        columns = ag.jacobian(lambda x: tt.exp(x) * x.sum(), x).data
        for i in range(len(at)):
            axis = double(np.eye(len(at))[i])
            _, along = ag.jvp(lambda x: tt.exp(x) * x.sum(), x, axis)
            np.testing.assert_allclose(along.data, columns[:, i], rtol=1e-10, atol=1e-12)

    def test_several_outputs(self):
        def both(x, y):
            return x * y, x + y

        x, y = double([1.0, 2.0]), double([3.0, 4.0])
        (_, _), (gx, gy) = ag.vjp(both, (x, y), (tt.ones(2), tt.zeros(2)))
        assert (gx.tolist(), gy.tolist()) == ([3.0, 4.0], [1.0, 2.0])
        (_, _), (product, total) = ag.jvp(both, (x, y), (tt.ones(2), tt.zeros(2)))
        assert (product.tolist(), total.tolist()) == ([3.0, 4.0], [1.0, 1.0])

    def test_without_influence_everything_is_zero(self):
        x, y = double([1.0, 2.0]), double(3.0)
        constant = double([7.0, 8.0])
        assert ag.vjp(lambda x: constant, x, tt.ones(2))[1].tolist() == [0.0, 0.0]
        assert ag.jvp(lambda x: constant, x, tt.ones(2))[1].tolist() == [0.0, 0.0]
        assert ag.vjp(lambda x, y: x, (x, y), tt.ones(2))[1][1].item() == 0.0
        assert ag.jacobian(lambda x: constant, x).tolist() == [[0.0, 0.0], [0.0, 0.0]]

    def test_a_linear_function_has_a_jvp(self):
        assert ag.jvp(lambda x: x * 3.0, double([1.0, 2.0]), tt.ones(2))[1].tolist() == [3.0, 3.0]

    def test_a_single_number_needs_no_vector(self):
        assert ag.vjp(lambda x: x * x, double(3.0))[1].item() == 6.0
        assert ag.jvp(lambda x: x * x, double(3.0))[1].item() == 6.0

    @pytest.mark.parametrize(
        ("call", "kind", "message"),
        [
            (lambda x: ag.vjp(lambda x: x, x), ValueError, r"vjp: v is missing.*outputs: \(2,\)"),
            (lambda x: ag.jvp(lambda x: x, x), ValueError, r"jvp: v is missing.*inputs: \(2,\)"),
            (
                lambda x: ag.jvp(lambda x: x, x, tt.ones(3)),
                ValueError,
                r"v has shape \(3,\), expected that of the inputs: \(2,\)",
            ),
            (
                lambda x: ag.vjp(lambda x: 3.0, x),
                TypeError,
                "vjp: what func returned is float, expected a Tensor",
            ),
            (lambda x: ag.jacobian(lambda x: x, 3.0), TypeError, "jacobian: inputs is float"),
            (lambda x: ag.jacobian(lambda x: x, x, vectorize=True), TypeError, "vectorize"),
            (
                lambda x: ag.hessian(lambda x: x, x),
                ValueError,
                r"hessian: func returned a tensor of shape \(2,\), expected a single number",
            ),
            (lambda x: ag.hessian(lambda x: (x, x), x), ValueError, "func returned 2 tensors"),
        ],
    )
    def test_errors(self, call, kind, message):
        with pytest.raises(kind, match=message):
            call(double([1.0, 2.0]))


class TestForms:
    """What goes in as one tensor comes out as one, what goes in as a tuple comes out as a tuple."""

    def test_of_a_jacobian(self):
        x, y = double([1.0, 2.0]), double(3.0)
        assert ag.jacobian(lambda x: x * 2.0, x).shape == (2, 2)
        (block,) = ag.jacobian(lambda x: x * 2.0, (x,))
        assert block.shape == (2, 2)
        rows = ag.jacobian(lambda x, y: (x * y, y), (x, y))
        assert [[block.shape for block in row] for row in rows] == [[(2, 2), (2,)], [(2,), ()]]
        first, second = ag.jacobian(lambda x: (x, x.sum()), x)
        assert (first.shape, second.shape) == ((2, 2), (2,))

    def test_of_a_hessian(self):
        x, y = double([1.0, 2.0]), double(3.0)
        assert ag.hessian(lambda x: (x * x).sum(), x).tolist() == [[2.0, 0.0], [0.0, 2.0]]
        ((block,),) = ag.hessian(lambda x: (x * x).sum(), (x,))
        assert block.shape == (2, 2)
        blocks = ag.hessian(lambda x, y: (x * x).sum() * y, (x, y))
        assert [[b.tolist() for b in row] for row in blocks] == [
            [[[6.0, 0.0], [0.0, 6.0]], [2.0, 4.0]],
            [[2.0, 4.0], 0.0],
        ]

    def test_of_nothing(self):
        assert ag.jacobian(lambda x: x * 2.0, double(np.ones((0, 3)))).shape == (0, 3, 0, 3)


class TestGraph:
    def test_results_are_outside_the_graph_unless_asked_for(self):
        x = leaf([1.0, 2.0])
        out, product = ag.vjp(lambda x: x * x, x, tt.ones(2))
        assert not out.requires_grad
        assert not product.requires_grad
        assert not ag.jacobian(lambda x: x * x, x).requires_grad
        assert x.grad is None

    def test_create_graph_links_to_the_inputs(self):
        x = leaf([1.0, 2.0])
        jacobian = ag.jacobian(lambda x: x * x * x, x, create_graph=True)
        (g,) = ag.grad(jacobian.sum(), x)
        assert g.tolist() == [6.0, 12.0]
        _, along = ag.jvp(lambda x: x * x * x, x, tt.ones(2), create_graph=True)
        assert ag.grad(along.sum(), x)[0].tolist() == [6.0, 12.0]
        hessian = ag.hessian(lambda x: (x * x * x).sum(), x, create_graph=True)
        assert ag.grad(hessian.sum(), x)[0].tolist() == [6.0, 6.0]

    def test_they_work_within_no_grad(self):
        with ag.no_grad():
            assert ag.jacobian(lambda x: x * x, double([3.0])).tolist() == [[6.0]]
            assert ag.hessian(lambda x: x * x, double(3.0)).item() == 2.0

    def test_what_is_captured_does_not_count(self):
        x = leaf([1.0, 2.0])
        assert ag.jacobian(lambda t: t * x, x).tolist() == [[1.0, 0.0], [0.0, 2.0]]
        found = ag.jacobian(lambda t: t * x, x, create_graph=True)
        assert found.tolist() == [[1.0, 0.0], [0.0, 2.0]]
