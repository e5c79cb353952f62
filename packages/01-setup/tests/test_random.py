"""Streams repeat, don't leak into each other, and refuse what is not a seed."""

import json
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch.setup as setup
from tinytorch.setup import (
    generator,
    get_rng_state,
    keyed_generator,
    manual_seed,
    set_rng_state,
    use_generator,
)

SEEDS = st.integers(-(2**63), 2**64 - 1)
KEYS = st.lists(st.integers(0, 2**64 - 1), max_size=3)
random_file = sys.modules["tinytorch.setup.random"]


def in_thread(function):
    """Return what a function returns in a thread of its own."""
    result = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


def draw(count=4):
    return generator().random(count).tolist()


@given(SEEDS)
def test_a_seed_repeats(seed):
    assert manual_seed(seed) is generator()
    first = draw()
    manual_seed(seed)
    assert draw() == first


def test_the_stream_of_a_seed_is_numpys():
    manual_seed(5)
    assert draw() == np.random.default_rng(5).random(4).tolist()


def test_a_negative_seed_is_taken_as_64_bits():
    manual_seed(-1)
    first = draw()
    manual_seed(2**64 - 1)
    assert draw() == first


def test_a_numpy_integer_is_a_seed():
    manual_seed(np.int64(3))
    first = draw()
    manual_seed(3)
    assert draw() == first


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1])
def test_a_seed_out_of_range_is_refused_and_changes_nothing(seed):
    manual_seed(0)
    state = get_rng_state()
    with pytest.raises(ValueError, match=r"manual_seed: seed is -?\d+, expected an integer from"):
        manual_seed(seed)
    assert get_rng_state() == state


@pytest.mark.parametrize("seed", [1.0, "1", None, np.zeros(2)])
def test_a_seed_of_another_kind_is_refused(seed):
    with pytest.raises(TypeError, match=r"manual_seed: seed is a \w+, expected an integer"):
        manual_seed(seed)


def test_before_any_seed_the_numbers_are_new(monkeypatch):
    def fresh():
        monkeypatch.setattr(random_file, "_root", None)
        return in_thread(draw)

    assert fresh() != fresh()


def test_a_thread_that_seeds_itself_is_as_the_main_thread_and_leaves_it_alone():
    manual_seed(1)
    expected = draw(8)
    manual_seed(1)
    first = draw()

    def other():
        manual_seed(1)
        return draw(8)

    assert in_thread(other) == expected
    assert first + draw() == expected


def test_threads_that_nobody_seeded_repeat_in_the_order_in_which_they_begin():
    def run(seed):
        manual_seed(seed)
        return [in_thread(draw) for _ in range(3)] + [draw()]

    assert run(0) == run(0)
    assert run(0) != run(1)
    assert len({tuple(numbers) for numbers in run(0)}) == 4


def test_a_thread_that_lives_on_follows_the_next_seed():
    go, done, drawn = threading.Semaphore(0), threading.Semaphore(0), []

    def worker():
        for _ in range(3):
            go.acquire()
            drawn.append(draw())
            done.release()

    thread = threading.Thread(target=worker)
    thread.start()
    for seed in (0, 1, 0):
        manual_seed(seed)
        go.release()
        done.acquire()
    thread.join()
    assert drawn[0] == drawn[2] != drawn[1]


def test_without_a_new_seed_a_thread_goes_on():
    def twice():
        return draw(2) + draw(2), generator() is generator()

    manual_seed(9)
    expected = in_thread(lambda: draw(4))
    manual_seed(9)
    assert in_thread(twice) == (expected, True)


@given(SEEDS)
def test_a_block_with_a_seed_is_seeded(seed):
    with use_generator(seed):
        first = draw()
    manual_seed(seed)
    assert draw() == first


def test_blocks_nest_and_end_with_an_error_too():
    def work():
        with use_generator(inner):
            with use_generator(2):
                assert generator() is not inner
            assert generator() is inner
            raise KeyError("from within")

    outer = manual_seed(0)
    inner = np.random.default_rng(1)
    with pytest.raises(KeyError, match="from within"):
        work()
    assert generator() is outer


def test_a_seed_within_a_block_ends_with_it_and_spares_the_given_generator():
    mine = np.random.default_rng(1)
    manual_seed(0)
    expected = draw(8)
    manual_seed(0)
    first = draw()
    with use_generator(mine):
        manual_seed(5)
        draw()
    assert mine.random() == np.random.default_rng(1).random()
    assert first + draw() == expected


