"""gradcheck, gradgradcheck and check_rule find what is wrong, and nothing else."""

import numpy as np
import pytest

import tinytorch.autograd as ag
import tinytorch.tensor as tt
from tinytorch.tensor import Tensor, primitive, tensor


def leaf(data, dtype="float64"):
    return Tensor(data, dtype=dtype, requires_grad=True)


def planted(rule, kernel=lambda x: x * x * x):
    """A cube with a rule, right or wrong."""

    @primitive
    def cube(input):
        return kernel(input)

    ag.defvjp(cube, rule)
    return cube


RIGHT = [
    lambda g, _z, x: g * 3.0 * x * x,
    lambda g, _z, x: g * 3.0 * tt.square(x),
    lambda g, z, x: g * 3.0 * z * tt.reciprocal(x),
]


def writes_into_its_input(g, _z, x):
    x *= x
    return g * 3.0 * x


def writes_into_the_gradient(g, _z, x):
    g *= 3.0 * x * x
    return g


def writes_into_the_result(g, z, x):
    z *= 3.0
    return g * z * tt.reciprocal(x)


def is_random(g, _z, x):
    return g * x * np.random.default_rng().random()


# rule, what catches it
WRONG = {
    "numpy.where": (
        lambda g, _z, x: g * np.where(x > 0, 3.0 * x * x, 3.0 * x * x),
        (TypeError, "numpy.where: got a Tensor, whose gradient it would lose"),
    ),
    "a ufunc": (lambda g, _z, x: g * 3.0 * np.square(x), (TypeError, "numpy.square: got a Tensor")),
    "an array's method": (
        lambda g, _z, x: g * 3.0 * x * x.clip(-9, 9),
        (AttributeError, "clip"),
    ),
    "an array's arguments": (
        lambda g, _z, x: g * 3.0 * x * (x + 0.0 * x.max(axis=0, keepdims=True)),
        (TypeError, "axis|keepdims"),
    ),
    "a method with another meaning": (
        # six elements: PyTorch divides their squares by five, NumPy by six
        lambda g, _z, x: g * 3.0 * x * x * (x.var() * 6.0 / ((x - x.mean()) ** 2).sum()),
        (ag.GradcheckError, "cube gives input 0 another gradient where .* create_graph is True"),
    ),
    "a forgotten factor": (
        lambda g, _z, x: g * x * x,
        (
            ag.GradcheckError,
            r"the derivative of output 0\[0, 0\] by input 0\[0, 0\] is numerically",
        ),
    ),
    "a wrong sign": (lambda g, _z, x: -3.0 * g * x * x, (ag.GradcheckError, "analytically -")),
    "a plain array": (
        lambda g, _z, x: g * (3.0 * np.asarray(x) * np.asarray(x)),
        (RuntimeError, "__array__: the tensor requires a gradient, which NumPy would lose"),
    ),
    "an argument that it said it would not use": (
        lambda g, _z, _x: g * 3.0 * _x * _x,
        (TypeError, "NoneType"),
    ),
    "float64": (
        lambda g, _z, x: g * np.float64(3) * x * x,
        (ag.GradcheckError, "cube makes float64 of float32 gradients"),
    ),
    "a write into its input": (writes_into_its_input, (ValueError, "read-only")),
    "a write into the gradient": (writes_into_the_gradient, (RuntimeError, "writes in place")),
    "a write into the result": (writes_into_the_result, (ag.GradcheckError, "two backward")),
    "chance": (is_random, (ag.GradcheckError, "two backward passes")),
}


class TestCheckRule:
    @pytest.mark.parametrize("rule", RIGHT)
    def test_passes_what_is_right(self, rule):
        ag.check_rule(planted(rule), (2, 3))
        ag.check_rule(planted(rule), ())
        ag.check_rule(planted(rule), (0, 3))
        ag.check_rule(planted(rule), np.array([[0.5, 2.0], [1.0, -1.0]]).T)

    @pytest.mark.parametrize("name", WRONG)
    def test_catches_what_is_wrong(self, name):
        rule, (kind, message) = WRONG[name]
        with pytest.raises(kind, match=message):
            ag.check_rule(planted(rule), (2, 3))

    def test_each_input_alone(self):
        @primitive
        def product(input, other):
            return input * other

        # The rule of the first input says that it does not use the second, which the other's keeps.
        ag.defvjp(product, lambda g, _z, _x, _y: g * _y, lambda g, _z, x, y: g * x)
        with pytest.raises(TypeError, match=r"NoneType"):
            ag.check_rule(product, (2,), (2,))

    def test_a_joint_rule_that_is_wrong_where_one_input_needs_nothing(self):
        @primitive(promotion="none", several=False)
        def product(*input):
            return input[0] * input[1]

        def rule(g, _z, x, y, needs):
            return (g * y, g * x) if all(needs) else (g, g)

        ag.defvjp_joint(product, rule)
        with pytest.raises(
            ag.GradcheckError, match=r"product gives input 0 another gradient where"
        ):
            ag.check_rule(product, (2,), (2,))

    def test_several_results(self):
        @primitive(several=True)
        def powers(input):
            return input * input, input * input * input

        def rule(g, _z, x):
            a, b = (0.0 if part is None else part for part in g)
            return a * 2.0 * x + b * 3.0 * x * x

        ag.defvjp(powers, rule)
        ag.check_rule(powers, (2, 3))
        ag.defvjp(powers, lambda g, _z, x: g[0] * 2.0 * x + g[1] * 3.0 * x * x)
        with pytest.raises(TypeError, match=r"NoneType"):  # it forgets that one may be unused
            ag.check_rule(powers, (2, 3))

    def test_constants_are_left_alone(self):
        ag.check_rule(tt.mul, (2, 3), 3.0)
        ag.check_rule(tt.mul, (2, 3), np.array([1, 2, 3]))
        with pytest.raises(ValueError, match=r"check_rule: mul was given no shape and no float64"):
            ag.check_rule(tt.mul, np.array([1, 2]), 3.0)

    def test_a_kink_needs_smooth_false_only_for_what_it_breaks(self):
        bent = planted(
            lambda g, _z, x: g * (x > 0.0) * 3.0 * x * x, kernel=lambda x: (x > 0) * x * x * x
        )
        ag.check_rule(bent, (3,), smooth=False)

    def test_results_of_another_type_need_not_be_float32(self):
        ag.check_rule(tt.cast, (3,), dtype=np.dtype("float64"))

    def test_a_rule_that_returns_nothing(self):
        zero = planted(lambda g, _z, x: None, kernel=lambda x: 0.0 * x)
        ag.check_rule(zero, (3,))
        wrong = planted(lambda g, _z, x: None)
        with pytest.raises(ag.GradcheckError, match=r"analytically 0"):
            ag.check_rule(wrong, (3,))


