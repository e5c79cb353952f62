"""Layers, states and functions against torch.nn."""

import copy
from collections import OrderedDict

import pytest
import torch
from torch import nn

import tinytorch.autograd  # noqa: F401  gradients are compared too
import tinytorch.tensor as tt
from tinytorch import layers
from tinytorch.tensor import Tensor


def copied(theirs, ours):
    """Give our module the state of theirs: the names are the same, so it simply loads."""
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    return ours


def close(ours, theirs):
    torch.testing.assert_close(torch.from_numpy(ours.detach().numpy().copy()), theirs.detach())


LAYERS = {
    "ReLU": ((), {}),
    "LeakyReLU": ((0.2,), {}),
    "ELU": ((0.7,), {}),
    "GELU": ((), {"approximate": "tanh"}),
    "SiLU": ((), {}),
    "Sigmoid": ((), {}),
    "Tanh": ((), {}),
    "Softplus": ((2.0, 5.0), {}),
    "Hardswish": ((), {}),
    "Mish": ((), {}),
    "Softmax": ((), {"dim": 1}),
    "LogSoftmax": ((-1,), {}),
    "Flatten": ((), {}),
    "Identity": ((), {}),
}


@pytest.mark.parity(*LAYERS)
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("shape", [(4, 6), (2, 3, 4), (0, 3)])
def test_layers_without_parameters(name, shape):
    args, kwargs = LAYERS[name]
    theirs, ours = getattr(nn, name)(*args, **kwargs), getattr(layers, name)(*args, **kwargs)
    x = torch.randn(*shape, requires_grad=True)
    y = Tensor(x.detach().numpy(), requires_grad=True)
    expected, found = theirs(x), ours(y)
    close(found, expected)
    (expected * expected).sum().backward()
    (found * found).sum().backward()
    close(y.grad, x.grad)


@pytest.mark.parity("Linear", "linear", "Sequential", "Parameter", "Module")
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (3,), (2, 4, 3), (0, 3)])
def test_a_network_and_its_gradients(shape, bias):
    theirs = nn.Sequential(nn.Linear(3, 8, bias=bias), nn.Tanh(), nn.Linear(8, 2))
    ours = copied(
        theirs,
        layers.Sequential(layers.Linear(3, 8, bias), layers.Tanh(), layers.Linear(8, 2)),
    )
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x = torch.randn(*shape, requires_grad=True)
    y = Tensor(x.detach().numpy(), requires_grad=True)
    expected, found = theirs(x), ours(y)
    close(found, expected)
    expected.square().sum().backward()
    (found * found).sum().backward()
    close(y.grad, x.grad)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        close(p.grad, q.grad)


@pytest.mark.parity("ModuleList", "ModuleDict")
def test_containers_name_their_parameters_alike():
    theirs = nn.ModuleDict({"a": nn.ModuleList([nn.Linear(1, 2)]), "b": nn.Linear(2, 1)})
    ours = layers.ModuleDict(
        {"a": layers.ModuleList([layers.Linear(1, 2)]), "b": layers.Linear(2, 1)}
    )
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    assert [n for n, _ in ours.named_modules()] == [n for n, _ in theirs.named_modules()]
    assert list(ours.keys()) == list(theirs.keys())


@pytest.mark.parity("Dropout", "dropout")
def test_dropout_scales_alike():
    ours = layers.dropout(Tensor([[1.0] * 1000]), 0.2)
    theirs = nn.functional.dropout(torch.ones(1, 1000), 0.2)
    assert set(ours.flatten().tolist()) == set(theirs.flatten().tolist())
    x = Tensor([1.0, 2.0])
    assert layers.Dropout(0.2).eval()(x) is x


@pytest.mark.parity("Module")
def test_a_buffer_and_a_shared_parameter_are_saved_under_the_same_names():
    class Theirs(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 2)
            self.second = nn.Linear(2, 2, bias=False)
            self.second.weight = self.first.weight
            self.register_buffer("mean", torch.zeros(2))
            self.register_buffer("cache", torch.zeros(2), persistent=False)

    class Ours(layers.Module):
        def __init__(self):
            super().__init__()
            self.first = layers.Linear(2, 2)
            self.second = layers.Linear(2, 2, bias=False)
            self.second.weight = self.first.weight
            self.register_buffer("mean", Tensor([0.0, 0.0]))
            self.register_buffer("cache", Tensor([0.0, 0.0]), persistent=False)

    theirs, ours = Theirs(), Ours()
    copied(theirs, ours)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()]


def listed(container):
    """The names of the modules, and how many features come out of each."""
    return [(name, module.out_features) for name, module in container.named_children()]


