"""A tour of the package: read this first."""

import tinytorch.autograd  # noqa: F401  (records what is computed)
from tinytorch.layers import Flatten, Linear, ReLU, Sequential
from tinytorch.setup import manual_seed
from tinytorch.spatial import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, conv2d
from tinytorch.tensor import allclose, randn, tensor, zeros


def test_a_kernel_answers_wherever_its_pattern_is():
    image = zeros(1, 1, 5, 6)
    image[:, :, :, 3:] = 1  # dark on the left, light on the right
    answers = conv2d(image, tensor([[[[-1.0, 1.0]]]]))
    assert answers[0, 0].tolist() == [[0, 0, 1, 0, 0]] * 5


def test_when_the_image_moves_the_answers_move():
    manual_seed(0)
    image, kernels = randn(1, 3, 8, 8), randn(4, 3, 3, 3)
    answers = conv2d(image, kernels)
    moved = conv2d(image.roll((1, 2), (2, 3)), kernels)
    assert allclose(moved[:, :, 1:, 2:], answers[:, :, :-1, :-2], atol=1e-5)


def test_a_network_is_a_stack_of_such_layers():
    model = Sequential(
        *(Conv2d(3, 8, 3, padding=1), BatchNorm2d(8), ReLU(), MaxPool2d(2)),
        *(Conv2d(8, 16, 3, padding=1), BatchNorm2d(16), ReLU(), AdaptiveAvgPool2d(1)),
        *(Flatten(), Linear(16, 10)),
    )
    assert model(randn(4, 3, 32, 32)).shape == (4, 10)
    assert model.eval()(randn(1, 3, 20, 24)).shape == (1, 10)  # of images of any size


def test_gradients_reach_every_kernel():
    model = Sequential(Conv2d(1, 2, 3), MaxPool2d(2), Conv2d(2, 1, 3))
    model(randn(2, 1, 12, 12)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
