"""A network is a module made of modules; its parameters have names."""

from tinytorch.layers import Linear, Module, Parameter, ReLU, Sequential, summary
from tinytorch.setup import manual_seed
from tinytorch.tensor import Tensor, ones, tensor


def test_a_network_computes():
    net = Sequential(Linear(4, 8), ReLU(), Linear(8, 2))
    assert net(ones(3, 4)).shape == (3, 2)


def test_its_parameters_have_names():
    net = Sequential(Linear(4, 8), ReLU(), Linear(8, 2))
    assert [name for name, _ in net.named_parameters()] == [
        "0.weight", "0.bias", "2.weight", "2.bias",
    ]  # fmt: skip
    assert sum(p.numel() for p in net.parameters()) == 4 * 8 + 8 + 8 * 2 + 2


def test_a_module_of_ones_own():
    class Affine(Module):
        def __init__(self):
            super().__init__()
            self.scale = Parameter(tensor([2.0]))
            self.shift = Parameter(tensor([1.0]))

        def forward(self, x):
            return self.scale * x + self.shift

    affine = Affine()
    assert affine(tensor([3.0])).tolist() == [7.0]
    assert type(affine(tensor([3.0]))) is Tensor  # not a Parameter


def test_what_it_learned_is_saved_and_loaded():
    manual_seed(0)
    first, second = Linear(3, 2), Linear(3, 2)
    x = ones(1, 3)
    assert first(x).tolist() != second(x).tolist()
    second.load_state_dict(first.state_dict())
    assert first(x).tolist() == second(x).tolist()


def test_training_and_evaluation():
    net = Sequential(Linear(2, 2), ReLU())
    assert net.training
    assert not net.eval()[0].training
    assert net.train()[0].training


def test_a_network_shows_itself():
    net = Sequential(Linear(4, 8), ReLU())
    assert repr(net) == (
        "Sequential(\n  (0): Linear(in_features=4, out_features=8, bias=True)\n  (1): ReLU()\n)"
    )
    assert "40" in str(summary(net, (1, 4)))
