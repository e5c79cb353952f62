"""The folder of the data on each platform."""

import os
import sys
from pathlib import Path

import pytest

from tinytorch.setup import data_home


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    monkeypatch.delenv("TINYTORCH_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)


def test_a_chosen_home_may_be_relative_or_begin_with_a_tilde(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYTORCH_HOME", "here")
    assert data_home() == tmp_path / "here"
    monkeypatch.setenv("TINYTORCH_HOME", "~/here")
    assert data_home() == Path.home() / "here"


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="the XDG folders")
def test_the_cache_of_linux(monkeypatch, tmp_path):
    assert data_home() == Path.home() / ".cache" / "tinytorch"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data_home() == tmp_path / "tinytorch"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert data_home() == Path.home() / ".cache" / "tinytorch"


def test_the_cache_of_macos(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert data_home() == Path.home() / "Library" / "Caches" / "tinytorch"


def test_an_empty_choice_is_none(monkeypatch):
    expected = data_home()
    monkeypatch.setenv("TINYTORCH_HOME", "")
    assert data_home() == expected
