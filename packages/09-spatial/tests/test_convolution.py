"""Convolutions against their definition, and what they refuse."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytorch.spatial import (
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    conv1d,
    conv2d,
    conv_transpose2d,
    sliding,
)
from tinytorch.spatial.padding import pad_image
from tinytorch.tensor import Tensor, float16, float64, ones, tensor, zeros

RNG = np.random.default_rng(0)


def by_definition(x, w, stride, padding, dilation, groups):
    """The sum over every place of every window, one number at a time."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    (n, _, height, width), (features, channels, kh, kw) = x.shape, w.shape
    rows = (height - dilation * (kh - 1) - 1) // stride + 1
    columns = (width - dilation * (kw - 1) - 1) // stride + 1
    z = np.zeros((n, features, rows, columns))
    for o, c, a, b, i, j in itertools.product(
        *map(range, (features, channels, kh, kw, rows, columns))
    ):
        channel = o // (features // groups) * channels + c
        seen = x[:, channel, i * stride + a * dilation, j * stride + b * dilation]
        z[:, o, i, j] += seen * w[o, c, a, b]
    return z


@settings(max_examples=40)
@given(st.data())
def test_a_convolution_is_its_definition(data):
    draw = data.draw
    stride, dilation, groups = (draw(st.integers(1, 3)) for _ in range(3))
    padding, n = draw(st.integers(0, 2)), draw(st.integers(0, 3))
    kh, kw = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    height = draw(st.integers(dilation * (kh - 1) + 1, 9))
    width = draw(st.integers(dilation * (kw - 1) + 1, 9))
    x = RNG.standard_normal((n, 2 * groups, height, width))
    w = RNG.standard_normal((3 * groups, 2, kh, kw))
    found = conv2d(tensor(x), tensor(w), None, stride, padding, dilation, groups)
    expected = by_definition(x, w, stride, padding, dilation, groups)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("block", [1, 2**10, 2**40])
def test_a_batch_in_blocks_is_the_batch(monkeypatch, block):
    x, w = RNG.standard_normal((7, 3, 6, 6)), RNG.standard_normal((4, 3, 3, 3))
    expected = by_definition(x, w, 1, 1, 1, 1)
    monkeypatch.setattr(sliding, "COLUMNS", block)
    np.testing.assert_allclose(conv2d(tensor(x), tensor(w), padding=1).numpy(), expected)


def test_the_transposed_convolution_is_the_transposed_map():
    how = {"stride": 2, "padding": 1, "dilation": 1, "groups": 2}
    x, y = RNG.standard_normal((2, 4, 7, 7)), RNG.standard_normal((2, 6, 4, 4))
    w = tensor(RNG.standard_normal((6, 2, 3, 3)))
    forth = conv2d(tensor(x), w, **how)
    back = conv_transpose2d(tensor(y), w, **how)
    assert (forth * tensor(y)).sum().item() == pytest.approx((back * tensor(x)).sum().item())


def test_same_keeps_the_size_and_valid_adds_nothing():
    x, w = ones(1, 1, 5, 6), ones(2, 1, 4, 3)
    assert conv2d(x, w, padding="same").shape == (1, 2, 5, 6)
    assert conv2d(x, w, padding="same", dilation=2).shape == (1, 2, 5, 6)
    assert conv2d(x, w, padding="valid").shape == (1, 2, 2, 4)


def test_one_image_needs_no_batch():
    x, w = RNG.standard_normal((3, 5, 5)), tensor(RNG.standard_normal((2, 3, 3, 3)))
    assert np.array_equal(conv2d(tensor(x), w).numpy(), conv2d(tensor(x[None]), w).numpy()[0])
    assert conv1d(ones(3, 5), ones(2, 3, 3)).shape == (2, 3)
    assert conv_transpose2d(ones(2, 5, 5), w).shape == (3, 7, 7)


def test_a_sequence_is_an_image_of_one_row():
    x, w, b = (tensor(RNG.standard_normal(shape)) for shape in ((2, 4, 9), (6, 2, 3), (6,)))
    row = conv2d(x.unsqueeze(2), w.unsqueeze(2), b, (1, 2), (0, 1), (1, 2), 2)
    assert np.array_equal(conv1d(x, w, b, 2, 1, 2, 2).numpy(), row.squeeze(2).numpy())


