"""History: what a run has measured, a row for each epoch."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tinytorch.setup import replacing
from tinytorch.tensor import Tensor
from tinytorch.training.monitor import checked_mode
from tinytorch.training.saving import PathLike

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 10  # rows in `repr`: more are left out in the middle


class History:
    """Rows of values by name, such as those of an epoch; `history["val_loss"]` is a column.

    Rows may have different columns; where a row lacks one, it has None there.

    Attributes:
        rows: dictionaries of numbers, text and lists, as JSON can hold them.

    Example:
        >>> history = History()
        >>> history.append({"epoch": 1, "loss": 0.5})
        >>> history.append({"epoch": 2, "loss": 0.25, "val_loss": 0.375})
        >>> history["loss"], history["val_loss"]
        ([0.5, 0.25], [None, 0.375])
        >>> history
        epoch  loss  val_loss
            1   0.5
            2  0.25     0.375
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row; tensors and NumPy's numbers become Python's.

        Raises:
            TypeError: if it is no dictionary, or a column's name no text.
        """
        if not isinstance(row, Mapping):
            raise TypeError(f"History: a row is {type(row).__name__}, expected a dictionary")
        for name in row:
            if not isinstance(name, str):
                raise TypeError(f"History: a column is named {name!r}, expected a str")
        self.rows.append({name: _plain(value) for name, value in row.items()})

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in the order in which they came up."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    @property
    def last(self) -> dict[str, Any]:
        """The last row.

        Raises:
            IndexError: if there is none.
        """
        if not self.rows:
            raise IndexError("History: there is no row yet")
        return self.rows[-1]

    def best(self, name: str, mode: str | None = None) -> dict[str, Any]:
        """The row with the best value of a column; the first of equal ones, None and NaN aside.

        Args:
            name: of the column.
            mode: "min" if less is better, "max" if more is; may be left out for a loss.

        Raises:
            KeyError: if there is no such column.
            ValueError: for another mode or none, or if the column holds no number.

        Example:
            >>> history = History()
            >>> history.append({"epoch": 1, "val_accuracy": 0.75})
            >>> history.append({"epoch": 2, "val_accuracy": 0.5})
            >>> history.best("val_accuracy", mode="max")
            {'epoch': 1, 'val_accuracy': 0.75}
        """
        mode = checked_mode("History.best", name, mode)
        known = [i for i, value in enumerate(self[name]) if _is_number(value)]
        if not known:
            raise ValueError(f"History.best: {name} holds no number, so none is the best")
        return self.rows[(min if mode == "min" else max)(known, key=lambda i: self.rows[i][name])]

    def to_csv(self, path: PathLike) -> None:
        """Write all rows into a CSV file under a line of the names; None is left empty.

        Raises:
            OSError: if it cannot be written; what was there is as it was.
        """
        with (
            replacing(path) as temporary,
            open(temporary, "w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(self.rows)

    def plot(self) -> Figure:
        """The columns as curves; see `plot_history`.

        Raises:
            ImportError: without matplotlib, which the extra `plots` brings.
        """
        from tinytorch.training.plotting import plot_history

        return plot_history(self)

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self.columns:
            raise KeyError(
                f"History: there is no column {name!r}, expected one of {', '.join(self.columns)}"
                if self.rows
                else f"History: there is no column {name!r}, nor any row yet"
            )
        return [row.get(name) for row in self.rows]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        if not self.rows:
            return "History: no rows"
        cells = [self.columns]
        cells += [[_shown(row.get(name)) for name in self.columns] for row in self.rows]
        if len(self) > _SHOWN:
            half = _SHOWN // 2
            dots = ["…"] * len(self.columns)
            cells = [*cells[: 1 + half], dots, *cells[-half:]]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in cells
        )


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, Tensor | np.ndarray | np.generic) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not math.isnan(value)


def _shown(value: Any) -> str:
    """A cell of the table: four digits that count; lists are named, not shown."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return "[…]"
    return str(value)
