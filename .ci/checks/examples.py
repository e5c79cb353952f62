"""Every example that a reader may copy is run: code blocks of Markdown, and `>>>` in docstrings."""

import ast
import doctest
import re
import traceback
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

BLOCK = re.compile(r"^(?P<indent> *)```python\b[^\n]*\n(?P<code>.*?)^(?P=indent)```$", re.M | re.S)
EXPECTED = re.compile(r"^ *#>(?: (.*))?$", re.M)


def pages(root: Path) -> list[Path]:
    """The pages whose ```python blocks are run."""
    readmes = [root / "README.md", *sorted(root.glob("packages/*/README.md"))]
    milestones = sorted(root.glob("milestones/*/README.md"))
    return [*readmes, *milestones, *sorted(root.glob("docs/**/*.md"))]


def run_page(page: Path) -> list[str]:
    """Run a page's blocks in order, in one namespace; printed lines must equal the `#>` lines.

    A block without any `#>` may print what it likes: what differs from machine to machine.
    """
    text = page.read_text("utf-8")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("code"))
        indent = len(found["indent"])
        code = "".join(part[indent:] for part in found["code"].splitlines(keepends=True))
        printed = StringIO()
        try:
            # The empty lines make the numbers in a traceback those of the page.
            program = compile("\n" * line + code, str(page), "exec")
            with redirect_stdout(printed):
                exec(program, namespace)
        except Exception:
            return [f"{page.name}:{line}: {traceback.format_exc()}"]
        expected = EXPECTED.findall(code)
        actual = [part.rstrip() for part in printed.getvalue().splitlines()]
        if expected and expected != actual:
            said = "\n".join(f"#> {part}".rstrip() for part in actual)
            return [f"{page.name}:{line}: the block prints\n{said}"]
    return []


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
