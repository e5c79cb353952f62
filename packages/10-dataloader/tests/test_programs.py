"""Whole programs that load by workers: interrupted, killed, or ended too early.

A worker holds its program's output open; so when the output has ended, no worker is left.
"""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals to groups of processes")

SAMPLES = '''
import multiprocessing, os, sys, threading
from tinytorch.dataloader import DataLoader, Dataset

class Numbers(Dataset):
    """Sample 0 says that it is of a spawned process, the others never come."""

    def __getitem__(self, index):
        if index:
            threading.Event().wait()
        return int(__name__ == "__mp_main__")

    def __len__(self):
        return 10
'''


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a program in a group of processes of its own."""
    running = []

    def start(code):
        path = tmp_path / "program.py"
        path.write_text(SAMPLES + textwrap.dedent(code))
        process = subprocess.Popen(
            [sys.executable, "-W", "error", path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:  # a test failed
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


WAITS = """
if __name__ == "__main__":
    multiprocessing.set_start_method("fork")  # which is not ours
    loader = DataLoader(Numbers(), num_workers=2, worker_type="{kind}", persistent_workers={stays})
    batches = iter(loader)
    print(next(batches).item(), flush=True)
    {then}
"""


@pytest.mark.parametrize("stays", [False, True])
def test_ctrl_c_ends_the_program_and_its_processes(start, stays):
    program = start(WAITS.format(kind="process", stays=stays, then="next(batches)"))
    assert program.stdout.readline() == "1\n"
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does, to all of the group
    _, errors = program.communicate(timeout=60)
    assert program.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")


def test_ctrl_c_while_the_processes_start(start):
    program = start(
        """
        class Slow(Numbers):
            def __init__(self):
                self.state = "something to restore"

            def __setstate__(self, state):
                os.write(1, b"begun\\n")
                threading.Event().wait()

        if __name__ == "__main__":
            next(iter(DataLoader(Slow(), num_workers=2)))
        """
    )
    assert program.stdout.readline() == "begun\n"
    os.killpg(program.pid, signal.SIGINT)
    _, errors = program.communicate(timeout=60)
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")
    assert program.returncode == -signal.SIGINT


def test_processes_end_by_themselves_when_the_program_is_killed(start):
    program = start(WAITS.format(kind="process", stays=True, then="next(batches)"))
    assert program.stdout.readline() == "1\n"
    program.kill()
    program.communicate(timeout=60)
    assert program.returncode == -signal.SIGKILL


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("kind", ["process", "thread"])
def test_a_program_ends_with_an_open_iteration_and_workers_that_hang(start, kind, stays):
    program = start(WAITS.format(kind=kind, stays=stays, then="sys.stdout.close()"))
    _, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (0, "")


def test_an_error_of_the_programs_own_kind_arrives_as_such(start):
    program = start(
        """
        class Damaged(Exception):
            pass

        class Broken(Numbers):
            def __getitem__(self, index):
                raise Damaged(f"sample {index}")

        if __name__ == "__main__":
            try:
                list(DataLoader(Broken(), num_workers=1))
            except Damaged as error:
                print(error, len(error.__notes__))
        """
    )
    output, errors = program.communicate(timeout=60)
    assert (output, errors) == ("sample 0 2\n", "")


def test_a_program_without_a_guard_gets_the_hint(start):
    program = start("list(DataLoader(Numbers(), num_workers=1))")
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 1
    assert "RuntimeError: DataLoader: worker process 0 (pid " in errors
    assert ") ended with exit code 1 before it was ready" in errors
    assert errors.endswith('let its work begin under `if __name__ == "__main__":`\n')


OF_ITS_OWN = """
from tinytorch.dataloader import DataLoader, Dataset

class Numbers(Dataset):
    def __getitem__(self, index):
        return index

    def __len__(self):
        return 3

list(DataLoader(Numbers(), num_workers=1))
"""


@pytest.mark.parametrize("of_stdin", [False, True])
def test_a_program_that_is_no_file_gets_another_hint(of_stdin):
    program = subprocess.run(
        [sys.executable, "-W", "error", *(["-"] if of_stdin else ["-c", OF_ITS_OWN])],
        input=OF_ITS_OWN,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert program.returncode == 1
    note = program.stderr.splitlines()[-1]
    assert note.startswith("DataLoader: worker processes find classes and functions by importing")
    assert note.endswith('or use worker_type="thread"')
    assert "__main__" not in note
