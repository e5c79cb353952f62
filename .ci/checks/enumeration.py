"""Nothing is added without its test: all that a package offers is walked."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workspace import Package, packages, said


def parity_cases(package: Package) -> set[str]:
    """The names that the tests against PyTorch hold: they say so by `@pytest.mark.parity`.

    Each argument is a string, or `*TABLE`: the keys of a dictionary, or a list of strings or of
    rows that begin with one.
    """
    names = set()
    for path in sorted((package.folder / "parity").rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        tables = {
            ast.unparse(node.targets[0]): node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.parity":
                for argument in node.args:
                    if isinstance(argument, ast.Starred):
                        names |= _first_column(tables[ast.unparse(argument.value)])
                    else:
                        names.add(ast.literal_eval(argument))
    return names


def _first_column(table: ast.expr) -> set[str]:
    rows: list[Any] = table.keys if isinstance(table, ast.Dict) else getattr(table, "elts", [])
    names = set()
    for row in rows:
        if isinstance(row, ast.Call):  # pytest.param("relu", …)
            row = row.args[0]
        elif isinstance(row, ast.Tuple):
            row = row.elts[0]
        names.add(ast.literal_eval(row))
    return names


def public_names_have_parity(root: Path) -> Iterator[str]:
    """Each name of each `__all__` has a parity case, or a reason in parity/without.toml."""
    for package in packages(root):
        where = f"{package.folder.relative_to(root)}/parity"
        file = package.folder / "parity" / "without.toml"
        reasons = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
        public, cases = set(package.public), parity_cases(package)
        for name in sorted(public - cases - reasons.keys()):
            yield f"{where}: {package.module}.{name} has neither a parity case nor a reason"
        for name in sorted(cases & reasons.keys()):
            yield f"{where}/without.toml: {name} has a parity case"
        for name in sorted(reasons.keys() - public):
            yield f"{where}/without.toml: {name} is no public name of {package.module}"
        # A case may name a method too: Tensor.backward
        for name in sorted(cases - public):
            if name.partition(".")[0] not in public:
                yield f"{where}: a case names {name}, no public name of {package.module}"


def public_names_have_examples(root: Path) -> Iterator[str]:
    """Each function and class of each `__all__` shows in its docstring, by `>>>`, how it is used.

    What a package only passes on from another is looked at there.
    """
    for package in packages(root):
        for name, (path, docstring) in sorted(_documented(package).items()):
            if ">>>" not in docstring:
                where = f"{path.relative_to(root)}: {package.module}.{name}"
                yield f"{where} has no example (>>>) in its docstring"


def _documented(package: Package) -> dict[str, tuple[Path, str]]:
    """The public functions and classes: where each is defined, and its docstring."""
    origins = {package.source / "__init__.py": set(package.public)}
    for node in package.init.body:
        if isinstance(node, ast.ImportFrom) and f"{node.module}".startswith(f"{package.module}."):
            parts = f"{node.module}".split(".")[2:]
            path = package.source.joinpath(*parts).with_suffix(".py")
            origins.setdefault(path, set()).update(alias.name for alias in node.names)
    found = {}
    for path, names in origins.items():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names:
                found[node.name] = path, ast.get_docstring(node) or ""
    return {name: found[name] for name in package.public if name in found}


def primitives_have_rules_and_cases(root: Path) -> Iterator[str]:
    """Each differentiable primitive has a derivative rule, and a case in a tests/rule_cases/.

    A process of its own imports the tree's sources: what is installed may be another version.
    """
    known = packages(root)
    modules = [package.module for package in known]
    tables = sorted(str(path) for path in root.glob("packages/*/tests/rule_cases/*.py"))
    yield from said(root, "rules.py", *modules, *tables)