def test_a_block_holds_for_its_thread_only():
    with use_generator(0):
        assert in_thread(generator) is not generator()


def test_a_block_makes_its_generator_when_a_number_is_drawn():
    made = []

    def make():
        made.append(np.random.default_rng(7))
        return made[-1]

    outer = manual_seed(0)
    with use_generator(make):
        assert made == []
        assert generator() is made[0] is generator()
        with use_generator(1):
            assert generator() is not made[0]
        assert generator() is made[0]
    assert generator() is outer
    with use_generator(make):
        pass
    assert len(made) == 1


@pytest.mark.parametrize("source", [None, 1.5, np.random.PCG64(1)])
def test_a_block_refuses_what_is_no_generator(source):
    with (
        pytest.raises(TypeError, match=r"use_generator: source is a \w+, expected an integer"),
        use_generator(source),
    ):
        pass


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_a_state_survives_json_for_every_bit_generator(kind):
    source = np.random.Generator(getattr(np.random, kind)(3))
    source.random(5, dtype=np.float32)  # leaves half of a 64-bit draw behind
    with use_generator(source):
        state = json.loads(json.dumps(get_rng_state()))
        expected = source.standard_normal(100)
        set_rng_state(state)
        assert np.array_equal(generator().standard_normal(100), expected)


def test_a_state_makes_a_thread_its_own():
    state = manual_seed(0) and get_rng_state()
    expected = draw()

    def restored():
        generator()
        set_rng_state(state)
        in_thread(lambda: manual_seed(1))
        return draw()

    assert in_thread(restored) == expected


@pytest.mark.parametrize(
    "damage",
    [
        {"state": None},
        {"state": {}},
        {"state": {"state": "x", "inc": 1}},
        {"state": {"state": -1, "inc": 1}},
        {"has_uint32": "yes"},
    ],
)
def test_a_damaged_state_is_refused_and_changes_nothing(damage):
    manual_seed(0)
    state = get_rng_state()
    with pytest.raises(ValueError, match="set_rng_state: state is damaged"):
        set_rng_state({**state, **damage})
    assert get_rng_state() == state


def test_a_state_of_another_generator_is_refused():
    manual_seed(0)
    with pytest.raises(ValueError, match=r"state is of a 'Philox' generator, .* from a 'PCG64'"):
        set_rng_state(keyed_generator(0).bit_generator.state)
    with pytest.raises(TypeError, match="state is a list, expected the dictionary"):
        set_rng_state([])


@given(SEEDS, KEYS)
def test_a_key_repeats_and_leaves_the_threads_numbers_alone(seed, key):
    manual_seed(0)
    state = get_rng_state()
    first = keyed_generator(seed, *key).random(4).tolist()
    assert keyed_generator(seed, *key).random(4).tolist() == first
    assert get_rng_state() == state


@given(SEEDS, KEYS, SEEDS, KEYS)
def test_different_keys_have_different_streams(seed, key, other_seed, other):
    same = (seed - other_seed) % 2**64 == 0 and key == other
    mine, others = keyed_generator(seed, *key), keyed_generator(other_seed, *other)
    assert (mine.random(4).tolist() == others.random(4).tolist()) == same


@pytest.mark.parametrize("key", [(0,), (0, 0), (0, 0, 0)])
def test_a_zero_more_is_another_key(key):
    assert keyed_generator(0, *key).random() != keyed_generator(0, *key[1:]).random()


def test_the_stream_of_a_key_stays_what_it_is():
    """Philox's bits are promised by NumPy; data sets are shuffled by them."""
    words = keyed_generator(1, 2, 3).bit_generator.random_raw(2)
    assert words.tolist() == [18149182522360084646, 7955322904151365871]


def test_bad_keys_are_refused():
    with pytest.raises(ValueError, match="key has 4 parts, expected at most 3"):
        keyed_generator(0, 1, 2, 3, 4)
    with pytest.raises(ValueError, match=r"key is -1, expected an integer from 0 to 2\*\*64 - 1"):
        keyed_generator(0, -1)
    with pytest.raises(TypeError, match="keyed_generator: key is a float, expected an integer"):
        keyed_generator(0, 0.5)
    with pytest.raises(TypeError, match="keyed_generator: seed is a str, expected an integer"):
        keyed_generator("0")


def test_numpys_own_global_numbers_are_left_alone():
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    manual_seed(0)
    setup.generator().random()
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