@pytest.mark.parametrize("dtype", [float16, float64])
def test_types_stay(dtype):
    x, w = ones(1, 1, 3, 3, dtype=dtype), ones(1, 1, 3, 3, dtype=dtype)
    assert conv2d(x, w).dtype is conv_transpose2d(x, w).dtype is dtype


def test_half_precision_is_added_up_in_single(monkeypatch):
    # In float16, 2048 + 1 is 2048.
    x, w = ones(1, 2049, 1, 1, dtype=float16), ones(1, 2049, 1, 1, dtype=float16)
    assert conv2d(x, w, ones(1, dtype=float16)).item() == 2050
    square = ones(1, 1, 64, 64, dtype=float16)
    assert conv_transpose2d(square, square).max().item() == 4096
    monkeypatch.setattr(sliding, "COLUMNS", 1)
    images, w = ones(4096, 1, 1, 1, dtype=float16), ones(1, 1, 1, 1, dtype=float16)
    conv2d(images, w.requires_grad_()).sum().backward()
    assert w.grad.item() == 4096
    assert w.grad.dtype is float16


@pytest.mark.parametrize("first", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("second", [np.float16, np.float32, np.float64])
def test_plain_arrays_have_numpys_types(first, second):
    x, w = np.ones((1, 2, 3, 3), first), np.ones((2, 2, 3, 3), second)
    for found in (conv2d(x, w), conv_transpose2d(x, w)):
        assert found.dtype == np.result_type(first, second)


def test_nan_and_infinity_go_where_they_are_seen():
    x = zeros(1, 1, 5, 5)
    x[0, 0, 0, 0], x[0, 0, 4, 4] = float("nan"), float("inf")
    z = conv2d(x, ones(1, 1, 3, 3))[0, 0].numpy()
    assert np.isnan(z[0, 0])
    assert np.isinf(z[2, 2])
    assert np.isfinite(z).sum() == 7


def test_an_input_that_needs_no_gradient_costs_none():
    w = Tensor.from_array(RNG.standard_normal((2, 1, 3, 3)))
    w.requires_grad_()
    conv2d(ones(1, 1, 4, 4, dtype=float64), w).sum().backward()
    assert w.grad.tolist() == [[[[4.0] * 3] * 3]] * 2


IMAGE, KERNEL = ones(1, 4, 5, 5), ones(2, 4, 3, 3)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (ones(1, 3, 5, 5), KERNEL),
            ValueError,
            "input has 3 channels, weight expects 4",
        ),
        (
            (IMAGE, ones(2, 3, 3, 3), None, 1, 0, 1, 2),
            ValueError,
            "weight expects 6 in 2 groups",
        ),
        (
            (IMAGE, ones(3, 1, 3, 3), None, 1, 0, 1, 3),
            ValueError,
            "input has 4 channels, expected a multiple of groups 3",
        ),
        (
            (IMAGE, ones(3, 2, 3, 3), None, 1, 0, 1, 2),
            ValueError,
            "weight has 3 output channels, expected a m",
        ),
        (
            (IMAGE, ones(2, 4, 6, 3)),
            ValueError,
            "kernel spans 6 × 3, the padded input has only 5",
        ),
        ((IMAGE, KERNEL, None, 1, 0, 3), ValueError, "the kernel spans 7 × 7"),
        (
            (ones(5, 5), KERNEL),
            ValueError,
            r"input has shape \(5, 5\), expected \(N, C, H, W\)",
        ),
        ((IMAGE, ones(4, 3, 3)), ValueError, "weight has 3 dimensions, expected 4"),
        (
            (IMAGE, ones(0, 4, 3, 3)),
            ValueError,
            r"weight has shape \(0, 4, 3, 3\), expected no z",
        ),
        (
            (IMAGE, KERNEL, ones(3)),
            ValueError,
            r"bias has shape \(3,\), expected \(2,\)",
        ),
        ((IMAGE, KERNEL, None, 0), ValueError, "stride is 0, expected at least 1"),
        ((IMAGE, KERNEL, None, -1), ValueError, "stride is -1, expected at least 1"),
        (
            (IMAGE, KERNEL, None, (1, 1, 1)),
            ValueError,
            r"stride is \(1, 1, 1\), expected one",
        ),
        ((IMAGE, KERNEL, None, 1.5), TypeError, "stride is 1.5, expected an integer"),
        (
            (IMAGE, KERNEL, None, 1, -1),
            ValueError,
            "padding is -1, expected at least 0",
        ),
        (
            (IMAGE, KERNEL, None, 1, "full"),
            ValueError,
            "padding is 'full', expected numbers, 's",
        ),
        (
            (IMAGE, KERNEL, None, 2, "same"),
            ValueError,
            r"padding is 'same' and stride \(2, 2\)",
        ),
        (
            (IMAGE, KERNEL, None, 1, 0, 0),
            ValueError,
            "dilation is 0, expected at least 1",
        ),
        (
            (IMAGE, KERNEL, None, 1, 0, 1, 0),
            ValueError,
            "groups is 0, expected at least 1",
        ),
        ((IMAGE, 3), TypeError, "weight"),
    ],
)
def test_conv2d_refuses(arguments, error, message):
    with pytest.raises(error, match=f"^conv2d: .*{message}"):
        conv2d(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((ones(1, 3, 5, 5), KERNEL), "input has 3 channels, weight expects 2"),
        (
            (ones(1, 2, 5, 5), KERNEL, None, 1, 0, 1),
            "output_padding is .*less than stride",
        ),
        (
            (ones(1, 2, 1, 1), KERNEL, None, 1, 2),
            "the output would have -1 × -1 places",
        ),
        (
            (ones(1, 2, 5, 5), KERNEL, None, 1, 0, 0, 3),
            "input has 2 channels, expected a multiple of groups 3",
        ),
        (
            (ones(1, 2, 5, 5), KERNEL, ones(2)),
            r"bias has shape \(2,\), expected \(4,\)",
        ),
    ],
)
def test_conv_transpose2d_refuses(arguments, message):
    with pytest.raises(ValueError, match=f"^conv_transpose2d: .*{message}"):
        conv_transpose2d(*arguments)


