"""A record holds what a run found and what it takes to find it again."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from tinytorch.setup import machine, modules, record


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_results_seed_machine_and_packages_are_kept(tmp_path):
    path = record(tmp_path / "a" / "b.json", seed=[0, 1], accuracy=0.5, note="gut – böse")
    kept = read(path)
    assert kept["results"] == {"accuracy": 0.5, "note": "gut – böse"}
    assert kept["seed"] == [0, 1]
    assert kept["machine"] == str(machine())
    assert kept["packages"] == {module.distribution: module.version for module in modules()}


def test_the_commit_is_that_of_the_working_tree_and_none_outside_of_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Temporary files may lie in a working tree of somebody's.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert read(record("out.json", seed=0))["commit"] is None
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "out.json"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    commit = read(record("runs/out.json", seed=0))["commit"]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert head.stdout.startswith(commit)
    (tmp_path / "out.json").write_text("changed")
    assert read(record("runs/out.json", seed=0))["commit"] == f"{commit}-dirty"


def test_no_git_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert read(record(tmp_path / "out.json", seed=0))["commit"] is None


def test_what_json_cannot_hold_is_refused_and_nothing_written(tmp_path):
    path = tmp_path / "out.json"
    record(path, seed=0, value=1)
    with pytest.raises(TypeError, match="ndarray"):
        record(path, seed=0, value=np.ones(2))
    assert read(path)["results"] == {"value": 1}
