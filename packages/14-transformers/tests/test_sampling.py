"""How a token is drawn: against distributions that are written out, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinytorch.tensor import ones
from tinytorch.transformers import Sampling

NONE = np.array([], int)
SCORES = np.log(np.array([0.1, 0.4, 0.2, 0.3]))


def frequencies(sampling, scores=SCORES, before=NONE, draws=4000):
    """How often each token is drawn."""
    random = np.random.default_rng(0)
    found = [sampling.choose(scores, before, random) for _ in range(draws)]
    return np.bincount(found, minlength=len(scores)) / draws


class Given:
    """A source of random numbers that gives those that it was given."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


def chances(sampling, scores=SCORES, before=NONE, grid=20_000):
    """Exactly how much of the line from 0 to 1 each token has, to 1 / grid."""
    found = [sampling.choose(scores, before, Given((step + 0.5) / grid)) for step in range(grid)]
    return np.bincount(found, minlength=len(scores)) / grid


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(), [0.1, 0.4, 0.2, 0.3]),
        (Sampling(top_k=2), [0, 4 / 7, 0, 3 / 7]),
        (Sampling(top_k=1), [0, 1, 0, 0]),
        (Sampling(top_k=9), [0.1, 0.4, 0.2, 0.3]),
        (Sampling(top_p=0.39), [0, 1, 0, 0]),
        (Sampling(top_p=0.41), [0, 4 / 7, 0, 3 / 7]),
        (Sampling(top_p=0.69), [0, 4 / 7, 0, 3 / 7]),
        (Sampling(top_p=0.71), [0, 4 / 9, 2 / 9, 3 / 9]),
        (Sampling(top_p=1.0), [0.1, 0.4, 0.2, 0.3]),
        (Sampling(top_p=1e-9), [0, 1, 0, 0]),
        (Sampling(top_k=3, top_p=0.5), [0, 4 / 7, 0, 3 / 7]),  # of 4/9, 3/9, 2/9 the first two
        (Sampling(temperature=0.5), [1 / 30, 16 / 30, 4 / 30, 9 / 30]),
        (Sampling(temperature=2.0), np.sqrt([1, 4, 2, 3]) / np.sqrt([1, 4, 2, 3]).sum()),
        (Sampling(temperature=0.5, top_p=0.6), [0, 16 / 25, 0, 9 / 25]),  # the temperature first
        (Sampling(temperature=1e-300), [0, 1, 0, 0]),
        (Sampling(temperature=1e300), [0.25] * 4),
        (Sampling(temperature=0), [0, 1, 0, 0]),
    ],
    ids=str,
)
def test_distributions(sampling, expected):
    assert np.abs(chances(sampling) - expected).max() < 2e-4


def test_random_numbers_are_drawn_alike():
    assert np.abs(frequencies(Sampling()) - [0.1, 0.4, 0.2, 0.3]).max() < 0.03


@pytest.mark.parametrize(
    ("penalty", "scores", "before", "best"),
    [
        (2.0, [3.0, 2.0, -1.0], [0], 1),  # 1.5, 2, -1
        (2.0, [3.0, 2.0, -1.0], [0, 0, 0], 1),  # once is as much as three times
        (1.4, [3.0, 2.0, -1.0], [0], 0),
        (2.0, [-1.0, -1.5, -9.0], [0], 1),  # -2, -1.5, -9
        (0.5, [1.0, 1.5, 0.0], [0], 0),  # below 1 it is praise
        (1.0, [1.0, 0.5], [0, 1], 0),
    ],
)
def test_a_token_that_was_there_counts_less(penalty, scores, before, best):
    sampling = Sampling(repetition_penalty=penalty, temperature=0)
    assert sampling.choose(np.array(scores), np.array(before), Given()) == best


def test_the_penalty_comes_before_all_else():
    scores = np.array([2.0, 1.5, 1.0])
    sampling = Sampling(repetition_penalty=4.0, top_k=2)
    expected = np.exp([-math.inf, 1.5, 1.0])
    found = chances(sampling, scores, np.array([0]))
    assert np.abs(found - expected / expected.sum()).max() < 2e-4


def test_scores_are_not_written_to():
    scores = np.array([3.0, 2.0])
    Sampling(repetition_penalty=2.0).choose(scores, np.array([0]), Given(0.5))
    assert scores.tolist() == [3.0, 2.0]


