"""Comparisons as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tinytorch.setup import machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tinytorch.benchmarking.comparison import Comparison
    from tinytorch.benchmarking.timing import Measurement


def table(comparisons: Iterable[Comparison], *, markdown: bool = False) -> str:
    """Return a row for each comparison: each one's median, and its ratio to the baseline.

    Args:
        comparisons: the rows.
        markdown: whether to draw a Markdown table, else plain columns.

    Example:
        >>> from tinytorch.benchmarking import alternate
        >>> print(table([alternate({"a": lambda: 1e-6, "b": lambda: 2e-6}, title="add")]))
              a        b        a / b
        add   1.00 µs  2.00 µs  0.50 [0.50, 0.50]
    """
    rows = list(comparisons)
    names = list(dict.fromkeys(each.name for row in rows for each in row.measurements))
    pairs = list(dict.fromkeys((name, row.baseline.name) for row in rows for name in row.ratios))
    cells = [["", *names, *(f"{name} / {base}" for name, base in pairs)]]
    for row in rows:
        medians = {each.name: _quantity(each) for each in row.measurements}
        ratios = {(name, row.baseline.name): str(ratio) for name, ratio in row.ratios.items()}
        cells.append(
            [
                row.title,
                *(medians.get(name, "") for name in names),
                *(ratios.get(pair, "") for pair in pairs),
            ]
        )
    return _markdown(cells) if markdown else _plain(cells)


def to_json(comparisons: Iterable[Comparison]) -> str:
    """Return the machine and all measured values, and the ratios with their intervals, as JSON.

    Example:
        >>> sorted(json.loads(to_json([])))
        ['comparisons', 'machine']
    """
    content = {
        "machine": machine()._asdict(),
        "comparisons": [
            {
                "title": each.title,
                "baseline": each.baseline.name,
                "measurements": [measurement._asdict() for measurement in each.measurements],
                "ratios": {name: ratio._asdict() for name, ratio in each.ratios.items()},
            }
            for each in comparisons
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _quantity(measurement: Measurement) -> str:
    """Write a median with three digits and the unit that suits it."""
    if measurement.unit == "B":
        scales: dict[str, float] = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "B": 1}
    else:
        scales = {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
    value = measurement.median
    unit = next((unit for unit, scale in scales.items() if abs(value) >= scale), [*scales][-1])
    value /= scales[unit]
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:.{digits}f} {unit}"


def _plain(cells: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def _markdown(cells: Sequence[Sequence[str]]) -> str:
    heading, *rows = (f"| {' | '.join(row)} |" for row in cells)
    return "\n".join([heading, f"|---|{'---:|' * (len(cells[0]) - 1)}", *rows])