@pytest.mark.parity("Sequential", "ModuleList")
@pytest.mark.parametrize("name", ["Sequential", "ModuleList"])
def test_modules_are_put_in_and_taken_out_alike(name):
    found = []
    for lib in (layers, nn):
        modules = [lib.Linear(1, n) for n in (1, 2, 3, 4)]
        net = lib.Sequential(*modules) if name == "Sequential" else lib.ModuleList(modules)
        steps = [listed(net)]
        steps.append(net.pop(1).out_features)
        net.insert(0, lib.Linear(1, 5))
        net.extend([lib.Linear(1, 6)])
        steps.append(listed(net))
        del net[-1]
        del net[1:3]
        steps.append(listed(net))
        found.append(steps)
    assert found[0] == found[1]


@pytest.mark.parity("Sequential", "ModuleDict", "Module")
@pytest.mark.parametrize("name", ["forward", "training", "append", "keys", "a.b", "", "fine"])
def test_the_same_names_are_refused(name):
    for make in (
        lambda lib: lib.Sequential(OrderedDict({name: lib.Linear(1, 1)})),
        lambda lib: lib.ModuleDict({name: lib.Linear(1, 1)}),
        lambda lib: lib.Module().add_module(name, lib.Linear(1, 1)),
        lambda lib: lib.Module().register_parameter(name, None),
        lambda lib: lib.Module().register_buffer(name, None),
        lambda lib: lib.ModuleDict({"fine": lib.Linear(1, 1)}).pop(name),
    ):
        errors = []
        for lib in (layers, nn):
            try:
                make(lib)
                errors.append(None)
            except KeyError:
                errors.append(KeyError)
        assert errors[0] is errors[1]


@pytest.mark.parity("Module")
def test_buffers_become_parameters_alike():
    for lib, ones in ((layers, Tensor([1.0])), (nn, torch.ones(1))):
        module = lib.Module()
        module.register_buffer("mean", ones)
        with pytest.raises(TypeError):
            module.mean = 5
        module.mean = lib.Parameter(ones)
        assert [name for name, _ in module.named_buffers()] == []
        assert module.get_parameter("mean") is module.mean
        with pytest.raises(AttributeError):
            module.get_buffer("mean")


@pytest.mark.parity("Module", "Parameter")
def test_types_devices_and_copies():
    for lib, module in ((layers, tt), (nn, torch)):
        layer = lib.Linear(1, 1, device="cpu")
        layer.weight.grad = module.ones(1, 1)
        assert copy.deepcopy(layer).weight.grad is None
        for call in (
            lambda layer: layer.to("cpu"),
            lambda layer: layer.cpu(),
            lambda layer: layer.to(device="cpu"),
            lambda layer, module=module: layer.to("cpu", module.float64),
            lambda layer: layer.half(),
            lambda layer, module=module: layer.to(module.ones(1)),
        ):
            assert call(layer) is layer
        assert layer.weight.dtype == layer.weight.grad.dtype == module.float32
        with pytest.raises(TypeError):
            layer.to(module.int64)


@pytest.mark.parity("init")
@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("uniform_", {"a": -2.0, "b": 3.0}),
        ("normal_", {"mean": 1.0, "std": 2.0}),
        ("trunc_normal_", {"std": 0.5, "a": -0.5, "b": 1.0}),
        ("xavier_uniform_", {"gain": 2.0}),
        ("xavier_normal_", {}),
        ("kaiming_uniform_", {"a": 0.3, "mode": "fan_out"}),
        ("kaiming_normal_", {"nonlinearity": "relu"}),
        ("orthogonal_", {"gain": 2.0}),
    ],
)
def test_initial_weights_have_the_same_distribution(name, kwargs):
    """Other random numbers, the same distribution: its quantiles agree within a few per cent."""
    ours = torch.from_numpy(getattr(layers.init, name)(Tensor([[0.0] * 400] * 300), **kwargs).data)
    theirs = getattr(nn.init, name)(torch.empty(300, 400), **kwargs)
    quantiles = torch.tensor([0.01, 0.25, 0.5, 0.75, 0.99])
    found, expected = (w.flatten()[:90_000].quantile(quantiles) for w in (ours, theirs))
    torch.testing.assert_close(found, expected, rtol=0.03, atol=0.03 * expected.abs().max().item())


@pytest.mark.parity("init")
@pytest.mark.parametrize(
    "name", ["linear", "sigmoid", "conv2d", "tanh", "relu", "leaky_relu", "selu"]
)
def test_gains(name):
    assert layers.init.calculate_gain(name) == pytest.approx(nn.init.calculate_gain(name))


def test_linear_starts_from_the_same_distribution():
    ours, theirs = layers.Linear(300, 200), nn.Linear(300, 200)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert p.data.std() == pytest.approx(q.std().item(), rel=0.2)
        assert abs(p.data).max() <= 1 / 300**0.5
