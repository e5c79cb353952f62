"""Random numbers that repeat.

Every random number of the framework is drawn from `generator()`, the NumPy generator of the
running thread, so one call to `manual_seed` decides them all. Work that several threads share
draws from `keyed_generator` instead, where the place of a number and not the moment decides it.

`numpy.random` is imported by the first draw: it takes longer than the rest of this package.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator, SeedSequence


class _Thread(threading.local):
    """The generator of the running thread, and where it is from."""

    generator: Generator | None = None
    root: SeedSequence | None = None  # None: the thread was seeded by itself
    make: Callable[[], Generator] | None = None  # makes the first one; None: derived from the root


_thread = _Thread()
_root: SeedSequence | None = None  # of the threads that nobody seeded
_root_lock = threading.Lock()


def generator() -> Generator:
    """Return the random generator of the running thread.

    Before the first `manual_seed` it starts from the operating system's entropy.

    Example:
        >>> _ = manual_seed(0)
        >>> generator().integers(100, size=3).tolist()
        [85, 63, 51]
    """
    current = _thread.generator
    if current is None or (_thread.root is not None and _thread.root is not _root):
        current = _thread.generator = (_thread.make or _derive)()
    return current


def _derive() -> Generator:
    """Return the next generator derived from the root, and note that root for the thread."""
    global _root
    with _root_lock:
        if _root is None:
            _root = np.random.SeedSequence()
        _thread.root = _root
        (child,) = _root.spawn(1)
    return np.random.default_rng(child)


def manual_seed(seed: int) -> Generator:
    """Seed the random numbers of the whole process, and return the running thread's generator.

    The running thread gets `numpy.random.default_rng(seed)`. What it means for other threads:

    - A thread that called `manual_seed` itself keeps its own numbers, so two trainings in two
      threads don't disturb each other.
    - Every other thread takes, with its next draw, a stream of its own derived from `seed` and
      from its place in the order in which such threads first draw after the call. One such
      thread therefore repeats; of several racing ones each is independent, but which gets
      which stream is chance. Work that they share repeats with `keyed_generator`.

    Within a block of `use_generator` the running thread is seeded until the block ends.

    Args:
        seed: an integer from -2**63 to 2**64 - 1; a negative one means `seed + 2**64`.

    Raises:
        TypeError: if the seed is not an integer.
        ValueError: if it is out of range.

    Example:
        >>> first = manual_seed(7).random()
        >>> manual_seed(7).random() == first
        True
    """
    global _root
    number = _unsigned("manual_seed: seed", seed)
    with _root_lock:
        _root = np.random.SeedSequence(number)
    _thread.root = None
    _thread.generator = np.random.default_rng(number)
    return _thread.generator


@contextmanager
def use_generator(source: Generator | int | Callable[[], Generator]) -> Iterator[None]:
    """Draw the running thread's random numbers from another generator, for a block.

    Afterwards the thread goes on where it was before the block.

    Args:
        source: a NumPy generator, which the block advances; or the seed of a fresh one; or a
            function that makes one, called if a number is drawn.

    Raises:
        TypeError: if the source is none of these.
        ValueError: if the seed is out of range (see `manual_seed`).

    Example:
        >>> with use_generator(3):
        ...     first = generator().random()
        >>> with use_generator(3):
        ...     generator().random() == first
        True
    """
    before = _thread.generator, _thread.root, _thread.make
    if callable(source):
        _thread.generator, _thread.root, _thread.make = None, None, source
    else:
        if not isinstance(source, np.random.Generator):
            source = np.random.default_rng(_unsigned("use_generator: source", source))
        _thread.generator, _thread.root = source, None
    try:
        yield
    finally:
        _thread.generator, _thread.root, _thread.make = before


def get_rng_state() -> dict[str, Any]:
    """Return the state of the running thread's generator, of plain values that JSON can hold.

    Example:
        >>> state = get_rng_state()
        >>> drawn = generator().random()
        >>> set_rng_state(state)
        >>> generator().random() == drawn
        True
    """
    state: dict[str, Any] = _plain(generator().bit_generator.state)
    return state


def set_rng_state(state: Mapping[str, Any]) -> None:
    """Bring the running thread's generator back to a state from `get_rng_state`, exactly.

    The thread counts as seeded by itself from then on (see `manual_seed`).

    Args:
        state: what `get_rng_state` returned, in this process or another.

    Raises:
        TypeError: if the state is not a mapping.
        ValueError: if it belongs to another kind of generator, or is damaged.

    Example:
        >>> state = get_rng_state()
        >>> first, _ = generator().random(), set_rng_state(state)
        >>> generator().random() == first
        True
    """
    if not isinstance(state, Mapping):
        raise TypeError(
            f"set_rng_state: state is a {type(state).__name__}, "
            "expected the dictionary that get_rng_state returned"
        )
    bits = generator().bit_generator
    kind = type(bits).__name__
    if state.get("bit_generator") != kind:
        raise ValueError(
            f"set_rng_state: state is of a {state.get('bit_generator')!r} generator, "
            f"the running thread draws from a {kind!r}"
        )
    before = bits.state
    try:
        bits.state = _arrays(state)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        bits.state = before
        raise ValueError(
            f"set_rng_state: state is damaged ({type(error).__name__}: {error}), "
            "expected the dictionary that get_rng_state returned"
        ) from error
    _thread.root = None


def keyed_generator(seed: int, *key: int) -> Generator:
    """Return the generator that belongs to a seed and up to three integers.

    `keyed_generator(seed, epoch, sample)` gives the same numbers in whatever order, thread or
    process the samples are loaded. The integers are the key and the counter of Philox (Salmon
    et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), so the streams of two
    different keys never overlap.

    Args:
        seed: the seed of the run, as for `manual_seed`.
        key: what the numbers are for, as integers from 0 to 2**64 - 1: an epoch, then a sample …

    Raises:
        TypeError: if the seed or a part of the key is not an integer.
        ValueError: if one is out of range, or the key has more than three parts.

    Example:
        >>> keyed_generator(0, 2, 41).integers(100, size=3).tolist()
        [28, 51, 36]
    """
    if len(key) > 3:
        raise ValueError(f"keyed_generator: key has {len(key)} parts, expected at most 3")
    number = _unsigned("keyed_generator: seed", seed)
    words = [_unsigned("keyed_generator: key", part, least=0) for part in key]
    # The lowest word of the counter counts the draws. The length of the key is part of the
    # key, so that (seed, 1) and (seed, 1, 0) differ.
    counter = np.array([0, *words, *[0] * (3 - len(key))], dtype=np.uint64)
    bits = np.random.Philox(key=np.array([number, len(key)], dtype=np.uint64), counter=counter)
    return np.random.Generator(bits)


def _unsigned(what: str, value: int, least: int = -(2**63)) -> int:
    """Return an integer from `least` to 2**64 - 1 as an unsigned one of 64 bits."""
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{what} is a {type(value).__name__}, expected an integer") from None
    if not least <= number < 2**64:
        low = "-2**63" if least else "0"
        raise ValueError(f"{what} is {number}, expected an integer from {low} to 2**64 - 1")
    return number % 2**64


def _plain(value: Any) -> Any:
    """Turn the arrays and NumPy integers in a generator's state into lists and ints."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _arrays(value: Any) -> Any:
    """Turn the lists in a plain state back into the arrays that NumPy expects."""
    if isinstance(value, Mapping):
        return {name: _arrays(part) for name, part in value.items()}
    return np.array(value, dtype=np.uint64) if isinstance(value, list) else value
