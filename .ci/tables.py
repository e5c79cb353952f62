"""Tables of test cases, a file for each topic, which lists them under CASES."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def tables(folder: Path) -> Iterator[tuple[str, list[Any]]]:
    """The name of each table in a folder, and its cases.

    They are loaded by path: several packages have tables of the same names.
    """
    for path in sorted(folder.glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"{folder.name}_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise ImportError(f"tables: {path} cannot be loaded")
        table = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(table)
        yield path.stem, table.CASES


def rule_cases(folder: Path) -> list[Any]:
    """The parameters of a test of rules, from tables of (primitive, inputs, settings).

    A fourth entry of a case holds options of `check_rule`.
    """
    return [
        pytest.param(
            primitive,
            inputs,
            {**settings, **(options[0] if options else {})},
            id=f"{topic}-{primitive.name}",
        )
        for topic, table in tables(folder)
        for primitive, inputs, settings, *options in table
    ]
