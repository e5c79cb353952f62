"""Fresh processes: what they hold, what they import, and how they fail."""

import gc
import subprocess
import sys

import pytest

from tinytorch.benchmarking import import_time, peak_memory, processes

MODULE = """
import numpy as np

def nothing():
    pass

def hold():
    for _ in range(3):
        np.ones(2**27, np.uint8)  # 128 MiB, one after the other

def fail():
    raise KeyError("from within")
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    (tmp_path / "peak_memory_work.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    import peak_memory_work

    yield peak_memory_work
    del sys.modules["peak_memory_work"]


def test_the_peak_is_of_what_was_held_at_once_though_it_is_gone(work):
    held = peak_memory(work.hold) - peak_memory(work.nothing)
    assert 0.95 * 2**27 < held < 1.5 * 2**27


def test_the_process_is_fresh(work):
    here = bytearray(2**28)
    assert peak_memory(work.nothing) < len(here)


def test_an_error_in_the_process_arrives(work):
    with pytest.raises(KeyError, match="from within"):
        peak_memory(work.fail)


def test_a_function_that_cannot_be_found_elsewhere_is_refused():
    with pytest.raises(TypeError, match=r"peak_memory: fn is .*<lambda>, expected a function at"):
        peak_memory(lambda: None)


def test_the_peak_of_this_process_is_known(monkeypatch):
    assert processes._peak_after(gc.collect) > 2**20
    monkeypatch.setattr(processes, "process_peak", lambda: None)
    with pytest.raises(RuntimeError, match="this system does not tell"):
        processes._peak_after(gc.collect)


def test_an_import_is_timed_after_another(monkeypatch):
    codes = []

    def run(command, **settings):
        codes.append(command[-1])
        return subprocess.CompletedProcess(command, 0, "a word from the module\n0.0125\n", "")

    monkeypatch.setattr(subprocess, "run", run)
    assert import_time("package.module", after="numpy") == 0.0125
    first, timer, start, timed, _ = codes[0].splitlines()
    assert (first, timed) == ("import numpy", "import package.module")
    assert "perf_counter" in timer
    assert "perf_counter" in start
    import_time("package", "another")
    assert codes[1].splitlines()[0] == ""
    assert codes[1].splitlines()[3] == "import package, another"


def test_an_import_is_really_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "noisy.py").write_text("print('hello')\nopen('made', 'w').close()\n")
    assert import_time("noisy") > 0
    assert (tmp_path / "made").exists()


def test_an_import_that_fails_says_why():
    with pytest.raises(
        ImportError, match=r"no_such_module can't be imported\n(.*\n)+ModuleNotFoundError"
    ):
        import_time("no_such_module")


@pytest.mark.parametrize("module", ["a; b", "", "json."])
def test_what_is_no_name_is_refused(module):
    with pytest.raises(ValueError, match="is no module's name"):
        import_time("json", module)


def test_an_import_after_what_is_no_name_is_refused():
    with pytest.raises(ValueError, match="'a b' is no module's name"):
        import_time("json", after="a b")


def test_there_must_be_something_to_import():
    with pytest.raises(ValueError, match="no module is given, expected at least one"):
        import_time()
