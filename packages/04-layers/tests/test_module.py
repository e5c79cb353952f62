"""What a module finds in itself, and what it refuses."""

import copy
import pickle

import numpy as np
import pytest

from tinytorch.layers import Linear, Module, ModuleList, Parameter, ReLU, Sequential
from tinytorch.tensor import Tensor, ones, tensor, zeros
from tinytorch.tensor.observing import observe


class Tied(Module):
    """Two layers that share a weight, a buffer that is saved and one that is not."""

    def __init__(self):
        super().__init__()
        self.first = Linear(3, 3)
        self.second = Linear(3, 3, bias=False)
        self.second.weight = self.first.weight
        self.register_buffer("mean", zeros(3))
        self.register_buffer("cache", zeros(2), persistent=False)
        self.register_buffer("nothing", None)

    def forward(self, x):
        return self.second(self.first(x)) - self.mean


def names(pairs):
    return [name for name, _ in pairs]


def test_shared_parameters_are_named_once_and_saved_at_both_places():
    tied = Tied()
    assert names(tied.named_parameters()) == ["first.weight", "first.bias"]
    assert list(tied.state_dict()) == [
        "mean", "first.weight", "first.bias", "second.weight",
    ]  # fmt: skip


def test_buffers_are_state_but_not_learned():
    tied = Tied()
    assert names(tied.named_buffers()) == ["mean", "cache"]
    assert [b.shape for b in tied.buffers()] == [(3,), (2,)]
    del tied.cache
    assert names(tied.named_buffers()) == ["mean"]
    tied.mean = ones(3)
    assert tied.state_dict()["mean"].tolist() == [1.0] * 3


def test_modules_children_paths_and_recursion():
    net = Sequential(Sequential(Linear(2, 2)), ReLU())
    assert names(net.named_modules()) == ["", "0", "0.0", "1"]
    assert names(net.named_children()) == ["0", "1"]
    assert names(net.named_parameters(recurse=False)) == []
    assert names(net.named_parameters(prefix="net")) == ["net.0.0.weight", "net.0.0.bias"]
    assert net.get_submodule("0.0") is net[0][0]
    assert net.get_submodule("") is net
    with pytest.raises(
        AttributeError, match=r"Sequential has no module '3' \(in '0.3'\); it has 0"
    ):
        net.get_submodule("0.3")


def test_a_module_in_two_places_is_visited_once():
    layer = Linear(2, 2)
    net = Sequential(layer, layer)
    assert len(list(net.modules())) == 2
    assert len(list(net.parameters())) == 2
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_apply_goes_from_the_inside_out():
    seen = []
    net = Sequential(Linear(1, 1), ReLU())
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["Linear", "ReLU", "Sequential"]


def test_a_parameter_is_not_replaced_by_accident():
    layer = Linear(2, 2)
    weight = layer.weight
    with pytest.raises(TypeError, match=r"Linear\.weight: is a Parameter, got Tensor"):
        layer.weight = zeros(2, 2)
    assert layer.weight is weight
    layer.bias = None
    assert names(layer.named_parameters()) == ["weight"]
    layer.weight = Parameter(zeros(2, 2))
    assert layer(ones(1, 2)).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("name", ["", "a.b", "weight", "forward"])
def test_buffers_need_a_free_name(name):
    layer = Linear(2, 2)
    with pytest.raises(KeyError, match="register_buffer"):
        layer.register_buffer(name, zeros(1))


@pytest.mark.parametrize("name", ["", "a.b", "weight", "forward", "training"])
def test_modules_and_parameters_need_a_free_name(name):
    layer = Linear(2, 2)
    with pytest.raises(KeyError, match="add_module"):
        layer.add_module(name, ReLU())
    if name != "weight":
        with pytest.raises(KeyError, match="register_parameter"):
            layer.register_parameter(name, Parameter(zeros(1)))
    assert names(layer.named_parameters()) == ["weight", "bias"]
    assert names(layer.named_children()) == []


