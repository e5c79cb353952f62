"""A thread that makes one call after another.

Unlike the threads of `concurrent.futures`, which a program waits for when it ends, it is a daemon:
a worker that hangs keeps no program from ending.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias

Call: TypeAlias = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...]]


class Lane:
    """A thread, and the calls that it is yet to make."""

    def __init__(self, name: str) -> None:
        self.calls: SimpleQueue[Call | None] = SimpleQueue()
        self.closed = False
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)
        self.thread.start()

    def submit(self, function: Callable[..., Any], *args: Any) -> Future[Any]:
        """Have a call made; when the lane is closed, the call is cancelled."""
        future: Future[Any] = Future()
        if self.closed:
            future.cancel()
        else:
            self.calls.put((future, function, args))
        return future

    def close(self, last: Callable[[], Any]) -> Future[Any]:
        """Cancel the calls that have not begun, and make one more, the last."""
        self.closed = True
        try:
            while call := self.calls.get_nowait():
                call[0].cancel()
        except Empty:
            pass
        future: Future[Any] = Future()
        self.calls.put((future, last, ()))
        self.calls.put(None)
        return future

    def join(self) -> None:
        """Wait until the last call has been made."""
        # Garbage may be collected by any thread, so this may be the lane itself.
        if self.thread is not threading.current_thread():
            self.thread.join()

    def run(self) -> None:
        """Make calls until the last."""
        while call := self.calls.get():
            future, function, args = call
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*args))
                except BaseException as error:
                    future.set_exception(error)
            del call, future, function, args  # a batch is the caller's, and big
