"""Freed memory is kept where the C library can keep it, and nothing fails where it cannot."""

import ctypes
import platform
import types

import pytest

from tinytorch.acceleration import accelerate
from tinytorch.acceleration.memory import KEPT, MAPPED, MMAP_THRESHOLD, TRIM_THRESHOLD, keep_memory


@pytest.fixture
def library(monkeypatch):
    """A C library: what `mallopt` was asked for, and what it shall answer."""
    asked, answers = [], {}

    def mallopt(parameter, value):
        asked.append((parameter, value))
        return answers.get(parameter, 1)

    def load(name):
        assert name is None  # the process itself
        return types.SimpleNamespace(mallopt=mallopt)

    monkeypatch.setattr(ctypes, "CDLL", load)
    return asked, answers


def test_it_asks_to_keep_what_is_freed(library):
    assert keep_memory() is True
    assert library[0] == [(TRIM_THRESHOLD, KEPT), (MMAP_THRESHOLD, MAPPED)]


def test_thresholds_fit_into_the_library_s_integers():
    assert all(0 < ctypes.c_int(value).value == value for value in (KEPT, MAPPED))


@pytest.mark.parametrize("refused", [TRIM_THRESHOLD, MMAP_THRESHOLD])
def test_it_tells_that_the_library_refuses(library, refused):
    library[1][refused] = 0
    assert keep_memory() is False


@pytest.mark.parametrize("error", [OSError, TypeError])
def test_there_may_be_no_library(monkeypatch, error):
    def fail(name):
        raise error

    monkeypatch.setattr(ctypes, "CDLL", fail)
    assert keep_memory() is False
    with accelerate(threads=1):
        pass


def test_the_library_may_not_know_how(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: types.SimpleNamespace())
    assert keep_memory() is False


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have other ways")
def test_glibc_keeps_it():
    assert keep_memory() is True


@pytest.mark.parametrize(("tier", "asks"), [("fast", 2), ("vectorized", 0), ("naive", 0)])
def test_only_the_fast_tier_asks(library, tier, asks):
    with accelerate(tier):
        pass
    assert len(library[0]) == asks