def test_what_is_registered_has_its_kind():
    module = Module()
    for mean in (np.zeros(1), Parameter(zeros(1))):
        with pytest.raises(TypeError, match=r"register_buffer: mean is \w+, expected a Tensor"):
            module.register_buffer("mean", mean)
    with pytest.raises(TypeError, match="register_parameter: w is Tensor, expected a Parameter"):
        module.register_parameter("w", zeros(1))
    with pytest.raises(TypeError, match="add_module: part is function, expected a Module"):
        module.add_module("part", lambda x: x)
    with pytest.raises(TypeError, match="add_module: name is 0, expected a str"):
        module.add_module(0, ReLU())
    assert module.state_dict() == {}


def test_modules_and_parameters_by_name():
    module = Module()
    module.register_parameter("w", None)
    module.register_parameter("w", Parameter(ones(2)))
    module.add_module("part", Linear(1, 1))
    module.part.register_buffer("mean", zeros(3))
    assert names(module.named_parameters()) == ["w", "part.weight", "part.bias"]
    assert module.get_parameter("w") is module.w
    assert module.get_parameter("part.bias") is module.part.bias
    assert module.get_buffer("part.mean") is module.part.mean
    module.add_module("part", None)
    assert names(module.named_parameters()) == ["w"]
    with pytest.raises(
        AttributeError, match=r"get_parameter: Module has no 'v' \(in 'v'\); it has w"
    ):
        module.get_parameter("v")
    with pytest.raises(AttributeError, match=r"get_buffer: Module has no 'w' .* it has none"):
        module.get_buffer("w")
    with pytest.raises(AttributeError, match="Module has no module 'part'"):
        module.get_parameter("part.weight")


def test_a_buffer_stays_a_tensor_or_becomes_something_else():
    module = Module()
    for name in ("one", "two", "three"):
        module.register_buffer(name, ones(1))
    with pytest.raises(TypeError, match=r"Module\.one: is a buffer, got int; assign a Tensor"):
        module.one = 5
    module.one = None
    assert list(module.state_dict()) == ["two", "three"]
    module.two, module.three = Parameter(zeros(1)), ReLU()
    assert names(module.named_buffers()) == []
    assert names(module.named_parameters()) == ["two"]
    assert names(module.named_children()) == ["three"]


def test_a_forgotten_init_is_named():
    class Forgetful(Module):
        def __init__(self, part=None):
            self.width = 3
            if part is not None:
                self.part = part

        def forward(self, x):
            return x

    for use in (
        lambda: Forgetful(Linear(1, 1)),
        lambda: Forgetful(Parameter(zeros(1))),
        lambda: Forgetful()(ones(1)),
        lambda: Forgetful().state_dict(),
        lambda: Forgetful().register_buffer("mean", zeros(1)),
    ):
        with pytest.raises(AttributeError, match=r"Forgetful: call super\(\)\.__init__\(\) first"):
            use()
    with pytest.raises(AttributeError, match="Linear: has no attribute 'wieght'"):
        Linear(1, 1).wieght  # noqa: B018


def test_forward_must_be_defined():
    with pytest.raises(NotImplementedError, match="Module: defines no forward"):
        Module()(ones(1))


def test_hooks_see_and_replace_and_are_removed():
    layer, seen = Linear(2, 2, bias=False), []
    layer.weight = Parameter(tensor([[1.0, 0.0], [0.0, 1.0]]))
    before = layer.register_forward_pre_hook(lambda module, args: seen.append(args) or args[0] * 2)
    after = layer.register_forward_hook(lambda module, args, result: result + 1)
    assert layer(ones(1, 2)).tolist() == [[3.0, 3.0]]
    assert len(seen) == 1
    before.remove()
    assert layer(ones(1, 2)).tolist() == [[2.0, 2.0]]
    after.remove()
    after.remove()
    assert layer(ones(1, 2)).tolist() == [[1.0, 1.0]]


def test_hooks_that_return_nothing_change_nothing():
    layer = ReLU()
    layer.register_forward_pre_hook(lambda module, args: None)
    layer.register_forward_hook(lambda module, args, result: None)
    assert layer(ones(1)).tolist() == [1.0]


