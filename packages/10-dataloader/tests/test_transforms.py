import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.dataloader import (
    Compose,
    Cutout,
    MixUp,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    Transform,
)
from tinytorch.setup import generator, manual_seed, use_generator
from tinytorch.tensor import Tensor, arange, float32, float64, ones, rand, tensor, zeros

shapes = st.tuples(st.integers(0, 5), st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))
seeds = st.integers(0, 2**64 - 1)

EACH = [
    RandomCrop(4, padding=2),
    RandomCrop((3, 5)),
    RandomHorizontalFlip(),
    Normalize([0.1, 0.2, 0.3], [1.0, 2.0, 3.0]),
    Cutout(3, count=2),
    Compose([RandomCrop(6, padding=1), RandomHorizontalFlip()]),
]


def images_of(shape, seed=0):
    with use_generator(seed):
        return rand(*shape)


@pytest.mark.parametrize("transform", EACH, ids=repr)
def test_a_transform_leaves_its_input_alone_and_repeats_with_the_seed(transform):
    images = images_of((16, 3, 6, 6))
    before = images.numpy().copy()
    with use_generator(0):
        manual_seed(1)
        first, second = transform(images), transform(images)
        manual_seed(1)
        again = pickle.loads(pickle.dumps(transform))(images)
    assert first.tolist() == again.tolist()
    if not isinstance(transform, Normalize):
        assert first.tolist() != second.tolist()
    first[:] = -1.0
    np.testing.assert_array_equal(images.numpy(), before)
    assert not np.shares_memory(first.numpy(), images.numpy())


@pytest.mark.parametrize("transform", EACH, ids=repr)
@pytest.mark.parametrize("dtype", [float32, float64])
def test_a_transform_keeps_the_type(transform, dtype):
    out = transform(images_of((4, 3, 6, 6)).to(dtype))
    assert type(out) is Tensor
    assert out.dtype is dtype


@pytest.mark.parametrize("transform", EACH, ids=repr)
def test_a_batch_may_be_empty(transform):
    assert transform(zeros(0, 3, 6, 6)).shape == (0, *transform(zeros(1, 3, 6, 6)).shape[1:])


@pytest.mark.parametrize("transform", EACH, ids=repr)
def test_further_parts_of_a_batch_pass_through(transform):
    images, labels, name = zeros(2, 3, 6, 6), tensor([0, 1]), "name"
    out = transform(images, labels, name)
    assert type(out) is tuple
    assert out[1] is labels
    assert out[2] is name
    assert out[0].shape == transform(images).shape == transform.transform(images).shape


@pytest.mark.parametrize("transform", EACH[:-1], ids=repr)
@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (np.zeros((2, 3, 6, 6)), TypeError, "images are a ndarray, expected a Tensor"),
        (
            zeros(2, 3, 6, 6, dtype="uint8"),
            TypeError,
            "images have type uint8, expected floating point: bytes become it by images / 255",
        ),
        (zeros(3, 6, 6), ValueError, r"images have shape \(3, 6, 6\), expected \(N, C, H, W\)"),
        (zeros(1, 2, 3, 6, 6), ValueError, r"images have shape .*, expected \(N, C, H, W\)"),
    ],
)
def test_a_transform_refuses(transform, images, error, message):
    with pytest.raises(error, match=f"^{type(transform).__name__}: {message}"):
        transform(images)


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (RandomCrop(32, padding=4), "RandomCrop(size=(32, 32), padding=4, fill=0)"),
        (RandomCrop((2, 3), fill=0.5), "RandomCrop(size=(2, 3), padding=0, fill=0.5)"),
        (RandomHorizontalFlip(0.25), "RandomHorizontalFlip(p=0.25)"),
        (Normalize([0.5], np.float32([2])), "Normalize(mean=(0.5,), std=(2.0,))"),
        (Cutout(8), "Cutout(size=8, count=1)"),
        (MixUp(0.2, 10), "MixUp(alpha=0.2, num_classes=10)"),
        (
            Compose([Cutout(8), Cutout(4, 2)]),
            "Compose(transforms=[Cutout(size=8, count=1), Cutout(size=4, count=2)])",
        ),
    ],
)
def test_a_transform_shows_its_settings(transform, expected):
    assert repr(transform) == expected


def test_a_transform_without_its_method_says_so():
    class Nothing(Transform):
        pass

    with pytest.raises(NotImplementedError, match="Nothing: transform is missing, expected a Tran"):
        Nothing()(zeros(1, 1, 1, 1))


# --- Compose


def test_compose_goes_from_first_to_last():
    twice = Compose([lambda images: images + 1, lambda images: images * 10])
    assert twice(zeros(1, 1, 1, 1)).item() == 10


