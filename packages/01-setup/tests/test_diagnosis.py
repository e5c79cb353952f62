"""Each thing that may be wrong is found, named, and comes with its mend."""

import os
import runpy
import subprocess
import sys

import numpy as np
import pytest

from tinytorch.setup import Check, Report, doctor, machine

diagnosis = sys.modules["tinytorch.setup.diagnosis"]


def check(name):
    (found,) = (check for check in doctor().checks if check.name == name)
    return found


def test_a_report_is_a_line_a_check():
    report = Report((Check("cores", True, "2"), Check("blas", False, "none", "get one")))
    assert not report.ok
    assert str(report).splitlines() == [
        "ok     cores  2",
        "WRONG  blas   none",
        "              -> get one",
        "1 of 2 checks failed.",
    ]
    assert Report(()).ok
    assert str(Report(())) == "All is well."


def test_more_threads_than_cores_is_advised_against(monkeypatch):
    many = machine()._replace(cores=2, blas="scipy-openblas 0.3.31", blas_threads=64)
    monkeypatch.setattr(diagnosis, "machine", lambda: many)
    assert check("blas").ok
    assert check("blas").mend.endswith("set OPENBLAS_NUM_THREADS=2")
    monkeypatch.setattr(diagnosis, "machine", lambda: many._replace(blas_threads=None))
    assert check("blas").value.endswith("threads: default")
    assert check("blas").mend == ""


def test_kernels_that_were_chosen_by_hand_are_shown(monkeypatch):
    chosen = machine()._replace(blas="scipy-openblas 0.3.31 as Haswell", blas_threads=1)
    monkeypatch.setattr(diagnosis, "machine", lambda: chosen)
    assert check("blas").ok
    assert check("blas").value == "scipy-openblas 0.3.31 as Haswell, threads: 1"
    assert "unless OPENBLAS_CORETYPE chooses" in check("blas").mend


def test_numpy_without_blas_is_wrong(monkeypatch):
    bare = machine()._replace(blas="none", memory=None)
    monkeypatch.setattr(diagnosis, "machine", lambda: bare)
    assert not check("blas").ok
    assert check("memory").value == "unknown"


