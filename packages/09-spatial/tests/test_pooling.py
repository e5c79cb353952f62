"""Pooling: sizes, what is chosen of equals and nan, gradients that go back, what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.tensor as tt
from tinytorch import spatial
from tinytorch.autograd import grad
from tinytorch.spatial.adaptive import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
)
from tinytorch.spatial.average_pooling import AvgPool1d, AvgPool2d, avg_pool1d, avg_pool2d
from tinytorch.spatial.pooling import MaxPool1d, MaxPool2d, max_pool1d, max_pool2d

INF, NAN = np.inf, np.nan
IMAGE = tt.arange(16.0).reshape(1, 4, 4)
BY_WINDOWS = [max_pool1d, max_pool2d, avg_pool1d, avg_pool2d]
ADAPTIVE = [adaptive_max_pool1d, adaptive_max_pool2d, adaptive_avg_pool1d, adaptive_avg_pool2d]


def planes(function, *leading, dtype=np.float32):
    """Random planes of 6 places each way, as a function for one or two dimensions takes them."""
    size = (6,) if function.__name__.endswith("1d") else (6, 6)
    return np.random.default_rng(0).normal(size=(*leading, *size)).astype(dtype)


@pytest.mark.parametrize("function", [*BY_WINDOWS, *ADAPTIVE])
class TestEveryPooling:
    def test_shapes_with_and_without_a_batch(self, function):
        size = (3,) if function.__name__.endswith("1d") else (3, 3)
        argument = 3 if function in ADAPTIVE else 2
        x = planes(function, 2, 4)
        whole = function(tt.from_numpy(x), argument)
        assert whole.shape == (2, 4, *size)
        one = function(tt.from_numpy(x[1]), argument)
        assert one.shape == (4, *size)
        assert (one.data == whole.data[1]).all()

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_types_are_kept_forward_and_back(self, function, dtype):
        x = tt.from_numpy(planes(function, 1, 2, dtype=dtype)).requires_grad_()
        z = function(x, 2)
        z.sum().backward()
        assert z.dtype == x.grad.dtype == dtype

    def test_an_empty_batch(self, function):
        x = tt.from_numpy(planes(function, 0, 2)).requires_grad_()
        z = function(x, 2)
        z.sum().backward()
        assert len(z) == 0
        assert x.grad.shape == x.shape

    def test_arrays_in_arrays_out(self, function):
        x = planes(function, 2, 3)
        z = function(x, 2)
        assert type(z) is np.ndarray
        assert (z == function(tt.from_numpy(x), 2).data).all()

    def test_the_memory_layout_does_not_matter(self, function):
        x = planes(function, 4, 3)
        moved = tt.from_numpy(x).transpose(0, -1).contiguous().transpose(0, -1)
        assert not moved.is_contiguous()
        moved.requires_grad_()
        plain = tt.from_numpy(x).requires_grad_()
        for z in (function(moved, 4), function(plain, 4)):
            (z * z).sum().backward()
        assert np.allclose(moved.grad.data, plain.grad.data)

    def test_nan_and_infinity_stay_in_their_windows(self, function):
        x = planes(function, 1)
        x.reshape(-1)[:2] = NAN, INF
        z = function(tt.from_numpy(x), 2).data.reshape(-1)
        assert np.isnan(z[0])
        assert np.isfinite(z[1:]).all()

    def test_other_inputs_are_refused(self, function):
        name, x = function.__name__, planes(function, 2, 3)
        with pytest.raises(TypeError, match=f"{name}: input has type int64, expected floating"):
            function(tt.from_numpy(x.astype(np.int64)), 2)
        with pytest.raises(TypeError, match=f"{name}: input is of type list, expected a tensor"):
            function([[1.0, 2.0]], 2)
        for wrong in (x[0, 0], x[None], x[..., :0]):
            with pytest.raises(ValueError, match=rf"{name}: input has shape .* expected \(N, C, "):
                function(tt.from_numpy(wrong), 2)

    def test_unsuitable_sizes_are_refused(self, function):
        name, x = function.__name__, tt.from_numpy(planes(function, 2, 3))
        what = "output_size" if function in ADAPTIVE else "kernel_size"
        with pytest.raises(TypeError, match=f"{name}: {what} is 2.0, expected an integer"):
            function(x, 2.0)
        for wrong in (0, -1):
            with pytest.raises(ValueError, match=f"{name}: {what} is .*, expected at least 1"):
                function(x, wrong)
        with pytest.raises(ValueError, match=rf"{name}: {what} is \(2, 2, 2\), expected one "):
            function(x, (2, 2, 2))


@pytest.mark.parametrize("function", BY_WINDOWS)
class TestWindows:
    def test_unsuitable_windows_are_refused(self, function):
        name, x = function.__name__, tt.from_numpy(planes(function, 2, 3))
        with pytest.raises(ValueError, match=f"{name}: stride is 0, expected at least 1"):
            function(x, 2, 0)
        with pytest.raises(ValueError, match=f"{name}: padding is -1, expected at least 0"):
            function(x, 2, 1, -1)
        with pytest.raises(ValueError, match=f"{name}: padding is 2, expected at most half of ke"):
            function(x, 3, 1, 2)
        with pytest.raises(
            ValueError, match=f"{name}: input has shape .*, expected room for a win"
        ):
            function(x, 7)

    def test_after_an_error_everything_works_on(self, function):
        x = tt.from_numpy(planes(function, 2, 3)).requires_grad_()
        before = function(x, 2).tolist()
        with pytest.raises(ValueError, match="kernel_size"):
            function(x, 7)
        assert function(x, 2).tolist() == before
        assert x.grad is None

    def test_the_last_window_starts_inside(self, function):
        # 6 places, windows at -1, 2 and 5; one at 8 would start behind the padding
        x = tt.from_numpy(planes(function, 1))
        assert function(x, 2, 3, 1, ceil_mode=True).shape[-1] == 3
        # windows at 0, 5: the second reaches over the end
        assert function(x, 2, 5).shape[-1] == 1
        assert function(x, 2, 5, ceil_mode=True).shape[-1] == 2


class TestMaxPool:
    def test_the_gradient_goes_to_the_greatest(self):
        x = tt.tensor([[[1.0, 5.0], [7.0, 3.0]]], requires_grad=True)
        max_pool2d(x, 2).sum().backward()
        assert x.grad.tolist() == [[[0.0, 0.0], [1.0, 0.0]]]

    def test_overlapping_windows_add_their_gradients(self):
        x = tt.tensor([[1.0, 5.0, 2.0]], requires_grad=True)
        max_pool1d(x, 2, 1).sum().backward()
        assert x.grad.tolist() == [[0.0, 2.0, 0.0]]

    @pytest.mark.parametrize(
        ("row", "index"),
        [
            ([3.0, 3.0, 3.0, 3.0], 0),
            ([1.0, 3.0, 3.0, 3.0], 1),
            ([-INF] * 4, 0),
            ([INF, 1.0, INF, 1.0], 0),
            ([NAN, 1.0, NAN, INF], 2),
            ([NAN] * 4, 3),
        ],
    )
    def test_the_first_of_equals_and_the_last_nan(self, row, index):
        x = tt.tensor([row], requires_grad=True)
        for values, indices in (
            max_pool1d(x, 4, return_indices=True),
            max_pool2d(x.reshape(1, 2, 2), 2, return_indices=True),
            adaptive_max_pool1d(x, 1, return_indices=True),
        ):
            assert indices.dtype == tt.int64
            assert indices.item() == index
            assert np.array_equal(
                values.item(), max(row, key=lambda v: (v != v, v)), equal_nan=True
            )
        (slope,) = grad(max_pool1d(x, 4).sum(), x)
        assert slope.argmax().item() == index
        assert slope.sum().item() == 1.0

    def test_padding_is_never_the_greatest(self):
        x = tt.full((1, 3), -INF).requires_grad_()
        values, indices = max_pool1d(x, 3, 1, 1, return_indices=True)
        assert values.tolist() == [[-INF] * 3]
        assert indices.tolist() == [[0, 0, 1]]
        max_pool1d(x, 3, 1, 1).sum().backward()
        assert x.grad.tolist() == [[2.0, 1.0, 0.0]]
        assert max_pool1d(tt.tensor([[-5.0, -4.0]]), 2, padding=1).tolist() == [[-5.0, -4.0]]

    def test_values_with_indices_have_the_same_gradient(self):
        x = tt.from_numpy(planes(max_pool2d, 2, 3)).requires_grad_()
        how = {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1, "ceil_mode": True}
        values, indices = max_pool2d(x, **how, return_indices=True)
        alone = max_pool2d(x, **how)
        assert values.tolist() == alone.tolist()
        assert not indices.requires_grad
        weights = tt.randn(values.shape)
        (first,) = grad((values * weights).sum(), x)
        (second,) = grad((alone * weights).sum(), x)
        assert first.tolist() == second.tolist()

    @pytest.mark.parametrize(
        ("shape", "dtype"),
        [((1, 16, 16), np.uint8), ((1, 16, 17), np.uint16), ((1, 300, 300), np.uint32)],
    )
    def test_only_small_indices_are_kept(self, shape, dtype):
        x = tt.zeros(shape)
        x[0, -1, -1] = 1.0
        x.requires_grad_()
        z = max_pool2d(x, 3, 1, 1)
        indices, *rest = z.grad_fn.saved
        assert indices.dtype == dtype
        assert [a for a in rest if isinstance(a, np.ndarray)] == []
        assert indices[0, -1, -1] == shape[1] * shape[2] - 1
        assert grad(z.sum(), x)[0][0, -1, -1].item() == 4.0

    def test_unrecorded_the_result_is_the_same(self):
        x = tt.from_numpy(planes(max_pool2d, 2, 3)).requires_grad_()
        with tt.no_grad():
            alone = max_pool2d(x, 2)
            values, indices = max_pool2d(x, 2, return_indices=True)
        assert not alone.requires_grad
        assert alone.tolist() == values.tolist() == max_pool2d(x, 2).tolist()
        assert (x.data.reshape(6, -1)[[[0]], indices.data[0, 0]] == values.data[0, 0]).all()

    def test_infinite_gradients_leave_the_others_alone(self):
        x = tt.tensor([[1.0, 5.0, 2.0, 3.0]], requires_grad=True)
        max_pool1d(x, 2).backward(tt.tensor([[INF, NAN]]))
        assert str(x.grad.tolist()) == "[[0.0, inf, 0.0, nan]]"

    def test_unsuitable_dilation_is_refused(self):
        with pytest.raises(ValueError, match="max_pool2d: dilation is 0, expected at least 1"):
            max_pool2d(IMAGE, 2, dilation=0)
        with pytest.raises(ValueError, match="max_pool2d: dilation is 2, expected such that every"):
            max_pool2d(tt.ones(1, 1, 1), 2, 1, 1, 2)
        assert max_pool2d(tt.ones(1, 1, 1), 3, 1, 1, 1).tolist() == [[[1.0]]]

    @pytest.mark.parametrize("function", [max_pool1d, max_pool2d])
    def test_dilation_allows_no_more_padding(self, function):
        x = planes(function, 2, 3)
        with pytest.raises(ValueError, match="padding is 2, expected at most half of kernel_s"):
            function(x, 3, 1, 2, 2)

    @given(
        n=st.integers(1, 9), k=st.integers(1, 4), s=st.integers(1, 4), p=st.integers(0, 2),
        d=st.integers(1, 2), ceil_mode=st.booleans(),
    )  # fmt: skip
    def test_is_the_maximum_of_each_window(self, n, k, s, p, d, ceil_mode):
        x = np.random.default_rng(n).integers(0, 4, (1, n)).astype(np.float32)
        try:
            values, indices = max_pool1d(x, k, s, p, d, ceil_mode, return_indices=True)
        except ValueError:
            return
        for i in range(values.shape[1]):
            seen = [j for j in range(i * s - p, i * s - p + d * k, d) if 0 <= j < n]
            assert values[0, i] == x[0, seen].max()
            assert indices[0, i] == seen[x[0, seen].argmax()]


class TestAvgPool:
    def test_what_padding_counts(self):
        x = tt.tensor([[2.0, 4.0, 6.0]])
        assert avg_pool1d(x, 2, padding=1).tolist() == [[1.0, 5.0]]
        assert avg_pool1d(x, 2, padding=1, count_include_pad=False).tolist() == [[2.0, 5.0]]
        # the last window, at 3, reaches one over the padding, which doesn't count
        assert avg_pool1d(x, 2, padding=1, ceil_mode=True).tolist() == [[1.0, 5.0]]
        assert avg_pool1d(x, 3, 3, 1, True).tolist() == [[2.0, 3.0]]

    def test_another_divisor(self):
        assert avg_pool2d(IMAGE, 4, divisor_override=2).tolist() == [[[60.0]]]
        assert avg_pool2d(IMAGE, 4, divisor_override=-1).tolist() == [[[-120.0]]]
        with pytest.raises(ValueError, match="avg_pool2d: divisor_override is 0, expected another"):
            avg_pool2d(IMAGE, 2, divisor_override=0)
        with pytest.raises(TypeError, match=r"divisor_override is 2\.5, expected an integer"):
            avg_pool2d(IMAGE, 2, divisor_override=2.5)

    def test_half_precision_is_summed_in_single(self):
        x = tt.full((1, 64, 64), 100.0, dtype=tt.float16)
        assert avg_pool2d(x, 64).item() == adaptive_avg_pool2d(x, 1).item() == 100.0

    @given(st.integers(1, 9), st.integers(1, 9))
    def test_gradients_of_disjoint_or_overlapping_windows_add_up(self, n, k):
        x = tt.zeros(1, n).requires_grad_()
        for s in (1, k, k + 1):
            if k <= n:
                z = avg_pool1d(x, k, s)
                (slope,) = grad(z.sum(), x)
                assert slope.sum().item() == pytest.approx(z.numel(), rel=1e-5)


class TestAdaptive:
    @given(st.integers(1, 12), st.integers(1, 12))
    def test_parts_are_as_said(self, n, out):
        x = np.random.default_rng(n).permutation(n).astype(np.float32)[None]
        edges = [(i * n // out, -(-(i + 1) * n // out)) for i in range(out)]
        means = [x[0, a:b].mean() for a, b in edges]
        assert np.allclose(adaptive_avg_pool1d(x, out)[0], means)
        values, indices = adaptive_max_pool1d(x, out, return_indices=True)
        assert values[0].tolist() == [x[0, a:b].max() for a, b in edges]
        assert indices[0].tolist() == [a + x[0, a:b].argmax() for a, b in edges]

    @pytest.mark.parametrize("function", ADAPTIVE)
    def test_to_its_own_size_nothing_changes(self, function):
        x = planes(function, 2, 3)
        assert (function(x, 6) == x).all()

    def test_sizes_of_two_dimensions(self):
        for function in (adaptive_max_pool2d, adaptive_avg_pool2d):
            assert function(IMAGE, (2, None)).shape == (1, 2, 4)
            assert function(IMAGE, [None, 7]).shape == (1, 4, 7)
            assert function(IMAGE, None).tolist() == IMAGE.tolist()

    def test_one_part_is_the_mean_or_maximum(self):
        assert adaptive_avg_pool2d(IMAGE, 1).item() == 7.5
        values, indices = adaptive_max_pool2d(IMAGE, 1, return_indices=True)
        assert (values.item(), indices.item()) == (15.0, 15)


LAYERS = [
    (MaxPool1d(2), "MaxPool1d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"),
    (
        MaxPool2d((2, 3), 1, padding=(1, 0), dilation=2, ceil_mode=True),
        "MaxPool2d(kernel_size=(2, 3), stride=1, padding=(1, 0), dilation=2, ceil_mode=True)",
    ),
    (AvgPool1d(2, padding=1), "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(1,))"),
    (AvgPool1d(3, 1, ceil_mode=True), "AvgPool1d(kernel_size=(3,), stride=(1,), padding=(0,))"),
    (AvgPool2d(2, (1, 2)), "AvgPool2d(kernel_size=2, stride=(1, 2), padding=0)"),
    (AvgPool2d(4, divisor_override=2), "AvgPool2d(kernel_size=4, stride=4, padding=0)"),
    (AdaptiveAvgPool1d(3), "AdaptiveAvgPool1d(output_size=3)"),
    (AdaptiveAvgPool2d((None, 2)), "AdaptiveAvgPool2d(output_size=(None, 2))"),
    (AdaptiveMaxPool1d(3), "AdaptiveMaxPool1d(output_size=3)"),
    (AdaptiveMaxPool2d(2), "AdaptiveMaxPool2d(output_size=2)"),
]


@pytest.mark.parametrize(("layer", "text"), LAYERS, ids=[text for _, text in LAYERS])
def test_a_layer_shows_its_settings_and_has_no_parameters(layer, text):
    assert repr(layer) == text
    assert not layer.state_dict()
    size = (6,) if "1d" in text else (6, 6)
    assert layer(tt.randn(2, 3, *size)).shape[:2] == (2, 3)


@pytest.mark.parametrize(
    "layer", [MaxPool1d(2, None, 0, 1, True), AdaptiveMaxPool1d(3, True)], ids=repr
)
def test_a_layer_returns_indices(layer):
    values, indices = layer(tt.tensor([[1.0, 5.0, 2.0, 3.0, 9.0, 7.0]]))
    assert values.tolist() == [[5.0, 3.0, 9.0]]
    assert indices.tolist() == [[1, 3, 4]]


def test_the_package_has_them_all():
    for function in (*BY_WINDOWS, *ADAPTIVE):
        assert getattr(spatial, function.__name__) is function
    for layer, _ in LAYERS:
        assert getattr(spatial, type(layer).__name__) is type(layer)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MaxPool2d(0), ValueError, "MaxPool2d: kernel_size is 0, expected at least 1"),
        (lambda: MaxPool1d("a"), TypeError, "MaxPool1d: kernel_size is 'a', expected an integer"),
        (lambda: MaxPool2d(2, padding=5), ValueError, "MaxPool2d: padding is 5, expected at most"),
        (lambda: MaxPool2d((1, 2, 3)), ValueError, "MaxPool2d: kernel_size is .* expected one"),
        (lambda: MaxPool2d(2, dilation=0), ValueError, "MaxPool2d: dilation is 0"),
        (lambda: AvgPool1d(2, padding=2), ValueError, "AvgPool1d: padding is 2, expected at most"),
        (lambda: AvgPool2d(2, stride=0), ValueError, "AvgPool2d: stride is 0"),
        (
            lambda: AvgPool2d(2, divisor_override=0),
            ValueError,
            "AvgPool2d: divisor_override is 0, expected another number",
        ),
        (lambda: AdaptiveAvgPool2d(0), ValueError, "AdaptiveAvgPool2d: output_size is .*at least"),
        (lambda: AdaptiveMaxPool2d("ab"), TypeError, "output_size is 'ab', expected an integer"),
        (lambda: AdaptiveAvgPool1d((1, 2)), ValueError, "AdaptiveAvgPool1d: output_size is"),
    ],
)
def test_a_layer_refuses_when_it_is_made(make, error, message):
    with pytest.raises(error, match=message):
        make()
