"""Workers: threads, or processes, that make batches while the caller computes.

Every worker is a thread that does one task after another. It follows the recipe itself, or hands
each task to a process of its own and waits for the answer; so what is waited for, timed out and
cleared away is the same for both. Processes are spawned, never forked: a forked child inherits
locks that its parent's threads hold, and waits for them for ever.
"""

from __future__ import annotations

import contextlib
import copy
import math
import multiprocessing
import os
import pickle
import signal
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait
from typing import Any

from tinytorch.dataloader.interrupts import without_interrupts
from tinytorch.dataloader.lane import Lane
from tinytorch.dataloader.recipe import Recipe, Task
from tinytorch.dataloader.serving import receive, serve

GRACE = 1.0  # seconds that a worker gets to finish the batch that nobody wants any more
PULSE = 0.2  # seconds between two looks at whether the worker that is waited for is still alive

GUARD = (
    "DataLoader: worker processes import the program that started them: "
    'let its work begin under `if __name__ == "__main__":`'
)
IN_A_FILE = (
    "DataLoader: worker processes find classes and functions by importing them: put them at the "
    "top of a file (this program is none, or has them further in) and import them from there, "
    'or use worker_type="thread"'
)


class Crew:
    """Workers that share the tasks: batch i is made by worker i modulo their number.

    Attributes:
        close: ends all workers; called by itself when nobody refers to the crew any more, and when
            the program ends.
    """

    def __init__(
        self,
        recipe: Recipe,
        count: int,
        kind: str,
        init: Callable[[int], Any] | None,
        timeout: float | None,
    ) -> None:
        payload = pack_recipe(recipe, init) if kind == "process" else b""
        self.timeout = timeout
        self.workers: list[Thread | Process] = [
            Process(payload, number) if kind == "process" else Thread(recipe, init, number)
            for number in range(count)
        ]
        self.lanes = [Lane(f"DataLoader-{number}") for number in range(count)]
        for lane, worker in zip(self.lanes, self.workers):
            lane.submit(worker.start)
        self.close = weakref.finalize(self, end, self.workers, self.lanes)

    @property
    def broken(self) -> bool:
        """Whether a worker can do no more."""
        return any(worker.failure is not None for worker in self.workers)

    def submit(self, task: Task) -> Future[Any]:
        """Have a batch made."""
        place = task.number % len(self.workers)
        return self.lanes[place].submit(self.workers[place].make, task)

    def result(self, future: Future[Any], task: Task) -> Any:
        """Wait for a batch; raises what its making raised."""
        worker = self.workers[task.number % len(self.workers)]
        deadline = math.inf if self.timeout is None else time.monotonic() + self.timeout
        while not future.done():
            left = deadline - time.monotonic()
            if left <= 0:
                worker.failure = TimeoutError(
                    f"DataLoader: {worker} did not make batch {task.number} within "
                    f"timeout={self.timeout} seconds"
                )
                raise worker.failure
            if not wait([future], min(left, PULSE)).done:
                worker.look_after()
        try:
            return future.result()
        except CancelledError:
            if not future.cancelled():
                raise  # of the data set's own
            raise RuntimeError(
                f"DataLoader: nobody makes batch {task.number}: a worker failed in another "
                "iteration of this loader, and all were ended"
            ) from None


def end(workers: list[Thread | Process], lanes: list[Lane]) -> None:
    """End workers; a process that does not end by itself is killed."""
    ends = [lane.close(worker.end) for lane, worker in zip(lanes, workers)]
    late = wait(ends, GRACE).not_done
    for ending, worker in zip(ends, workers):
        if ending in late:
            worker.kill()
    for ending, lane, worker in zip(ends, lanes, workers):
        if ending not in late or isinstance(worker, Process):
            lane.join()  # a thread that hangs cannot be killed: it is left to end by itself


