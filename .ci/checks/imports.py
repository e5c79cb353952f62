"""What a package imports is what it declares, and every arrow points to a smaller number."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workspace import Package, is_ours, packages, said


@dataclass(frozen=True)
class Import:
    """One import statement's target."""

    path: Path
    line: int
    module: str  # dotted: tinytorch.tensor.creation, numpy.typing
    guarded: bool  # what follows copes with its absence, or it is for type checkers only

    @property
    def distribution(self) -> str:
        """The name that a pyproject.toml gives it; all that is imported here is named alike."""
        parts = self.module.split(".")
        return "-".join(parts[:2]) if parts[0] == "tinytorch" else parts[0].replace("_", "-")


def imports(package: Package) -> list[Import]:
    """Every import in a package's sources."""
    found = []
    for path in sorted(package.source.rglob("*.py")):
        for node, guarded in _statements(ast.parse(path.read_text("utf-8")), guarded=False):
            found += [
                Import(path, node.lineno, name, guarded) for name in _targets(package, path, node)
            ]
    return found


def _statements(
    node: ast.AST, *, guarded: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Walk down to the import statements, remembering whether a guard stands above them."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, guarded
    elif isinstance(node, ast.Try):
        caught = {ast.unparse(handler.type) for handler in node.handlers if handler.type}
        copes = bool(caught & {"ImportError", "ModuleNotFoundError"})
        for child in ast.iter_child_nodes(node):
            yield from _statements(child, guarded=guarded or copes)
    else:
        typing = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for child in ast.iter_child_nodes(node):
            yield from _statements(child, guarded=guarded or typing)


def _targets(package: Package, path: Path, node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        inside = path.relative_to(package.source.parents[1]).parent.parts
        above = ".".join(inside[: len(inside) - node.level + 1])
        base = f"{above}.{base}".rstrip(".")
    # `from tinytorch.setup import command` may name a file, `from tinytorch import tensor` a leaf.
    return [f"{base}.{alias.name}" for alias in node.names]


def declared_is_imported(root: Path) -> Iterator[str]:
    """Each package declares exactly what it imports; extras are imported under a guard."""
    for package in packages(root):
        declared = {r.name for r in package.dependencies}
        extras = {r.name for r in package.extras}
        found = [i for i in imports(package) if not _is_free(package, i)]
        unconditional = _loaded_without_guard(package)
        for i in found:
            where = f"{i.path.relative_to(root)}:{i.line}"
            if i.distribution in extras - declared:
                if not i.guarded and i.path in unconditional:
                    yield f"{where}: imports {i.module}, an extra, without try/except ImportError"
            elif i.distribution not in declared:
                yield f"{where}: imports {i.module}, {package.name} does not declare it"
        for name in sorted((declared | extras) - {i.distribution for i in found}):
            where = f"{package.folder.relative_to(root)}/pyproject.toml"
            yield f"{where}: declares {name}, which nothing imports"


def _is_free(package: Package, i: Import) -> bool:
    """The standard library and the package itself need no declaration."""
    return i.module.split(".")[0] in sys.stdlib_module_names or i.distribution == package.name


def _loaded_without_guard(package: Package) -> set[Path]:
    """The files that are imported where every extra is missing, by the module or its commands."""
    edges: dict[Path, set[Path]] = {}
    for i in imports(package):
        if i.distribution == package.name and not i.guarded:
            edges.setdefault(i.path, set()).add(_file(package, i.module))
    reached: set[Path] = set()
    commands = package.project.get("scripts", {}).values()
    todo = [_file(package, command.partition(":")[0]) for command in commands]
    todo += [package.source / "__init__.py", package.source / "__main__.py"]
    while todo:
        path = todo.pop()
        if path not in reached:
            reached.add(path)
            todo += edges.get(path, ())
    return reached


def _file(package: Package, module: str) -> Path:
    """The file of a dotted name: its longest part that is one, the rest is a name within it."""
    place = package.source.joinpath(*module.split(".")[2:])
    while place != package.source:
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                return file
        place = place.parent
    return place / "__init__.py"


def arrows_point_backward(root: Path) -> Iterator[str]:
    """A module imports, and declares, only modules with a smaller number."""
    known = packages(root)
    number = {package.name: package.number for package in known}
    for package in known:
        toml = f"{package.folder.relative_to(root)}/pyproject.toml"
        arrows = [(toml, "declares", r.name) for r in filter(is_ours, package.dependencies)]
        arrows += [
            (f"{i.path.relative_to(root)}:{i.line}", "imports", i.distribution)
            for i in imports(package)
            if i.module.split(".")[0] == "tinytorch" and i.distribution != package.name
        ]
        for where, verb, name in dict.fromkeys(arrows):
            if name not in number:
                yield f"{where}: {package.number} {verb} {name}, no package here"
            elif number[name] >= package.number:
                yield f"{where}: {package.number} {verb} {number[name]} ({name})"


def nothing_is_patched(root: Path) -> Iterator[str]:
    """Importing a package leaves the modules and classes of the earlier ones as they were."""
    yield from said(root, "patching.py", *(package.module for package in packages(root)))
