"""Find the operation whose gradient became NaN, and the line that called it.

A NaN in a weight says nothing of where it came from: one rule made it, and every rule after it
spread it. While anomalies are watched for, an observer notes the line that made each node, and
looks at what each rule returns.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from traceback import FrameSummary
from typing import Any

import numpy as np

from tinytorch.autograd import engine
from tinytorch.autograd.graph import Part
from tinytorch.tensor import Tensor
from tinytorch.tensor.observing import Event, observe


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Have backward passes raise where a gradient becomes NaN, for what is computed in the block.

    It costs time, to find the lines and to look for NaN; outside such a block nothing does.

    Raises:
        RuntimeError: in a backward pass; it names the operation and the line that called it.

    Example:
        >>> from tinytorch.tensor import tensor
        >>> x = tensor([0.0, 4.0], requires_grad=True)
        >>> with detect_anomaly():
        ...     (x.sqrt() * 0.0).sum().backward()
        Traceback (most recent call last):
        RuntimeError: backward: sqrt made NaN of its gradient ...
    """
    lines: dict[int, FrameSummary | None] = {}

    def watch(event: Event) -> None:
        if event.phase == "forward":
            for number in _numbers(event.result):
                lines.setdefault(number, _line(event, lines))
        elif event.phase == "backward":
            for i, gradient in enumerate(event.result or ()):
                if _has_nan(gradient):
                    raise RuntimeError(_message(event, i, lines.get(event.source.number)))

    with observe(watch):
        yield


def _numbers(result: Any) -> Iterator[int]:
    """The numbers of the nodes that made a result."""
    for z in result if isinstance(result, tuple) else (result,):
        node = z.grad_fn if isinstance(z, Tensor) else None
        if node is not None:
            yield node.parents[0].number if isinstance(node, Part) else node.number


def _line(event: Event, lines: Mapping[int, FrameSummary | None]) -> FrameSummary | None:
    """The line outside this framework that made a call.

    What a rule computed, in a recorded pass, belongs to the line whose operation it differentiates.
    """
    frame = sys._getframe()
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        if frame.f_globals is engine.__dict__ and event.parent is not None:
            return lines.get(event.parent.source.number)
        frame = frame.f_back
    code = frame.f_code
    return FrameSummary(code.co_filename, frame.f_lineno, code.co_name, lookup_line=False)


def _is_ours(module: str) -> bool:
    return module.startswith("tinytorch.") or module == "contextlib"


def _has_nan(gradient: Any) -> bool:
    data = gradient.data if isinstance(gradient, Tensor) else gradient
    return data is not None and bool(np.isnan(data).any())


def _message(event: Event, i: int, line: FrameSummary | None) -> str:
    text = f"backward: {event.name} made NaN of its gradient by input {i}"
    if line is None:
        return f"{text}; it was called before detect_anomaly"
    where = f'"{line.filename}", line {line.lineno}, in {line.name}'
    return f"{text}; it was called in {where}: {line.line}"
