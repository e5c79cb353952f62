"""EventFile: scalars in the file format of TensorBoard.

tensorboardX's SummaryWriter hands what it writes to a thread, and its flush does not wait for that.
Here its records are written at once, so that a flushed file holds all that was added.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboardX import RecordWriter
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.proto.summary_pb2 import Summary


class EventFile:
    """A new file of events in a folder.

    Args:
        folder: made if it is missing.
        first_step: all that other files of the folder have from this step on is void.
    """

    def __init__(self, folder: Path, first_step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # TensorBoard reads the files of a folder in the order of their names.
        seconds, rest = divmod(time.time_ns(), 10**9)
        name = f"events.out.tfevents.{seconds}.{rest:09}.{socket.gethostname()}"
        self._records = RecordWriter(str(folder / name))
        self._write(file_version="brain.Event:2")
        self._write(step=first_step, session_log=SessionLog(status=SessionLog.START))
        self.flush()

    def add(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Write numbers by name, all at one step."""
        scalars = [
            Summary.Value(tag=f"{group}/{name}", simple_value=value)
            for name, value in values.items()
        ]
        self._write(step=step, summary=Summary(value=scalars))

    def flush(self) -> None:
        """Bring all to the disk."""
        self._records.flush()

    def close(self) -> None:
        """Bring all to the disk, and close the file."""
        self._records.flush()
        self._records.close()

    def _write(self, **fields: object) -> None:
        event = Event(wall_time=time.time(), **fields)
        self._records.write(event.SerializeToString())