def test_layers_hold_kernels_of_pytorchs_shapes():
    assert Conv2d(4, 6, (3, 2), groups=2).weight.shape == (6, 2, 3, 2)
    assert Conv1d(4, 6, 3, bias=False).weight.shape == (6, 4, 3)
    assert ConvTranspose2d(4, 6, 3, groups=2).weight.shape == (4, 3, 3, 3)
    assert ConvTranspose2d(4, 6, 2, 2, output_padding=1)(ones(1, 4, 3, 3)).shape == (
        1,
        6,
        7,
        7,
    )
    assert [name for name, _ in Conv2d(1, 1, 1).named_parameters()] == [
        "weight",
        "bias",
    ]
    assert abs(Conv2d(4, 64, 5).weight.data).max() <= 0.1
    assert Conv1d(1, 1, 1, dtype=float64).bias.dtype is float64


def test_layers_show_what_is_unusual():
    assert repr(Conv2d(3, 8, 3)) == "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"
    unusual = Conv1d(2, 4, 3, 2, "valid", 2, 2, False, "circular")
    assert repr(unusual) == (
        "Conv1d(2, 4, kernel_size=(3,), stride=(2,), padding=valid, dilation=(2,), groups=2, "
        "bias=False, padding_mode=circular)"
    )
    assert repr(ConvTranspose2d(1, 1, 2, 2, output_padding=1, dilation=2)) == (
        "ConvTranspose2d(1, 1, kernel_size=(2, 2), stride=(2, 2), dilation=(2, 2), "
        "output_padding=(1, 1))"
    )


