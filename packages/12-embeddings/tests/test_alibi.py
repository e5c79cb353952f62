"""ALiBi: slopes and distances."""

import numpy as np
import pytest

from tinytorch.embeddings import ALiBi, alibi_slopes
from tinytorch.tensor import observe


@pytest.mark.parametrize("heads", [1, 2, 4, 8, 16])
def test_slopes_of_powers_of_two_are_a_geometric_series(heads):
    expected = [2 ** (-8 * h / heads) for h in range(1, heads + 1)]
    np.testing.assert_allclose(alibi_slopes(heads).data, expected, rtol=1e-6)


@pytest.mark.parametrize("heads", [3, 5, 6, 7, 12, 20])
def test_other_slopes_are_every_other_one_of_twice_as_many(heads):
    power = 2 ** int(np.log2(heads))
    found = alibi_slopes(heads)
    assert found.shape == (heads,)
    assert found[:power].tolist() == alibi_slopes(power).tolist()
    assert found[power:].tolist() == alibi_slopes(2 * power)[::2][: heads - power].tolist()


def test_eight_heads_as_the_paper_gives_them():
    assert alibi_slopes(8).tolist() == [2.0**-h for h in range(1, 9)]


@pytest.mark.parametrize(("queries", "keys"), [(1, 1), (4, 4), (1, 7), (3, 7), (0, 3), (0, 0)])
@pytest.mark.parametrize("heads", [1, 6])
def test_queries_are_the_last_of_the_keys(heads, queries, keys):
    found = ALiBi(heads, 7)(queries, keys)
    assert found.shape == (heads, queries, keys)
    slopes = alibi_slopes(heads).tolist()
    for h in range(heads):
        for q in range(queries):
            for k in range(keys):
                expected = -slopes[h] * abs(keys - queries + q - k)
                assert found[h, q, k].item() == pytest.approx(expected)


def test_without_a_cache_there_are_as_many_keys():
    layer = ALiBi(4, 8)
    assert layer(5).tolist() == layer(5, 5).tolist()


def test_it_is_made_of_slices_of_its_buffers():
    layer, seen = ALiBi(4, 8), []
    with observe(seen.append):
        layer(2, 5)
    first = next(event for event in seen if event.name == "getitem")
    assert first.args[0] is layer.places
    assert not layer.state_dict()
    assert list(layer.parameters()) == []


def test_other_types():
    assert ALiBi(4, 8).half()(3).dtype == "float16"
    assert repr(ALiBi(4, 8)) == "ALiBi(4, 8)"


def test_distances_are_exact_in_float16_too():
    layer = ALiBi(8, 60_000).half()
    assert layer(1, 60_000)[0, 0, -4:].tolist() == [-1.5, -1.0, -0.5, 0.0]
    assert layer(1, 60_000)[7, 0, 0].item() == pytest.approx(-59_999 / 256, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: alibi_slopes(0), ValueError, "alibi_slopes: num_heads is 0, expected at least 1"),
        (lambda: alibi_slopes(2.0), TypeError, "alibi_slopes: num_heads is 2.0"),
        (lambda: ALiBi(0, 8), ValueError, "ALiBi: num_heads is 0"),
        (lambda: ALiBi(2, 0), ValueError, "ALiBi: max_positions is 0"),
        (lambda: ALiBi(2, 8)(-1), ValueError, "ALiBi: query_length is -1"),
        (
            lambda: ALiBi(2, 8)(3, 2),
            ValueError,
            "query_length is 3, expected at most key_length, w",
        ),
        (
            lambda: ALiBi(2, 8)(9),
            ValueError,
            "query_length is 9, expected at most max_positions, w",
        ),
        (lambda: ALiBi(2, 8)(1, 9), ValueError, "key_length is 9, expected at most max_positions"),
        (lambda: ALiBi(2, 8)(1, 2.0), TypeError, "key_length is 2.0"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