def test_compose_hands_on_labels_that_change():
    batch = Compose([MixUp(1.0, 3), RandomHorizontalFlip()])(zeros(2, 1, 2, 2), tensor([0, 0]), "x")
    assert batch[1].tolist() == [[1.0, 0.0, 0.0]] * 2
    assert batch[2] == "x"


@pytest.mark.parametrize(
    ("transforms", "error", "message"),
    [
        ([], ValueError, "transforms is empty, expected at least one"),
        ([Cutout(2), 3], TypeError, r"transforms\[1\] is 3, expected a transform"),
        ([RandomHorizontalFlip], TypeError, r"transforms\[0\] is <class .*>, expected a transform"),
    ],
)
def test_compose_refuses(transforms, error, message):
    with pytest.raises(error, match=f"^Compose: {message}"):
        Compose(transforms)


# --- RandomCrop


@given(shapes, seeds)
def test_a_crop_of_the_whole_image_is_the_image(shape, seed):
    images = images_of(shape, seed)
    assert RandomCrop(shape[2:])(images).tolist() == images.tolist()


@given(shapes, st.data(), st.integers(0, 3), seeds)
def test_a_crop_is_a_window_of_its_image(shape, data, padding, seed):
    samples, channels, height, width = shape
    size = [data.draw(st.integers(1, length + 2 * padding)) for length in (height, width)]
    images = images_of(shape, seed)
    with use_generator(seed):
        crops = RandomCrop(size, padding, fill=-1)(images).numpy()
    assert crops.shape == (samples, channels, *size)
    around = [(0, 0), (0, 0), (padding, padding), (padding, padding)]
    padded = np.pad(images.numpy(), around, constant_values=-1)
    for crop, image in zip(crops, padded, strict=True):
        assert any(
            np.array_equal(crop, image[:, top : top + size[0], left : left + size[1]])
            for top in range(image.shape[1] - size[0] + 1)
            for left in range(image.shape[2] - size[1] + 1)
        )


def test_each_image_has_a_place_of_its_own_and_all_places_are_as_likely():
    images = arange(12.0).reshape(1, 1, 3, 4).expand(6000, 1, 3, 4)
    with use_generator(0):
        corners = RandomCrop(2)(images).numpy()[:, 0, 0, 0]
    counts = np.bincount(corners.astype(int), minlength=12)
    possible = [0, 1, 2, 4, 5, 6]
    assert counts[possible].sum() == 6000
    assert (np.abs(counts[possible] - 1000) < 5 * np.sqrt(6000 / 6 * 5 / 6)).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 0}, ValueError, "size is 0, expected at least 1"),
        ({"size": (2, 0)}, ValueError, "size is 0, expected at least 1"),
        ({"size": (1, 2, 3)}, ValueError, r"size is \(1, 2, 3\), expected one integer or two"),
        ({"size": 2.5}, TypeError, "size is 2.5, expected an integer"),
        ({"size": "ab"}, TypeError, "size is 'a', expected an integer"),
        ({"size": 2, "padding": -1}, ValueError, "padding is -1, expected at least 0"),
        ({"size": 2, "padding": (1, 2)}, TypeError, r"padding is \(1, 2\), expected an integer"),
        ({"size": 2, "fill": "black"}, TypeError, "fill is 'black', expected a number"),
    ],
)
def test_a_crop_refuses(arguments, error, message):
    with pytest.raises(error, match=f"^RandomCrop: {message}"):
        RandomCrop(**arguments)


@pytest.mark.parametrize("size", [(9, 1), (1, 7)])
def test_a_window_larger_than_the_padded_image_names_both(size):
    with pytest.raises(
        ValueError,
        match=r"^RandomCrop: images have 6 × 4 pixels and padding 1, expected at least the size",
    ):
        RandomCrop(size, padding=1)(zeros(1, 1, 6, 4))


# --- RandomHorizontalFlip


@given(shapes, seeds)
def test_flipping_twice_gives_the_image_back(shape, seed):
    images = images_of(shape, seed)
    flip = RandomHorizontalFlip(p=1.0)
    assert flip(images).tolist() == images.numpy()[..., ::-1].tolist()
    assert flip(flip(images)).tolist() == images.tolist()
    assert RandomHorizontalFlip(p=0)(images).tolist() == images.tolist()


def test_each_image_is_flipped_with_probability_p():
    images = tensor([[[[0.0, 1.0]]]]).expand(5000, 2, 1, 2)
    with use_generator(0):
        out = RandomHorizontalFlip(p=0.3)(images).numpy()
    assert (out[:, 0] == out[:, 1]).all()  # all channels of an image together
    assert abs(out[:, 0, 0, 0].sum() - 1500) < 5 * np.sqrt(5000 * 0.3 * 0.7)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_a_flip_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match=f"^RandomHorizontalFlip: p is {p}, expected a probabil"):
        RandomHorizontalFlip(p)
    with pytest.raises(TypeError, match=r"^RandomHorizontalFlip: p is '0', expected a number"):
        RandomHorizontalFlip("0")