def test_a_transposed_convolution_goes_to_the_size_that_is_asked_for():
    layer = ConvTranspose2d(1, 2, 3, stride=2, padding=1)
    x = ones(1, 1, 4, 4)
    assert layer(x).shape == layer(x, (7, 7)).shape == (1, 2, 7, 7)
    assert layer(x, (8, 7)).shape == layer(x, [1, 2, 8, 7]).shape == (1, 2, 8, 7)
    assert layer(ones(1, 4, 4), (2, 7, 8)).shape == (2, 7, 8)
    for size in ((9, 8), (8, 6), (6, 7), (7, 9)):
        with pytest.raises(ValueError, match=r"output_size is .*, expected from 7 × 7 to 8 × 8"):
            layer(x, size)
    for size in (7, (1, 7, 7)):
        with pytest.raises(ValueError, match="expected 2 or 4 numbers for an input of 4 dimens"):
            layer(x, size)
    with pytest.raises(TypeError, match=r"output_size is 7\.5, expected an integer"):
        layer(x, (7.5, 7))


@pytest.mark.parametrize(
    ("mode", "row"),
    [
        ("zeros", [0, 0, 1, 2, 3, 0, 0]),
        ("reflect", [3, 2, 1, 2, 3, 2, 1]),
        ("replicate", [1, 1, 1, 2, 3, 3, 3]),
        ("circular", [2, 3, 1, 2, 3, 1, 2]),
    ],
)
def test_padding_modes(mode, row):
    layer = Conv1d(1, 1, 1, padding=2, bias=False, padding_mode=mode)
    layer.weight.data[:] = 1
    x = tensor([[[1.0, 2.0, 3.0]]], requires_grad=True)
    assert layer(x).flatten().tolist() == row
    layer(x).sum().backward()
    assert x.grad.flatten().tolist() == [row.count(pixel) for pixel in (1, 2, 3)]


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_a_padded_image_is_contiguous(mode):
    assert pad_image("", ones(2, 3, 4, 5), ((1, 1), (2, 1)), mode).is_contiguous()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Conv2d(0, 1, 1),
            ValueError,
            "Conv2d: in_channels is 0, expected at least 1",
        ),
        (
            lambda: Conv2d(1, 1.0, 1),
            TypeError,
            "Conv2d: out_channels is 1.0, expected an integer",
        ),
        (
            lambda: Conv2d(4, 6, 1, groups=4),
            ValueError,
            "out_channels is 6, expected a multiple",
        ),
        (
            lambda: Conv2d(1, 1, 0),
            ValueError,
            "Conv2d: kernel_size is 0, expected at least 1",
        ),
        (
            lambda: Conv2d(1, 1, 1, padding_mode="mirror"),
            ValueError,
            "padding_mode is 'mirror'",
        ),
        (
            lambda: Conv2d(1, 1, 1, padding_mode=["zeros"]),
            ValueError,
            r"Conv2d: padding_mode is \['zeros'\], expected 'zeros', 'reflect'",
        ),
        (
            lambda: Conv2d(1, 1, 1, dtype="int64"),
            TypeError,
            "Conv2d: dtype is int64, expected floating point",
        ),
        (
            lambda: ConvTranspose2d(1, 1, 1, output_padding=1),
            ValueError,
            r"ConvTranspose2d: output_padding is \(1, 1\), expected less than stride",
        ),
        (lambda: Conv2d(1, 1, 1, device="cuda"), ValueError, "Conv2d: device"),
        (
            lambda: ConvTranspose2d(1, 1, 1, padding_mode="reflect"),
            ValueError,
            "ConvTranspose2d: padding_mode is 'reflect', expected 'zeros'",
        ),
        (
            lambda: ConvTranspose2d(1, 1, 1, padding="same"),
            TypeError,
            "padding is 'same', expecte",
        ),
        (
            lambda: Conv1d(1, 1, 1, padding=3, padding_mode="reflect")(ones(1, 1, 3)),
            ValueError,
            r"Conv1d: padding \(3, 3\) with padding_mode 'reflect', expected at most 2",
        ),
        (
            lambda: Conv1d(1, 1, 1, padding=4, padding_mode="circular")(ones(1, 1, 3)),
            ValueError,
            "expected at most 3 for 3 places",
        ),
    ],
)
def test_layers_refuse(make, error, message):
    with pytest.raises(error, match=message):
        make()