@pytest.mark.parametrize("temperature", [0, 1.0])
def test_of_equals_the_first(temperature):
    scores = np.array([0.0, 1.0, 1.0])
    sampling = Sampling(temperature=temperature, top_k=1)
    assert sampling.choose(scores, NONE, Given(0.99)) == 1


def test_a_token_that_cannot_be_is_not_drawn():
    scores = np.array([-math.inf, 0.0, -math.inf, 0.0, -math.inf])
    for number in (0.0, 0.4, 0.6, math.nextafter(1, 0)):
        assert Sampling().choose(scores, NONE, Given(number)) in (1, 3)
    assert Sampling(top_p=1.0).choose(scores, NONE, Given(math.nextafter(1, 0))) == 3


def test_where_two_tokens_meet():
    """Each has its stretch of the line with its beginning and without its end."""
    scores = np.zeros(2)
    drawn = [Sampling().choose(scores, NONE, Given(number)) for number in (0.0, 0.499, 0.5)]
    assert drawn == [0, 0, 1]
    assert Sampling(top_p=0.5).choose(scores, NONE, Given(0.999)) == 0  # half is enough


def test_huge_scores_do_not_overflow():
    scores = np.array([1e300, -1e300, 1e300], np.float64)
    assert chances(Sampling(), scores, grid=100).tolist() == [0.5, 0, 0.5]
    assert Sampling().choose(np.array([60000, 1], np.float16), NONE, Given(0.999)) == 0


@pytest.mark.parametrize("temperature", [0, 1.0])
@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_scores_that_are_none(temperature, broken):
    with pytest.raises(ValueError, match="Sampling: the model's scores are NaN or inf"):
        Sampling(temperature=temperature).choose(np.array([0.0, broken]), NONE, Given(0.5))


def test_no_token_can_be():
    with pytest.raises(ValueError, match="scores are NaN or inf"):
        Sampling().choose(np.array([-math.inf, -math.inf]), NONE, Given(0.5))


@given(
    scores=st.lists(st.floats(-50, 50), min_size=1, max_size=20),
    number=st.floats(0, 1, exclude_max=True),
    k=st.integers(1, 25),
    p=st.floats(0.01, 1),
    temperature=st.floats(0.01, 10),
)
def test_what_is_drawn_was_among_the_best(scores, number, k, p, temperature):
    array = np.array(scores)
    token = Sampling(1.0, temperature, k, p).choose(array, NONE, Given(number))
    assert np.sum(array > array[token]) < k
    shares = np.exp((array - array.max()) / temperature)
    better = shares[array > array[token]].sum()
    assert better < p * shares.sum() * (1 + 1e-9)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"temperature": -0.1}, ValueError, r"temperature is -0\.1, expected 0 or more"),
        ({"temperature": math.nan}, ValueError, "temperature is nan"),
        ({"temperature": math.inf}, ValueError, "temperature is inf"),
        ({"temperature": "hot"}, TypeError, "temperature is 'hot'"),
        ({"temperature": ones(1)}, TypeError, "temperature"),
        ({"top_k": 0}, ValueError, "top_k is 0, expected at least 1"),
        ({"top_k": 2.5}, TypeError, r"top_k is 2\.5, expected an integer"),
        ({"top_p": 0}, ValueError, "top_p is 0, expected above 0, and at most 1"),
        ({"top_p": 1.01}, ValueError, r"top_p is 1\.01"),
        ({"top_p": math.nan}, ValueError, "top_p is nan"),
        ({"repetition_penalty": 0}, ValueError, "repetition_penalty is 0, expected above 0"),
        ({"repetition_penalty": math.nan}, ValueError, "repetition_penalty is nan"),
        ({"repetition_penalty": None}, TypeError, "repetition_penalty is None"),
    ],
)
def test_settings_that_cannot_be(settings, error, message):
    with pytest.raises(error, match=f"Sampling: {message}"):
        Sampling(**settings)


@pytest.mark.parametrize(
    ("penalty", "scores"),
    [(1e-320, [3.0, -5.0]), (float("inf"), [3.0, 0.0]), (1e308, [-5.0, -20.0])],
)
def test_a_penalty_that_leaves_no_scores_is_named(penalty, scores):
    with pytest.raises(ValueError, match=r"repetition_penalty is .*, with which scores are no"):
        Sampling(repetition_penalty=penalty).choose(
            np.array(scores), np.arange(2), np.random.default_rng(0)
        )
