"""Resampling against its definition, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.spatial import Upsample, interpolate, resampling
from tinytorch.spatial.resampling import resample
from tinytorch.tensor import Tensor, arange, float16, float64, ones, randn, tensor

RNG = np.random.default_rng(0)


def test_nearest_repeats():
    x = RNG.standard_normal((2, 3, 4, 5)).astype(np.float32)
    expected = np.repeat(np.repeat(x, 2, 2), 3, 3)
    assert (interpolate(Tensor(x), scale_factor=(2, 3)).data == expected).all()
    assert (interpolate(Tensor(x), size=(8, 15)).data == expected).all()
    assert interpolate(arange(4).reshape(1, 1, 4), size=2).tolist() == [[[0, 2]]]


@pytest.mark.parametrize("align_corners", [False, True])
def test_linear_is_the_line_between_centres(align_corners):
    x = RNG.standard_normal(5)
    out = interpolate(
        Tensor(x).reshape(1, 1, 5), size=9, mode="linear", align_corners=align_corners
    )
    at = np.arange(9) / 2 if align_corners else (np.arange(9) + 0.5) * 5 / 9 - 0.5
    np.testing.assert_allclose(out.data[0, 0], np.interp(at, np.arange(5), x), rtol=1e-6)


def test_bilinear_is_linear_twice():
    x = randn(2, 3, 4, 5)
    once = interpolate(x.reshape(2, 12, 5), size=7, mode="linear").reshape(2, 3, 4, 7)
    turned = once.permute(0, 1, 3, 2).reshape(2, 21, 4)
    twice = interpolate(turned, size=3, mode="linear").reshape(2, 3, 7, 3).permute(0, 1, 3, 2)
    out = interpolate(x, size=(3, 7), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(out.data, twice.data, rtol=1e-5, atol=1e-6)


def test_a_factor_may_leave_a_rest():
    x = arange(5).float().reshape(1, 1, 5)
    assert interpolate(x, scale_factor=1.5).shape == (1, 1, 7)
    # Pixels are 1 / 1.5 apart, not 5 / 7.
    out = interpolate(x, scale_factor=1.5, mode="linear")
    np.testing.assert_allclose(out.data[0, 0, 1], 0.5, rtol=1e-6)


@given(
    size=st.integers(1, 12),
    new=st.integers(1, 30),
    linear=st.booleans(),
    align_corners=st.booleans(),
)
def test_the_way_back_is_the_adjoint(size, new, linear, align_corners):
    x, g = RNG.standard_normal((2, size, 3)), RNG.standard_normal((2, new, 3))
    how = {"dim": 1, "sizes": (size, new), "step": size / new}
    how |= {"linear": linear, "align_corners": align_corners}
    there, back = resample(x, back=False, **how), resample(g, back=True, **how)
    assert back.shape == x.shape
    np.testing.assert_allclose((there * g).sum(), (x * back).sum(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("align_corners", [False, True])
def test_a_length_that_stays_does_so_pixel_by_pixel(align_corners):
    x = tensor([[[1.0, float("inf"), 2.0, float("nan")]]])
    for how in ({"size": 4}, {"scale_factor": 1.2}):
        out = interpolate(x, mode="linear", align_corners=align_corners, **how)
        np.testing.assert_array_equal(out.data, x.data)
        np.testing.assert_array_equal(interpolate(x, **how).data, x.data)


def test_what_is_not_finite_stays_where_it_is():
    x = np.zeros((1, 1, 6, 6), np.float32)
    x[0, 0, 2, 2] = np.nan
    out = interpolate(Tensor(x), scale_factor=2, mode="bilinear").data
    assert np.isfinite(out[0, 0, :2]).all()
    assert np.isfinite(out[0, 0, 8:]).all()
    assert np.isnan(out).sum() == 16
    g = np.zeros((1, 1, 3), np.float32)
    g[0, 0, 0] = np.inf
    for linear in (False, True):
        how = {"dim": 2, "sizes": (7, 3), "step": 7 / 3, "linear": linear, "align_corners": False}
        back = resample(g, back=True, **how)
        assert not np.isnan(back).any()
        assert np.isfinite(back[0, 0, 2:]).all()


def test_types_views_and_empty_batches():
    x = RNG.standard_normal((5, 4, 3, 2)).T
    out = interpolate(Tensor(x, float64), size=6, mode="bilinear")
    assert out.dtype == "float64"
    copied = interpolate(Tensor(np.ascontiguousarray(x)), size=6, mode="bilinear")
    assert out.tolist() == copied.tolist()
    half = interpolate(ones(1, 1, 3, dtype=float16), size=5, mode="linear")
    assert half.dtype == float16
    for shape in [(0, 2, 3), (2, 0, 3)]:
        assert interpolate(ones(*shape), size=5, mode="linear").shape == (*shape[:2], 5)
        assert interpolate(ones(*shape), size=5).shape == (*shape[:2], 5)


def test_gradients_of_both_directions():
    x = randn(1, 1, 3, 3).requires_grad_()
    interpolate(x, scale_factor=2, mode="bilinear").sum().backward()
    np.testing.assert_allclose(x.grad.data, np.full((1, 1, 3, 3), 4.0), rtol=1e-6)


@pytest.mark.parametrize("back", [False, True])
def test_tables_that_are_kept_cannot_be_written_into(back):
    for linear in (False, True):
        for array in resampling._table(3, 5, 0.6, linear, False, back):
            assert array is None or not array.flags.writeable


def test_as_a_layer():
    x = randn(1, 2, 4, 4)
    layer = Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    expected = interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    assert layer(x).tolist() == expected.tolist()
    assert repr(layer) == "Upsample(scale_factor=2.0, mode='bilinear')"
    assert repr(Upsample(scale_factor=(2, 3.5))) == (
        "Upsample(scale_factor=(2.0, 3.5), mode='nearest')"
    )
    assert repr(Upsample((3, 4))) == "Upsample(size=(3, 4), mode='nearest')"


X = ones(1, 1, 4)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: interpolate([1.0], 2), TypeError, "interpolate: input is of type list"),
        (lambda: interpolate(ones(2, 3), 2), ValueError, r"input has shape \(2, 3\), expected"),
        (lambda: interpolate(X), ValueError, "size is None and scale_factor None, expected one"),
        (lambda: interpolate(X, 2, 2), ValueError, "size is 2 and scale_factor 2, expected one"),
        (
            lambda: interpolate(X, 2, mode="bilinear"),
            ValueError,
            "mode is 'bilinear', expected 'nearest' or 'linear' for 3 dimensions",
        ),
        (
            lambda: interpolate(ones(1, 1, 2, 2), 2, mode="bicubic"),
            ValueError,
            "mode is 'bicubic', expected 'nearest' or 'bilinear' for 4 dimensions",
        ),
        (
            lambda: interpolate(X, 2, align_corners=False),
            ValueError,
            "align_corners is False and mode 'nearest'",
        ),
        (lambda: interpolate(arange(4).reshape(1, 1, 4), 2, mode="linear"), TypeError, "int64"),
        (lambda: interpolate(X, 2.5), TypeError, "size is 2.5, expected an integer"),
        (lambda: interpolate(X, 0), ValueError, "interpolate: size is 0, expected at least 1"),
        (lambda: interpolate(X, scale_factor=0.1), ValueError, r"from \(4,\) pixels to \(0,\)"),
        (lambda: interpolate(ones(1, 1, 0), 2), ValueError, r"from \(0,\) pixels to \(2,\)"),
        (
            lambda: interpolate(X, (2, 2)),
            ValueError,
            r"size is \(2, 2\), expected one number",
        ),
        (lambda: interpolate(X, scale_factor="2"), TypeError, "scale_factor is '2', expected"),
        (lambda: interpolate(X, scale_factor=-1), ValueError, "scale_factor is -1, expected posit"),
        (lambda: interpolate(X, scale_factor=float("inf")), ValueError, "expected positive"),
        (lambda: interpolate(X, scale_factor=tensor([2.0])), TypeError, "scale_factor is tensor"),
        (lambda: interpolate(X, 2, recompute_scale_factor=True), TypeError, "recompute_scale"),
        (lambda: interpolate(X, 2, antialias=True), TypeError, "antialias"),
        (lambda: interpolate(X.data, 2), TypeError, "input is of type ndarray, expected a Tensor"),
        (lambda: Upsample(), ValueError, "Upsample: size is None and scale_factor None, expec"),
        (lambda: Upsample(2, 2), ValueError, "Upsample: size is 2 and scale_factor 2, expected"),
        (lambda: Upsample(0), ValueError, "Upsample: size is 0, expected at least 1"),
        (lambda: Upsample((2, 1.5)), TypeError, "Upsample: size is 1.5, expected an integer"),
        (lambda: Upsample(scale_factor=-1), ValueError, "Upsample: scale_factor is -1, expected"),
        (lambda: Upsample(scale_factor=(1, "a")), TypeError, "Upsample: scale_factor is 'a'"),
        (
            lambda: Upsample(2, mode="cubic"),
            ValueError,
            "Upsample: mode is 'cubic', expected one of 'nearest', 'linear', 'bilinear'",
        ),
        (lambda: Upsample(2, align_corners=True), ValueError, "Upsample: align_corners is True"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