class Thread:
    """A worker that follows the recipe itself."""

    def __init__(self, recipe: Recipe, init: Callable[[int], Any] | None, number: int) -> None:
        self.recipe, self.init, self.number = copy.copy(recipe), init, number
        self.failure: BaseException | None = None

    def start(self) -> None:
        """Make ready for the first task."""
        try:
            if self.init is not None:
                self.init(self.number)
        except BaseException as error:
            self.failure = error

    def make(self, task: Task) -> Any:
        """The batch of a task."""
        if self.failure is not None:
            raise self.failure
        return self.recipe(task)

    def look_after(self) -> None:
        """A thread does not die."""

    def end(self) -> None:
        """There is nothing to clear away."""

    def kill(self) -> None:
        """A thread cannot be killed."""

    def __str__(self) -> str:
        return f"thread {self.number}"


class Process:
    """A worker that hands its tasks to a process.

    The two talk over a connection of their own. Its end tells each that the other is gone, even in
    the middle of a message. But a child of the process, if it forked, keeps the connection open
    when the process is gone: who waits for a batch looks after the process, and hangs up then.
    """

    def __init__(self, payload: bytes, number: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.number, self.payload = number, payload
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=serve, args=(theirs, number), name=f"DataLoader-{number}", daemon=True
        )
        with without_interrupts():
            self.process.start()
        theirs.close()
        self.reaping = threading.Lock()  # only one thread gets the exit code of the system
        self.failure: BaseException | None = None

    def start(self) -> None:
        """Send the recipe."""
        try:
            payload, self.payload = self.payload, b""
            self.ask(payload, "before it was ready")
        except BaseException as error:
            if error is self.failure:  # the process has ended
                file = getattr(sys.modules["__main__"], "__file__", None)
                error.add_note(GUARD if file is None or os.path.exists(file) else IN_A_FILE)
            elif isinstance(error, AttributeError) and "main__" in str(error):
                error.add_note(IN_A_FILE)
            self.failure = error

    def make(self, task: Task) -> Any:
        """The batch of a task."""
        if self.failure is not None:
            raise self.failure
        return self.ask(task, f"while it made batch {task.number}")

    def ask(self, message: Any, when: str) -> Any:
        """Send a message and return the answer, or raise it if it is an error."""
        try:
            self.connection.send(message)
            parts = receive(self.connection)
        except (EOFError, OSError):
            parts = []  # to raise here would keep all that was to be sent, in the error's context
        if not parts:
            self.failure = RuntimeError(f"DataLoader: {self} {self.fate()} {when}")
            raise self.failure
        fine, result = pickle.loads(parts[0], buffers=map(bytearray, parts[1:]))
        if not fine:
            raise result
        return result

    def fate(self) -> str:
        """What became of the process."""
        with self.reaping:
            self.process.join(GRACE)
            code = self.process.exitcode
        if code is None:
            return "stopped answering"
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def look_after(self) -> None:
        """End the conversation if the process has ended."""
        with self.reaping:
            ended = self.process.exitcode is not None
        if ended:
            self.hang_up()

    def hang_up(self) -> None:
        """End the conversation, whoever else holds the process's end of the connection."""
        if os.name == "posix":  # elsewhere a child has it not
            with (
                contextlib.suppress(OSError),  # it has ended already
                socket.fromfd(self.connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as end,
            ):
                end.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Let the process see that nobody is there any more, and wait until it has ended."""
        self.connection.close()
        self.process.join()

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.hang_up()

    def __str__(self) -> str:
        return f"worker process {self.number} (pid {self.process.pid})"


def pack_recipe(recipe: Recipe, init: Callable[[int], Any] | None) -> bytes:
    """Pickle what every process needs, once for all of them."""
    try:
        return pickle.dumps((recipe, init), protocol=5)
    except Exception as error:
        error.add_note(
            "DataLoader: what is sent to worker processes (dataset, collate_fn, transform, "
            "worker_init_fn) must pickle: define it at the top of a module, or use "
            'worker_type="thread"'
        )
        raise
