"""Every example that a reader may copy is run: code blocks of Markdown, and `>>>` in docstrings."""

import ast
import doctest
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


def pages(root: Path) -> list[Path]:
    """The pages whose ```python blocks are run."""
    readmes = [root / "README.md", *sorted(root.glob("packages/*/README.md"))]
    milestones = sorted(root.glob("milestones/*/README.md"))
    return [*readmes, *milestones, *sorted(root.glob("docs/**/*.md"))]


def run_page(page: Path, folder: Path) -> str:
    """Run a page's blocks in a process of its own, with the modules that it imports and no others.

    The folder is for the files that it writes. Returns what went wrong, nothing if nothing did.
    """
    runner = Path(__file__).parents[1] / "page.py"
    command = [sys.executable, "-W", "error", str(runner), str(page)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return f"exit code {done.returncode}: {done.stderr}" if done.returncode else ""


class Docstring(NamedTuple):
    """A docstring with examples, and where it stands."""

    path: Path
    line: int
    name: str
    text: str


def docstrings(path: Path) -> Iterator[Docstring]:
    """The docstrings of a source file that hold examples, whatever decorates their owners."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node)
            if text and ">>>" in text:
                name = getattr(node, "name", "module")
                yield Docstring(path, node.body[0].lineno, name, text)


def run_docstring(docstring: Docstring, namespace: dict[str, Any], options: int) -> list[str]:
    """Run a docstring's examples with its module's names in reach."""
    test = doctest.DocTestParser().get_doctest(
        docstring.text, dict(namespace), docstring.name, str(docstring.path), docstring.line - 1
    )
    said: list[str] = []
    doctest.DocTestRunner(optionflags=options).run(test, out=said.append)
    return ["".join(said)] if said else []
