"""The benchmarks' workloads run, and TinyTorch and PyTorch do the same work in them."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"


@pytest.mark.parametrize("name", ["small_ops", "mlp_step", "embedding"])
def test_both_do_the_same_work(monkeypatch, name):
    monkeypatch.syspath_prepend(BENCH)
    for workload in import_module(name).workloads():
        comparison = workload(rounds=1, warmup=0, min_time=1e-9)  # raises where they differ
        assert {each.name for each in comparison.measurements} >= {"TinyTorch", "PyTorch"}
        assert comparison.baseline.name == "PyTorch"


def test_an_unknown_workload_is_refused():
    command = [sys.executable, str(BENCH), "small_ops", "large_ops"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "large_ops: no such workload, expected attention, checkpoint, " in done.stderr