def test_a_call_is_an_event_with_its_primitives_inside():
    events, net = [], Sequential(Linear(2, 2))
    with observe(events.append):
        result = net(ones(1, 2))
    assert [event.name for event in events] == ["linear", "Linear", "Sequential"]
    assert [event.parent for event in events] == [events[1], events[2], None]
    assert events[2].source is net
    assert events[2].result is result
    assert events[0].args[1] is net[0].weight  # a layer is found by the identity of its weight


def test_types_change_for_parameters_buffers_and_gradients():
    tied = Tied()
    tied.register_buffer("count", tensor([1]))
    weight = tied.first.weight
    weight.grad = ones(3, 3)
    assert tied.double() is tied
    assert tied.first.weight is weight is tied.second.weight
    assert {p.dtype.name for p in tied.parameters()} == {"float64"}
    assert weight.grad.dtype == "float64"
    assert weight.requires_grad
    assert tied.mean.dtype == "float64"
    assert tied.count.dtype == "int64"
    assert tied(ones(1, 3, dtype="float64")).dtype == "float64"
    assert tied.float().first.bias.dtype == "float32"
    with pytest.raises(TypeError, match="to: parameters are of floating point, got int64"):
        tied.to(int)


def test_to_takes_what_that_of_tensors_takes():
    layer = Linear(1, 1, device="cpu")
    for moved in (layer.to("cpu"), layer.to(device="cpu"), layer.cpu(), layer.to()):
        assert moved is layer
        assert layer.bias.dtype == "float32"
    assert layer.to("cpu", "float64").bias.dtype == "float64"
    assert layer.half().bias.dtype == "float16"
    assert layer.to(dtype="float64").bias.dtype == "float64"
    assert layer.to(ones(1)).bias.dtype == "float32"
    for use in (lambda: layer.to("cuda"), lambda: layer.to(device="mps"), layer.cuda):
        with pytest.raises(ValueError, match=r"to: device is .*, expected 'cpu'"):
            use()
    with pytest.raises(ValueError, match="Linear: device is 'cuda', expected 'cpu'"):
        Linear(1, 1, device="cuda")


def test_gradients_are_forgotten_or_zeroed():
    layer = Linear(2, 1)
    layer.weight.grad = ones(1, 2)
    gradient = layer.weight.grad
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad is gradient
    assert gradient.tolist() == [[0.0, 0.0]]
    assert layer.bias.grad is None
    layer.zero_grad()
    assert layer.weight.grad is None


def test_requires_grad_of_all():
    layer = Linear(2, 1).requires_grad_(False)
    assert not any(p.requires_grad for p in layer.parameters())
    assert all(p.requires_grad for p in layer.requires_grad_().parameters())


def test_copies_share_nothing_and_keep_what_is_shared_inside():
    tied = Tied()
    for other in (copy.deepcopy(tied), pickle.loads(pickle.dumps(tied))):
        assert isinstance(other.first.weight, Parameter)
        assert other.first.weight is other.second.weight
        assert other.first.weight.requires_grad
        assert not np.shares_memory(other.first.weight.data, tied.first.weight.data)
        assert other.state_dict()["first.weight"].tolist() == tied.first.weight.tolist()


def test_a_copy_of_a_parameter_has_no_gradient():
    parameter = Parameter(ones(2))
    parameter.grad = ones(2)
    assert copy.deepcopy(parameter).grad is None
    layer = Linear(1, 1)
    layer.weight.grad = ones(1, 1)
    assert copy.deepcopy(layer).weight.grad is None


def test_a_parameter_shares_the_tensor_it_is_made_of_and_says_what_it_is():
    x = zeros(2)
    parameter = Parameter(x)
    assert np.shares_memory(x.data, parameter.data)
    assert not x.requires_grad
    assert not Parameter(x, requires_grad=False).requires_grad
    assert repr(parameter).startswith("Parameter containing:\ntensor([0., 0.]")
    assert isinstance(parameter, Tensor)
    assert Parameter(2.5).item() == 2.5


def test_the_tree_is_indented():
    net = Sequential(ModuleList([Linear(1, 1)]))
    assert repr(net).splitlines()[1:4] == [
        "  (0): ModuleList(",
        "    (0): Linear(in_features=1, out_features=1, bias=True)",
        "  )",
    ]
