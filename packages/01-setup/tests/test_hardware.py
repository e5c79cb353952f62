"""What the machine says of itself, and what a container allows of it."""

import builtins
import os
import sys

import numpy as np
import pytest

from tinytorch.setup import machine, process_peak, usable_cores

hardware = sys.modules["tinytorch.setup.hardware"]


@pytest.fixture
def files(monkeypatch):
    """Put a dictionary in the place of the system's files."""
    files = {}
    monkeypatch.setattr(hardware, "_lines", lambda path: files.get(str(path), []))
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(12)), raising=False)
    return files


def test_affinity_counts(files):
    assert usable_cores() == 12
    assert machine().installed_cores == 16


def test_without_affinity_all_cores_count(files, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    assert usable_cores() == 16
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == machine().installed_cores == 1


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("250000 100000", 2), ("50000 100000", 1), ("max 100000", 12), ("6400000 100000", 12)],
)
def test_a_quota_of_control_groups_version_2(files, quota, cores):
    files["/proc/self/cgroup"] = ["0::/job/inner"]
    files["/sys/fs/cgroup/job/inner/cpu.max"] = ["max 100000"]
    files["/sys/fs/cgroup/job/cpu.max"] = [quota]
    assert usable_cores() == cores


@pytest.mark.parametrize(("quota", "cores"), [("400000", 4), ("-1", 12)])
def test_a_quota_of_control_groups_version_1(files, quota, cores):
    files["/proc/self/cgroup"] = ["5:memory:/m", "4:cpu,cpuacct:/"]
    files["/sys/fs/cgroup/cpu/cpu.cfs_quota_us"] = [quota]
    files["/sys/fs/cgroup/cpu/cpu.cfs_period_us"] = ["100000"]
    assert usable_cores() == cores


def test_a_limit_of_memory_counts(files):
    without = machine().memory
    files["/proc/self/cgroup"] = ["0::/job", "5:memory:/m"]
    files["/sys/fs/cgroup/job/memory.max"] = ["max"]
    assert machine().memory == without
    files["/sys/fs/cgroup/job/memory.max"] = [str(2**29)]
    files["/sys/fs/cgroup/memory/m/memory.limit_in_bytes"] = [str(2**30)]
    assert machine().memory == 2**29
    assert "0.5 GiB" in str(machine())


def test_memory_without_psutil(monkeypatch):
    total = machine().memory
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert machine().memory == pytest.approx(total, rel=0.01)
    monkeypatch.delattr(os, "sysconf")
    assert machine().memory is None
    assert "unknown" in str(machine())


def test_the_processor(files):
    assert machine().processor  # from the platform module
    files["/proc/cpuinfo"] = ["flags\t: fpu", "model name\t: Deep Thought 42"]
    assert machine().processor == "Deep Thought 42"


@pytest.mark.parametrize("name", ["scipy-openblas", "accelerate"])
def test_openblas_may_be_told_which_kernels_to_take(monkeypatch, name):
    config = {"Build Dependencies": {"blas": {"name": name, "version": "0.3"}}}
    monkeypatch.setattr(np, "show_config", lambda mode: config)
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    assert machine().blas == f"{name} 0.3"
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert machine().blas == f"{name} 0.3" + " as Haswell" * (name == "scipy-openblas")


def test_blas_threads_by_threadpoolctl():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        assert machine().blas_threads == 1


def test_blas_threads_by_environment(monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    for library in ("OPENBLAS", "MKL", "OMP"):
        monkeypatch.delenv(f"{library}_NUM_THREADS", raising=False)
    assert machine().blas_threads is None
    assert "threads: default" in str(machine())
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert machine().blas_threads == 3
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "5")
    assert machine().blas_threads == 5


def test_blas_is_named(monkeypatch):
    blas = {"name": "fastblas", "version": "1.2"}
    monkeypatch.setattr(np, "show_config", lambda mode: {"Build Dependencies": {"blas": blas}})
    assert machine().blas == "fastblas 1.2"
    monkeypatch.setattr(np, "show_config", lambda mode: {})
    assert machine().blas == "none"


def test_a_file_that_is_not_there_has_no_lines(tmp_path):
    assert hardware._lines(tmp_path / "none") == []


def test_the_peak_of_the_process_grows_with_what_it_holds():
    before = process_peak()
    if before is None:
        pytest.skip("this system does not tell")
    held = np.ones(before // 8 + 2**22)  # doubles the peak and more
    assert process_peak() >= held.nbytes


def test_without_proc_the_systems_own_account_is_asked(monkeypatch):
    resource = pytest.importorskip("resource")
    expected = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def nowhere(*arguments, **settings):
        raise FileNotFoundError

    monkeypatch.setattr(builtins, "open", nowhere)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert process_peak() >= expected
    monkeypatch.setattr(sys, "platform", "freebsd")
    assert process_peak() >= expected * 1024
    monkeypatch.setitem(sys.modules, "resource", None)
    assert process_peak() is None


def test_a_status_without_a_peak_is_passed_over(monkeypatch, tmp_path):
    resource = pytest.importorskip("resource")
    (tmp_path / "status").write_text("Name:\tpython\n")
    really = open
    monkeypatch.setattr(builtins, "open", lambda path, **how: really(tmp_path / "status", **how))
    assert process_peak() >= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
