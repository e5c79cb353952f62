"""A tour of the package: read this first."""

import pytest

from tinytorch.acceleration import accelerate, implementations
from tinytorch.layers import Flatten, Linear, ReLU, Sequential
from tinytorch.spatial import BatchNorm2d, Conv2d, MaxPool2d
from tinytorch.tensor import allclose, randn


@pytest.fixture
def model():
    return Sequential(
        *(Conv2d(1, 4, 3, padding=1), BatchNorm2d(4), ReLU(), MaxPool2d(2)),
        *(Flatten(), Linear(4 * 4 * 4, 10)),
    )


@pytest.fixture
def images():
    return randn(3, 1, 8, 8)


def test_a_model_computes_the_same_in_every_tier(model, images):
    usual = model(images)
    with accelerate("naive"):  # Python's loops over numbers
        assert allclose(model(images), usual, atol=1e-5)
    with accelerate("fast"):  # blocks in the cache, threads
        assert allclose(model(images), usual, atol=1e-5)


def test_for_a_block_or_for_good(model, images):
    with accelerate():  # fast, as long as the block lasts
        model(images)
    accelerate(threads=2)  # from now on
    model(images)
    accelerate("vectorized")  # as it was


def test_models_know_nothing_of_it(model, images):
    before = model.state_dict().keys()
    with accelerate():
        model(images)
    assert model.state_dict().keys() == before


def test_gradients_are_right_after_the_block_has_ended(model, images):
    model(images).sum().backward()
    usual = {name: parameter.grad for name, parameter in model.named_parameters()}
    model.zero_grad()

    with accelerate():
        loss = model(images).sum()
    loss.backward()  # by the rules of the kernels that ran

    for name, parameter in model.named_parameters():
        assert allclose(parameter.grad, usual[name], atol=1e-4)


def test_a_tier_is_a_table_of_kernels():
    names = {primitive.name for primitive in implementations("naive")}
    assert {"convolve", "matmul", "relu"} <= names
    for primitive, found in implementations("fast").items():
        assert found.primitive is primitive
        assert found is not primitive.default
    assert not implementations("vectorized")  # what every primitive was defined with
