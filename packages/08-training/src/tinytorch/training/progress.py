"""ProgressBar: how far a training is, in a terminal or a notebook."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from tinytorch.training.callback import Callback

if TYPE_CHECKING:
    from tinytorch.training.trainer import Trainer

_PAUSE = 0.1  # seconds between two pictures of the live line
_WIDTH = 9  # of a number in the table
_NOT_SHOWN = ("epoch", "step", "lr")  # which the table's first column and the live line have


class ProgressBar(Callback):
    """How far a training is: a live line for the running epoch, and a table of those before.

    It shows nothing if the output is no terminal; in Jupyter the table alone. A run that is stopped
    early says why. A Trainer has one unless `progress=False`. The line is drawn at most ten times a
    second, by the training itself: there is no thread.

    Args:
        console: rich's, to show it on; by default the standard output.

    Example:
        >>> callback = ProgressBar(Console(stderr=True))
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = Console() if console is None else console
        self._columns: list[str] = []  # of the table, as far as its head says
        self._seen = False  # whether somebody can see the table
        self._live: Live | None = None
        self._next = 0.0  # when to draw it again

    def on_fit_start(self, trainer: Trainer) -> None:
        """Show the line, if somebody can see it."""
        notebook = self.console.is_jupyter
        self._seen = notebook or self.console.is_terminal
        self._columns = []
        if notebook or not self._seen:
            return
        self._progress = Progress(
            TextColumn("epoch {task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[latest]}"),
            TimeRemainingColumn(),
        )
        # The line is drawn by `_live` alone; `_progress`, which is not started, says what it is.
        live = Live(self._progress, console=self.console, auto_refresh=False, transient=True)
        self._live = live
        live.start()

    def on_epoch_start(self, trainer: Trainer) -> None:
        """Begin a line where the epoch begins, or goes on."""
        if self._live is None:
            return
        for task in self._progress.task_ids:
            self._progress.remove_task(task)
        steps, done = trainer.steps_per_epoch, _done(trainer)
        self._last = None if steps is None else trainer.step + steps - done
        self._task: TaskID = self._progress.add_task(
            f"{trainer.epoch + 1}/{trainer.epochs}", total=steps, completed=done, latest=""
        )
        now = time.perf_counter()
        if now >= self._next:
            self._draw(self._live, now)

    def on_step_end(self, trainer: Trainer) -> None:
        """Draw the line, if it is time, or will stand still while the epoch is evaluated."""
        if self._live is None:
            return
        now = time.perf_counter()
        if now < self._next and trainer.step != self._last:
            return
        latest = "  ".join(f"{name} {_shown(name, x)}" for name, x in trainer.latest.items())
        self._progress.update(self._task, completed=_done(trainer), latest=latest)
        self._draw(self._live, now)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Add the row of the history to the table."""
        if not self._seen:
            return
        row = trainer.history.last
        columns = [
            name
            for name, value in row.items()
            if name not in _NOT_SHOWN and isinstance(value, int | float)
        ]
        widths = [max(len(name), _WIDTH) for name in columns]
        number = f"{row['epoch']}/{trainer.epochs}"
        if columns != self._columns:
            self._columns = columns
            self._print("epoch".rjust(_WIDTH), columns, widths, "bold")
        self._print(number.rjust(_WIDTH), [_shown(name, row[name]) for name in columns], widths)

    def on_fit_end(self, trainer: Trainer) -> None:
        """Take the line away, and say why the run was stopped, if it was."""
        if self._live is not None:
            live, self._live = self._live, None
            live.stop()
        if self._seen and trainer.stopped is not None:
            self.console.print(Text(trainer.stopped), soft_wrap=True)
        self._seen = False

    def _draw(self, live: Live, now: float) -> None:
        live.refresh()
        self._next = now + _PAUSE

    def _print(self, first: str, cells: list[str], widths: list[int], style: str = "") -> None:
        line = "  ".join([first, *(cell.rjust(width) for cell, width in zip(cells, widths))])
        self.console.print(Text(line, style), soft_wrap=True)


def _done(trainer: Trainer) -> int:
    """The number of updates in the running epoch."""
    return math.ceil(trainer.batch / trainer.accumulation_steps)


def _shown(name: str, value: Any) -> str:
    """A cell of the table: four digits that count, zeros too, so that they stand in line."""
    if name == "seconds":
        return f"{value:.1f}"
    return str(value) if isinstance(value, int) else f"{value:#.4g}".rstrip(".")
