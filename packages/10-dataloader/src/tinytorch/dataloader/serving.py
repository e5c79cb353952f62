"""What runs in a worker process: tasks come in by a connection, batches or errors go out."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from tinytorch.dataloader.recipe import Recipe


def serve(connection: Connection, number: int) -> None:
    """Be a worker process: take tasks and answer, until the caller is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be kept away
    threading.Thread(target=follow_parent, daemon=True).start()
    recipe: Recipe | None = None

    def prepare(payload: bytes) -> None:
        nonlocal recipe
        recipe, init = pickle.loads(payload)
        if init is not None:
            init(number)

    try:
        answer(connection, prepare, connection.recv())
        while True:
            task = connection.recv()
            assert recipe is not None
            answer(connection, recipe, task)
    except (EOFError, OSError):
        return  # nobody is there any more


def follow_parent() -> None:
    """End this process, whatever it is doing, when the one that started it has ended."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def answer(connection: Connection, function: Callable[[Any], Any], argument: Any) -> None:
    """Send what a function returns, or the error that it raises."""
    try:
        parts = pack((True, function(argument)))
    except Exception as error:
        told = "".join(traceback.format_exception(error)).rstrip()  # with what it came of
        error.add_note(f"DataLoader: it was raised in a worker process:\n{told}")
        parts = pack((False, portable(error)))
    connection.send(len(parts))
    for part in parts:
        connection.send_bytes(part)


def receive(connection: Connection) -> list[bytes]:
    """The parts of an answer: what `pack` made of whether all went well, and result or error."""
    return [connection.recv_bytes() for _ in range(connection.recv())]


def pack(value: Any) -> list[Any]:
    """Pickle a value, with the memory of its arrays aside: that is sent as it lies."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return [data, *(buffer.raw() for buffer in buffers)]


def portable(error: Exception) -> Exception:
    """The error, or one that says the same if it does not survive pickling."""
    message = "its message cannot be had"
    try:
        message = str(error)
        same = pickle.loads(pickle.dumps(error))
        if type(same) is type(error) and str(same) == message:
            return error
    except Exception:
        pass
    other = RuntimeError(f"{type(error).__name__}: {message}")
    other.__notes__ = error.__notes__
    return other