def test_a_wrong_product_is_wrong(monkeypatch):
    monkeypatch.setattr(np, "array_equal", lambda x, y: False)
    assert not check("product").ok


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX")
def test_a_data_folder_that_cannot_be_written_is_wrong(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYTORCH_HOME", str(tmp_path / "file" / "data"))
    assert not check("data").ok
    assert "TINYTORCH_HOME" in check("data").mend
    monkeypatch.setenv("TINYTORCH_HOME", str(tmp_path / "new" / "data"))
    assert check("data").ok
    assert not (tmp_path / "new").exists()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not check("data").ok


def test_a_distribution_that_owns_the_namespace_is_named(install):
    site = install("tinytorch", files=[("tinytorch/__init__.py", ""), ("other.py", "")])
    found = check("namespace")
    assert not found.ok
    assert str(site / "tinytorch" / "__init__.py") in found.value
    assert found.mend == "pip uninstall tinytorch"


@pytest.mark.parametrize("file", ["tinytorch/__init__.py", "tinytorch.py"])
def test_a_stray_file_that_hides_the_namespace_is_named(monkeypatch, tmp_path, file):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    found = check("namespace")
    assert not found.ok
    assert "of no distribution" in found.value
    assert found.mend == "delete or rename that file"


def test_a_sound_module_is_ok(announce):
    announce(40, "lamps", "Requires-Dist: tinytorch-setup<0.2,>=0.1\nRequires-Dist: numpy>=1\n")
    assert check("40 tinytorch.lamps") == Check("40 tinytorch.lamps", True, "0.1.0")


def test_a_sibling_that_is_missing_or_out_of_range_is_wrong(announce):
    announce(39, "wire", version="0.2.1", code=None)
    announce(
        40,
        "lamps",
        "Requires-Dist: tinytorch-wire<0.2,>=0.1\nRequires-Dist: tinytorch-bulbs>=0.1\n",
    )
    found = check("40 tinytorch.lamps")
    assert not found.ok
    assert "tinytorch-wire<0.2,>=0.1 is required, 0.2.1 is installed" in found.value
    assert "tinytorch-bulbs is missing" in found.value
    assert found.mend == "pip install 'tinytorch-wire<0.2,>=0.1' 'tinytorch-bulbs>=0.1'"


@pytest.mark.parametrize("folder", [False, True])
def test_a_module_whose_code_is_gone_is_wrong(announce, folder):
    site = announce(40, "lamps", code=None)
    if folder:  # an empty folder is a namespace package
        (site / "tinytorch" / "lamps").mkdir(parents=True)
    found = check("40 tinytorch.lamps")
    assert (found.ok, found.value) == (False, "tinytorch.lamps can't be found")
    assert found.mend == "pip install --force-reinstall tinytorch-lamps"


def test_a_module_whose_code_is_of_another_version_is_wrong(announce):
    announce(40, "lamps", code='__version__ = "0.2.0"\n')
    assert check("40 tinytorch.lamps").value == "installed as 0.1.0, its code is 0.2.0"


def test_a_module_without_a_version_of_its_own_is_ok(announce):
    announce(40, "lamps", code="")
    assert check("40 tinytorch.lamps").ok


def test_a_module_without_a_number_is_wrong(announce):
    announce("last", "odd")
    assert not check("modules").ok
    assert "tinytorch-odd" in check("modules").value


def test_no_module_at_all_is_wrong(monkeypatch):
    monkeypatch.setattr(diagnosis, "modules", tuple)
    assert not check("modules").ok


@pytest.mark.parametrize(
    ("version", "requirement", "satisfied"),
    [
        ("0.1.0", "x<0.2,>=0.1", True),
        ("0.1", "x==0.1.0", True),
        ("0.10.3", "x<0.2,>=0.1", False),
        ("0.2.0rc1", "x<0.2,>=0.1", False),
        ("2.4.6", "numpy<3,>=2.0", True),
        ("3.0", "numpy<3,>=2.0", False),
        ("1.26.4", "numpy>=2.0", False),
        ("10", "x>10", False),
        ("10.0.1", "x>10", True),
        ("1.5", "x!=1.5", False),
        ("1.5", "x<=1.4", False),
        ("1.5", "x", True),
        ("1.5", "x~=1.4", True),
        ("1.5", "x==1.4.*", True),
    ],
)
def test_versions_are_compared_as_numbers(version, requirement, satisfied):
    assert diagnosis._satisfies(version, requirement) is satisfied


def test_nothing_is_imported_by_looking(announce):
    announce(40, "lamps", code='raise SystemExit("imported")')
    assert check("40 tinytorch.lamps").ok
    assert "tinytorch.lamps" not in sys.modules


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_run_as_a_module_it_prints_the_report(monkeypatch, capsys, ok, code):
    monkeypatch.setattr("tinytorch.setup.doctor", lambda: Report((Check("all", ok, "seen"),)))
    monkeypatch.setattr(sys, "argv", ["setup"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("tinytorch.setup", run_name="__main__")
    assert end.value.code == code
    assert "all  seen" in capsys.readouterr().out


def test_run_as_a_module_it_takes_no_arguments(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["setup", "foo"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("tinytorch.setup", run_name="__main__")
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert "python -m tinytorch.setup: error: unrecognized arguments: foo" in err


def test_a_fresh_interpreter_runs_it_and_imports_little():
    code = (
        "import sys, numpy; before = set(sys.modules); import tinytorch.setup;"
        "print(*set(sys.modules) - before)"
    )
    new = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    slow = {"numpy.random", "importlib.metadata", "pathlib", "dataclasses", "shutil", "rich"}
    assert not slow & set(new)
    out = subprocess.run(
        [sys.executable, "-m", "tinytorch.setup"], capture_output=True, text=True
    ).stdout
    assert "01 tinytorch.setup" in out
