"""Tiers: one is chosen for a block or for good, and nothing else is touched."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tinytorch.acceleration import accelerate, implementations
from tinytorch.acceleration.threads import blas_threads, workers
from tinytorch.activations import relu
from tinytorch.spatial import conv2d
from tinytorch.spatial.sliding import convolve
from tinytorch.tensor import Implementation, add, implemented, ones, primitives, tensor

TIERS = ("naive", "vectorized", "fast")


def in_use():
    """The implementation of every primitive."""
    return {primitive: primitive.implementation for primitive in primitives()}


def of(tier):
    """What they are in a tier."""
    return {p: implementations(tier).get(p, p.default) for p in primitives()}


@pytest.fixture
def for_good():
    """For tests that choose a tier for good."""
    yield
    accelerate("vectorized")


@pytest.mark.parametrize("tier", TIERS)
def test_a_block_computes_in_its_tier_and_ends_it(tier):
    before = in_use()
    with accelerate(tier):
        assert in_use() == of(tier)
    assert in_use() == before == of("vectorized")


def test_fast_is_meant_where_nothing_is_said():
    with accelerate():
        assert in_use() == of("fast")


@pytest.mark.parametrize("outer", TIERS)
@pytest.mark.parametrize("inner", TIERS)
def test_blocks_nest(outer, inner):
    with accelerate(outer):
        with accelerate(inner):
            assert in_use() == of(inner)
        assert in_use() == of(outer)
        assert workers.started == (outer == "fast")


def test_threads_nest_too():
    with accelerate(threads=3):
        with accelerate(threads=2):
            assert workers.count == 2
            with accelerate("naive"):
                assert (workers.count, workers.started) == (1, False)
            assert workers.count == 2
        assert (workers.count, workers.started) == (3, True)
    assert (workers.count, workers.started) == (1, False)


def test_an_error_ends_a_block_too():
    with pytest.raises(KeyError), accelerate(threads=2):
        raise KeyError
    assert in_use() == of("vectorized")
    assert not workers.started


@pytest.mark.usefixtures("for_good")
def test_without_a_block_it_is_for_good():
    accelerate(threads=2)
    assert in_use() == of("fast")
    assert workers.count == 2
    accelerate("naive")
    assert in_use() == of("naive")
    assert workers.count == 1


@pytest.mark.usefixtures("for_good")
def test_vectorized_ends_it():
    accelerate(threads=2)
    accelerate("vectorized")
    assert in_use() == of("vectorized")
    assert not workers.started


@pytest.mark.usefixtures("for_good")
def test_a_block_gives_back_what_was_chosen_for_good():
    accelerate(threads=3)
    with accelerate("vectorized"):
        assert in_use() == of("vectorized")
    assert in_use() == of("fast")
    assert (workers.count, workers.started) == (3, True)


# --- implementations of the user's own


MINE = Implementation(relu, lambda input: input + 100.0)
SUM = Implementation(add, lambda input, other: input - other)


def test_the_user_s_own_go_before_a_tier_that_surrounds_them():
    with accelerate():
        with implemented({relu: MINE}):
            assert relu(tensor([1.0])).tolist() == [101.0]
            assert convolve.implementation is implementations("fast")[convolve]
        assert in_use() == of("fast")


def test_a_tier_goes_before_the_user_s_own_that_surround_it():
    with implemented({relu: MINE, add: SUM}):
        for tier in TIERS:
            with accelerate(tier):
                assert relu(tensor([-1.0])).tolist() == [0.0]
                assert (tensor([1.0]) + tensor([3.0])).tolist() == [-2.0]  # of no tier
        assert relu.implementation is MINE
        assert add.implementation is SUM


# --- arguments


@pytest.mark.parametrize("function", [accelerate, implementations])
@pytest.mark.parametrize("tier", ["quick", "", None, 2])
def test_a_tier_is_one_of_three(function, tier):
    message = f"{function.__name__}: tier is {tier!r}, expected 'naive', 'vectorized', 'fast'"
    with pytest.raises(ValueError, match=f"^{message}$"):
        function(tier)


@pytest.mark.parametrize("threads", [0, -1])
def test_there_is_at_least_one_thread(threads):
    message = f"accelerate: threads is {threads}, expected at least 1"
    with pytest.raises(ValueError, match=message):
        accelerate(threads=threads)


@pytest.mark.parametrize("threads", [1.0, "2", True])
def test_threads_are_counted(threads):
    with pytest.raises(TypeError, match=r"accelerate: threads is .*, expected an integer"):
        accelerate(threads=threads)


@pytest.mark.parametrize("tier", ["naive", "vectorized"])
def test_only_the_fast_tier_has_threads(tier):
    with pytest.raises(ValueError, match="accelerate: threads is 2, and only tier 'fast' has any"):
        accelerate(tier, threads=2)


def test_threads_may_be_numpy_s_integer():
    with accelerate(threads=np.int64(2)):
        assert workers.count == 2


# --- what it does beside


@pytest.fixture
def two_for_blas():
    """BLAS as it is on a machine with two cores, whatever this one has."""
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.mark.usefixtures("two_for_blas")
def test_blas_has_one_thread_inside_and_its_own_again_after():
    with accelerate():
        assert blas_threads() == 1
        assert workers.count == 2
        with accelerate(threads=3):
            assert blas_threads() == 1
        with accelerate("vectorized"):
            assert blas_threads() == 2
        assert blas_threads() == 1
        assert workers.count == 2
    assert blas_threads() == 2


@pytest.mark.usefixtures("two_for_blas")
def test_blas_keeps_its_threads_in_the_naive_tier():
    with accelerate("naive"):
        assert blas_threads() == 2


def test_nothing_of_a_primitive_changes_but_its_implementation():
    def all_else():
        return {
            p: {name: value for name, value in vars(p).items() if name != "implementation"}
            for p in primitives()
        }

    before = all_else()
    for tier in TIERS:
        with accelerate(tier):
            assert all_else() == before
    assert all_else() == before


@pytest.mark.parametrize("tier", TIERS)
def test_the_table_of_a_tier_can_only_be_read(tier):
    table = implementations(tier)
    with pytest.raises(TypeError):
        table[relu] = MINE
    assert all(found.primitive is primitive for primitive, found in table.items())


def test_the_vectorized_tier_has_no_implementations_of_its_own():
    assert len(implementations("vectorized")) == 0


def test_fast_convolutions_have_their_channels_last_in_memory():
    with accelerate():
        out = conv2d(ones(2, 3, 6, 6), ones(4, 3, 3, 3))
    assert out.shape == (2, 4, 4, 4)
    assert out.data.transpose(0, 2, 3, 1).flags.c_contiguous
