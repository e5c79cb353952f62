"""Which keys are hidden: against the sentence that says it, key by key."""

import numpy as np
import pytest
from numpy.lib.array_utils import byte_bounds

from tinytorch.attention.hiding import hiding

F32 = np.dtype("float32")


def sees(query, key, is_causal, window):
    if is_causal and key > query:
        return False
    return window is None or abs(key - query) < window


@pytest.mark.parametrize(
    ("queries", "keys"), [(1, 1), (4, 4), (3, 7), (7, 3), (1, 5), (5, 1), (0, 3), (3, 0), (0, 0)]
)
@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("window", [None, 1, 2, 5, 100])
def test_each_key_is_seen_or_hidden(queries, keys, is_causal, window):
    for offset in (-9, -3, -1, 0, 1, 2, 4, 20):
        found = hiding(queries, keys, F32, is_causal=is_causal, offset=offset, window=window)
        expected = np.array(
            [[sees(offset + i, j, is_causal, window) for j in range(keys)] for i in range(queries)],
            bool,
        ).reshape(queries, keys)
        if found is None:
            assert expected.all()
        else:
            assert found.shape == expected.shape
            assert ((found == np.inf) == expected).all()
            assert ((found == -np.inf) == ~expected).all()


@pytest.mark.parametrize(
    "how",
    [
        {"is_causal": False, "offset": -5, "window": None},
        {"is_causal": True, "offset": 6, "window": None},  # all keys are behind
        {"is_causal": False, "offset": 0, "window": 7},
        {"is_causal": True, "offset": 6, "window": 9},
    ],
)
def test_nothing_is_made_where_nothing_is_hidden(how):
    assert hiding(3, 7, F32, **how) is None


def test_a_mask_is_a_line_of_numbers():
    found = hiding(1000, 1000, F32, is_causal=True, offset=0, window=None)
    assert found.shape == (1000, 1000)
    low, high = byte_bounds(found)
    assert high - low == 1999 * 4
    assert not found.flags.writeable


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_has_the_type_of_the_scores(dtype):
    found = hiding(2, 2, np.dtype(dtype), is_causal=True, offset=0, window=None)
    assert found.dtype == dtype
