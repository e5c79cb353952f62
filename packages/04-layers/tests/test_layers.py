"""Each layer against its function, its formula, and wrong arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch import activations, layers
from tinytorch.layers import (
    Dropout,
    Flatten,
    Identity,
    Linear,
    Module,
    ModuleDict,
    ModuleList,
    ReLU,
    Sequential,
    dropout,
    linear,
)
from tinytorch.setup import manual_seed
from tinytorch.tensor import Tensor, arange, ones, randn, tensor, zeros


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 2, 3), (0, 3), (2, 0, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_is_its_formula(shape, bias):
    manual_seed(0)
    x, w = randn(*shape), randn(5, 3)
    b = randn(5) if bias else None
    expected = x.data @ w.data.T + (b.data if bias else 0)
    out = linear(x, w, b)
    assert out.shape == (*shape[:-1], 5)
    assert np.allclose(out.data, expected, atol=1e-6)
    assert out.dtype == "float32"


def test_linear_on_arrays_views_and_other_types():
    x = np.arange(6.0).reshape(3, 2).T  # not contiguous
    out = linear(x, np.ones((1, 3)), np.array([0.5]))
    assert type(out) is np.ndarray
    assert out.tolist() == [[6.5], [9.5]]
    assert linear(tensor([1, 2]), tensor([[3, 4]])).dtype == "int64"
    assert linear(ones(2), ones(1, 2, dtype="float64")).dtype == "float64"


def test_linear_takes_its_tensors_by_name():
    assert linear(input=ones(2), bias=ones(1), weight=ones(1, 2)).tolist() == [3.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ones(2, 3), ones(4, 2)), r"linear: input has shape \(2, 3\), weight expects 2 features"),
        ((tensor(1.0), ones(4, 2)), "linear: input has shape"),
        ((ones(2), ones(2)), "linear: weight has 1 dimensions, expected 2"),
        ((ones(2), ones(4, 2), ones(3)), r"linear: bias has shape \(3,\), weight expects \(4,\)"),
    ],
)
def test_linear_says_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        linear(*arguments)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((3.0, ones(1, 1)), "input"),
        ((ones(1), 3.0), "weight"),
        ((ones(1), ones(1, 1), 3.0), "bias"),
    ],
)
def test_linear_takes_no_numbers(arguments, name):
    with pytest.raises(TypeError, match=f"linear: {name} is of type float, expected a tensor"):
        linear(*arguments)


def test_linear_starts_within_its_bounds_and_repeats():
    manual_seed(1)
    first = Linear(16, 1000)
    manual_seed(1)
    assert Linear(16, 1000).weight.tolist() == first.weight.tolist()
    for parameter in first.parameters():
        assert 0.24 < abs(parameter.data).max() <= 0.25
    assert Linear(2, 2, dtype="float64").bias.dtype == "float64"
    assert Linear(2, 2, bias=False).bias is None


@pytest.mark.parametrize("features", [0, -1, 2.0, True, "3"])
def test_linear_wants_positive_sizes(features):
    with pytest.raises(ValueError, match="Linear: in_features is"):
        Linear(features, 2)
    with pytest.raises(ValueError, match="Linear: out_features is"):
        Linear(2, features)


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (layers.ReLU(), activations.relu),
        (layers.LeakyReLU(0.2), lambda x: activations.leaky_relu(x, 0.2)),
        (layers.ELU(0.5), lambda x: activations.elu(x, 0.5)),
        (layers.GELU("tanh"), lambda x: activations.gelu(x, approximate="tanh")),
        (layers.SiLU(), activations.silu),
        (layers.Sigmoid(), activations.sigmoid),
        (layers.Tanh(), lambda x: Tensor.from_array(np.tanh(x.data))),
        (layers.Softplus(2.0, 10.0), lambda x: activations.softplus(x, 2.0, 10.0)),
        (layers.Hardswish(), activations.hardswish),
        (layers.Mish(), activations.mish),
        (layers.Softmax(0), lambda x: activations.softmax(x, 0)),
        (layers.LogSoftmax(dim=1), lambda x: activations.log_softmax(x, 1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_activation_layers_are_their_functions(layer, function):
    x = randn(3, 4)
    assert layer(x).tolist() == function(x).tolist()
    assert list(layer.parameters()) == []
    assert repr(layer).startswith(type(layer).__name__ + "(")


def test_an_approximation_that_gelu_does_not_have():
    with pytest.raises(ValueError, match="GELU: approximate is 'tan', expected 'none' or 'tanh'"):
        layers.GELU("tan")


def test_settings_are_shown():
    assert repr(layers.LeakyReLU(0.2)) == "LeakyReLU(negative_slope=0.2)"
    assert repr(layers.ELU(0.5)) == "ELU(alpha=0.5)"
    assert repr(layers.GELU("tanh")) == "GELU(approximate='tanh')"
    assert repr(layers.Softplus()) == "Softplus(beta=1.0, threshold=20.0)"
    assert repr(layers.Softmax(1)) == "Softmax(dim=1)"
    assert repr(Dropout(0.1)) == "Dropout(p=0.1)"
    assert repr(Flatten(0, 1)) == "Flatten(start_dim=0, end_dim=1)"


@given(st.floats(0.05, 0.95))
def test_dropout_keeps_the_expected_value(p):
    manual_seed(0)
    out = dropout(ones(20_000), p).data
    kept = out != 0
    assert np.allclose(out[kept], 1 / (1 - p))
    assert abs(kept.mean() - (1 - p)) < 0.02
    assert out.dtype == np.float32


def test_dropout_only_while_training_and_at_the_ends():
    x = ones(100)
    layer = Dropout(0.5)
    assert 0.0 in layer(x).tolist()
    assert layer.eval()(x) is x
    assert dropout(x, 0.0) is x
    assert dropout(x, 1.0).tolist() == [0.0] * 100
    assert dropout(zeros(0), 0.5).shape == (0,)
    assert dropout(ones(3, dtype="float64"), 0.5).dtype == "float64"


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_dropout_wants_a_probability(p):
    with pytest.raises(ValueError, match="dropout: p is"):
        dropout(ones(1), p)
    with pytest.raises(ValueError, match="Dropout: p is"):
        Dropout(p)


def test_dropout_wants_a_number_and_floats():
    with pytest.raises(TypeError, match="Dropout: p is 'a', expected a number"):
        Dropout("a")
    with pytest.raises(TypeError, match="dropout: p is None, expected a number"):
        dropout(ones(1), None)
    with pytest.raises(TypeError, match="dropout: input has type int64, expected floating point"):
        dropout(tensor([1, 2]), 0.5)
    assert dropout(tensor([1, 2]), 1.0).tolist() == [0, 0]
    assert dropout(tensor([1, 2]), 0.5, training=False).tolist() == [1, 2]


def test_shaping():
    x = arange(24).reshape(2, 3, 4)
    assert Flatten()(x).shape == (2, 12)
    assert Flatten(0, 1)(x).shape == (6, 4)
    assert Identity(1, key=2)(x) is x


def test_sequential_is_a_list_of_modules():
    first, second = Linear(2, 3), Linear(3, 1)
    net = Sequential(first, ReLU(), second)
    assert len(net) == 3
    assert net[0] is first
    assert net[-1] is second
    assert list(net)[2] is second
    assert isinstance(net[:2], Sequential)
    assert net[:2](ones(1, 2)).shape == (1, 3)
    net[1] = Identity()
    assert isinstance(net[1], Identity)
    assert net.append(Identity()) is net
    assert len(net) == 4
    with pytest.raises(IndexError, match="Sequential: index 4 is out of range, it has 4 modules"):
        net[4]
    with pytest.raises(TypeError, match="Sequential: got function, expected a Module"):
        Sequential(Linear(1, 1), lambda x: x)
    assert Sequential()(5) == 5


def outputs(modules):
    return [module.out_features for module in modules]


@pytest.mark.parametrize("container", [lambda modules: Sequential(*modules), ModuleList])
def test_modules_are_put_in_and_taken_out_anywhere(container):
    net = container(Linear(1, n) for n in (1, 2, 3))
    assert outputs([net.pop(1)]) == [2]
    assert net.insert(0, Linear(1, 4)) is net
    net.insert(-1, Linear(1, 5))
    net.insert(4, Linear(1, 6))
    assert outputs(net) == [4, 1, 5, 3, 6]
    assert [name for name, _ in net.named_children()] == ["0", "1", "2", "3", "4"]
    del net[-1]
    del net[1:3]
    assert outputs(net) == [4, 3]
    assert outputs(net.extend(net)) == [4, 3, 4, 3]
    for use in (
        lambda: net.pop(4),
        lambda: net.insert(5, ReLU()),
        lambda: net.insert(-5, ReLU()),
        lambda: net.__delitem__(-5),
    ):
        with pytest.raises(IndexError, match=r"index -?\d is out of range, it has 4 modules"):
            use()
    with pytest.raises(TypeError, match="index is '0', expected an integer"):
        net["0"]
    with pytest.raises(TypeError, match="got int, expected a Module"):
        net.insert(0, 3)
    assert outputs(net) == [4, 3, 4, 3]


@pytest.mark.parametrize("name", ["forward", "training", "extra_repr", "__len__", "a.b", ""])
@pytest.mark.parametrize("container", [Sequential, ModuleDict])
def test_names_in_containers_clobber_nothing(container, name):
    with pytest.raises(KeyError, match=f"{container.__name__}: '{name}' is"):
        container({name: Linear(1, 1)})
    with pytest.raises(TypeError, match="name is 1, expected a str"):
        container({1: Linear(1, 1)})


def test_sequential_with_names():
    net = Sequential({"in": Linear(2, 3), "out": Linear(3, 1)})
    assert [name for name, _ in net.named_parameters()][2] == "out.weight"
    assert net[1] is net.get_submodule("out")
    net[1] = Identity()
    assert [name for name, _ in net[1:].named_children()] == ["out"]
    del net[0]
    assert [name for name, _ in net.named_children()] == ["0"]
    with pytest.raises(KeyError, match="Sequential: '1' is an attribute"):
        Sequential({"1": Identity()}).append(Identity())


def test_module_list():
    modules = ModuleList([Linear(1, 1)])
    assert modules.extend([Linear(1, 2), Linear(2, 2)]) is modules
    assert len(modules) == 3
    assert len(modules[1:]) == 2
    assert isinstance(modules[1:], ModuleList)
    assert len(list(modules.parameters())) == 6
    with pytest.raises(NotImplementedError, match="ModuleList: defines no forward"):
        modules(ones(1))


def test_module_dict():
    modules = ModuleDict({"a": Linear(1, 1)})
    modules["b"] = ReLU()
    assert list(modules) == list(modules.keys()) == ["a", "b"]
    assert "a" in modules
    assert len(modules) == 2
    assert [type(m).__name__ for m in modules.values()] == ["Linear", "ReLU"]
    assert dict(modules.items())["b"] is modules["b"]
    modules["b"] = Identity()
    assert isinstance(modules["b"], Identity)
    del modules["a"]
    assert list(modules.parameters()) == []
    with pytest.raises(KeyError, match="ModuleDict: has no module 'a'; it has b"):
        modules["a"]
    with pytest.raises(KeyError, match="a"):
        del modules["a"]
    with pytest.raises(KeyError, match="'training' is an attribute of ModuleDict already"):
        modules["training"] = Identity()
    with pytest.raises(TypeError, match="ModuleDict: got int, expected a Module"):
        modules["c"] = 1


def test_modules_are_compared_by_identity():
    assert Linear(1, 1) != Linear(1, 1)
    assert isinstance(Linear(1, 1), Module)


def test_module_dict_gives_back_what_it_held():
    kept = ReLU()
    modules = ModuleDict({"a": kept, "b": Identity()})
    assert modules.pop("a") is kept
    with pytest.raises(KeyError, match="ModuleDict: has no module 'a'; it has b"):
        modules.pop("a")
    modules.clear()
    assert len(modules) == 0
    modules["a"] = kept
    assert modules["a"] is kept