# --- Normalize


@given(shapes, st.floats(-5, 5), st.floats(0.1, 5), seeds)
def test_normalising_can_be_undone(shape, mean, std, seed):
    images = images_of(shape, seed)
    means = [mean + channel for channel in range(shape[1])]
    stds = [std + channel for channel in range(shape[1])]
    back = [-m / s for m, s in zip(means, stds, strict=True)], [1 / s for s in stds]
    undone = Normalize(*back)(Normalize(means, stds)(images))
    np.testing.assert_allclose(undone.numpy(), images.numpy(), atol=1e-5)


def test_normalised_channels_have_mean_zero_and_deviation_one():
    images = images_of((50, 2, 5, 5)) * tensor([[[3.0]], [[7.0]]])
    axes = (0, 2, 3)
    array = images.numpy()
    out = Normalize(array.mean(axes), array.std(axes))(images).numpy()
    np.testing.assert_allclose(out.mean(axes), 0, atol=1e-6)
    np.testing.assert_allclose(out.std(axes), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("mean", "std", "error", "message"),
    [
        ([0.0], [0.0], ValueError, r"std is \(0.0,\), expected numbers above 0"),
        ([0.0, 0.0], [1.0, -1.0], ValueError, r"std is \(1.0, -1.0\), expected numbers above 0"),
        ([0.0], [1.0, 1.0], ValueError, "mean has 1 numbers, std 2, expected one of each for each"),
        ([np.nan], [1.0], ValueError, r"mean is \[nan\], expected finite numbers"),
        ([0.0], [np.inf], ValueError, r"std is \[inf\], expected finite numbers"),
        (0.5, [1.0], TypeError, "mean is 0.5, expected a number for each channel"),
        ([0.5], [[1.0]], TypeError, r"std is \[\[1.0\]\], expected a number for each channel"),
        (["a"], [1.0], TypeError, r"mean is \['a'\], expected a number for each channel"),
        (None, [1.0], TypeError, "mean is None, expected a number for each channel"),
    ],
)
def test_normalize_refuses(mean, std, error, message):
    with pytest.raises(error, match=f"^Normalize: {message}"):
        Normalize(mean, std)


def test_normalize_names_the_channels():
    with pytest.raises(
        ValueError, match=r"^Normalize: images have 1 channels, mean and std have 3 numbers"
    ):
        Normalize([0.0] * 3, [1.0] * 3)(zeros(2, 1, 4, 4))


# --- Cutout


@given(shapes, st.integers(1, 8), st.integers(1, 3), seeds)
def test_cutout_clears_squares_in_all_channels(shape, size, count, seed):
    *_, height, width = shape
    with use_generator(seed):
        out = Cutout(size, count)(ones(*shape)).numpy()
    assert set(np.unique(out)) <= {0.0, 1.0}
    assert (out == out[:, :1]).all()
    cleared = (out[:, 0] == 0).sum(axis=(1, 2))
    assert (cleared >= 1).all()  # its centre lies inside
    assert (cleared <= count * min(size, height) * min(size, width)).all()


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_square_is_where_its_centre_is(size):
    with use_generator(0):
        out = Cutout(size)(ones(500, 1, 7, 5)).numpy()[:, 0] == 0
    with use_generator(0):
        rows, columns = (generator().integers(length, size=500) for length in (7, 5))
    for cut, row, column in zip(out, rows, columns, strict=True):
        expected = np.zeros((7, 5), bool)
        top, left = row - size // 2, column - size // 2
        expected[max(top, 0) : top + size, max(left, 0) : left + size] = True
        np.testing.assert_array_equal(cut, expected)
    # Every pixel is a centre as often as any other, so squares lie partly outside.
    assert set(out.sum(axis=(1, 2))) >= ({size**2, (size - size // 2) ** 2})


def test_cutout_clears_what_is_not_a_number():
    out = Cutout(99)(tensor([[[[np.nan, np.inf], [-1.0, 1.0]]]]))
    assert out.tolist() == [[[[0.0, 0.0], [0.0, 0.0]]]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0,), ValueError, "size is 0, expected at least 1"),
        ((2.0,), TypeError, r"size is 2.0, expected an integer"),
        ((2, 0), ValueError, "count is 0, expected at least 1"),
        ((2, None), TypeError, "count is None, expected an integer"),
    ],
)
def test_cutout_refuses(arguments, error, message):
    with pytest.raises(error, match=f"^Cutout: {message}"):
        Cutout(*arguments)
