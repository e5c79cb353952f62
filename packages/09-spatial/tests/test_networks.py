"""The two networks: their sizes are those of the papers, and they learn."""

import numpy as np
import pytest

from tinytorch.layers import Module
from tinytorch.setup import manual_seed
from tinytorch.spatial import BasicBlock, BatchNorm2d, Conv2d, LeNet5, ResNet
from tinytorch.tensor import ones, randn


def parameters(model: Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_lenet_has_the_papers_sizes():
    model = LeNet5()
    assert parameters(model) == 61_706
    assert model.features(ones(2, 1, 28, 28)).shape == (2, 16, 5, 5)
    assert LeNet5(num_classes=3, in_channels=2)(ones(2, 2, 28, 28)).shape == (2, 3)


# Table 6 of the paper: 0.27 M parameters for 20 layers, 0.46 M for 32, 0.85 M for 56.
@pytest.mark.parametrize(("depth", "millions"), [(20, 0.27), (32, 0.46), (56, 0.85)])
def test_resnet_has_the_papers_sizes(depth, millions):
    model = ResNet(depth)
    assert round(parameters(model) / 1e6, 2) == millions
    layers = [name for name, p in model.named_parameters() if p.ndim > 1]
    assert len(layers) == depth


def test_resnet_halves_the_image_twice():
    model = ResNet(depth=8)
    assert model.blocks(model.stem(ones(2, 3, 32, 32))).shape == (2, 64, 8, 8)
    assert ResNet(8, num_classes=5, in_channels=1, width=4)(ones(2, 1, 16, 16)).shape == (2, 5)


@pytest.mark.parametrize("depth", [2, 7, 18, 0, -4])
def test_resnet_refuses_other_depths(depth):
    with pytest.raises(ValueError, match=f"ResNet: depth is {depth}, expected 6n \\+ 2"):
        ResNet(depth)


def test_a_block_that_computes_nothing_is_its_shortcut():
    block = BasicBlock(2, 4, stride=2).eval()
    for module in block.modules():
        if isinstance(module, Conv2d | BatchNorm2d):
            module.weight.data[:] = 0
    manual_seed(0)
    x = randn(1, 2, 4, 4)
    expected = np.zeros((1, 4, 2, 2), np.float32)
    expected[:, 1:3] = np.maximum(x.data[:, :, ::2, ::2], 0)
    assert np.array_equal(block(x).data, expected)


def test_a_block_does_not_lose_channels():
    with pytest.raises(ValueError, match="BasicBlock: out_channels is 2, expected at least in_ch"):
        BasicBlock(4, 2)


@pytest.mark.parametrize("depth", ["a", 20.0])
def test_resnet_wants_an_integer(depth):
    with pytest.raises(TypeError, match=f"ResNet: depth is {depth!r}, expected an integer"):
        ResNet(depth)


@pytest.mark.parametrize("shape", [(2, 1, 32, 32), (2, 3, 28, 28), (1, 28, 28)])
def test_lenet_reads_images_of_one_size(shape):
    with pytest.raises(ValueError, match=r"LeNet5: input has shape .*, expected \(N, 1, 28, 28\)"):
        LeNet5()(ones(*shape))