class TestGradcheck:
    def test_says_where_and_how_much(self):
        cube = planted(lambda g, _z, x: g * 3.0 * x)
        with pytest.raises(
            ag.GradcheckError,
            match=r"output 1\[1\] by input 0\[1\] is numerically 12, analytically 6 \(1 of 4",
        ):
            ag.gradcheck(lambda x: (x, cube(x)), leaf([1.0, 2.0]))

    def test_of_single_numbers_names_no_element(self):
        cube = planted(lambda g, _z, x: g)
        with pytest.raises(ag.GradcheckError, match=r"output 0 by input 0 is numerically 12"):
            ag.gradcheck(cube, leaf(2.0))

    def test_returns_false_instead(self):
        cube = planted(lambda g, _z, x: g)
        assert ag.gradcheck(cube, leaf(2.0), raise_exception=False) is False
        assert ag.gradgradcheck(cube, leaf(2.0), raise_exception=False) is True
        bent = planted(
            lambda g, _z, x: g * 3.0 * x.detach() * x if isinstance(x, Tensor) else g * x
        )
        assert ag.gradgradcheck(bent, leaf(2.0), raise_exception=False) is False
        with pytest.raises(ag.GradcheckError, match=r"gradgradcheck: the derivative"):
            ag.gradgradcheck(bent, leaf(2.0))

    def test_tolerances(self):
        nearly = planted(lambda g, _z, x: g * 3.01 * x * x)
        assert not ag.gradcheck(nearly, leaf([1.0]), raise_exception=False)
        assert ag.gradcheck(nearly, leaf([1.0]), rtol=0.1)
        assert ag.gradcheck(nearly, leaf([1.0]), atol=0.1)

    def test_needs_float64(self):
        x = leaf([1.0], "float32")
        with pytest.raises(ValueError, match=r"gradcheck: input 0 is float32, .* use float64"):
            ag.gradcheck(lambda x: x * x, x)
        with pytest.raises(ValueError, match=r"gradgradcheck: input 0 is float32"):
            ag.gradgradcheck(lambda x: x * x, x)

    def test_needs_something_to_check(self):
        x = leaf([1.0])
        for check in (ag.gradcheck, ag.gradgradcheck):
            with pytest.raises(ValueError, match=r"no output of func requires a gradient"):
                check(lambda x: x.detach(), x)
        captured = leaf([2.0])
        with pytest.raises(ValueError, match=r"no input requires a gradient"):
            ag.gradcheck(lambda x: x * captured, tensor([1.0]))

    def test_leaves_its_inputs_as_they_were(self):
        x = leaf([1.0, 2.0])
        x.grad = tt.ones(2, dtype="float64")
        assert ag.gradcheck(lambda x: x * x, x)
        assert ag.gradgradcheck(lambda x: x * x, x)
        assert x.tolist() == [1.0, 2.0]
        assert x.grad.tolist() == [1.0, 1.0]

    def test_results_without_gradient_and_other_arguments_are_passed_over(self):
        def func(x, scale, name):
            assert name == "a name"
            return x * scale, x.detach() * x.detach(), tt.argmax(x), "text"

        args = (leaf([1.0, 2.0]), tensor(3.0), "a name")
        assert ag.gradcheck(func, args)
        assert ag.gradgradcheck(func, args)

    def test_within_no_grad(self):
        with ag.no_grad():
            assert ag.gradcheck(lambda x: x * x, leaf([1.0, 2.0]))
            assert ag.gradgradcheck(lambda x: x * x, leaf([1.0, 2.0]))

    def test_gradients_of_outputs_may_be_given(self):
        x = leaf([1.0, 2.0])
        assert ag.gradgradcheck(lambda x: x * x * x, x, Tensor([1.0, -1.0], dtype="float64"))

    def test_chance_is_found(self):
        noisy = planted(lambda g, _z, x: g * 3.0 * x * x + np.random.default_rng().random() * 1e-7)
        with pytest.raises(
            ag.GradcheckError, match=r"two backward passes from output 0 to input 0"
        ):
            ag.gradcheck(noisy, leaf([1.0]))
        assert ag.gradcheck(noisy, leaf([1.0]), nondet_tol=1e-6)
