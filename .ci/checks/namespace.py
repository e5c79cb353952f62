"""Twenty distributions share the namespace `tinytorch`, so none may own it."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from workspace import packages


def sources_hold_one_leaf(root: Path) -> Iterator[str]:
    """`src/tinytorch/` holds the package's own leaf, and above all no `__init__.py`."""
    for package in packages(root):
        for path in sorted((package.folder / "src").glob("*")):
            if path.name != "tinytorch":
                yield f"{path.relative_to(root)}: not part of the namespace tinytorch"
        for path in sorted((package.folder / "src" / "tinytorch").glob("*")):
            if path.name not in (package.leaf, "__pycache__"):
                yield f"{path.relative_to(root)}: {package.name} may hold its leaf only"


def wheels_hold_one_leaf(root: Path) -> Iterator[str]:
    """Each wheel in dist/ brings its own leaf and its metadata, nothing else."""
    leaves = {package.name.replace("-", "_"): package.leaf for package in packages(root)}
    for path in sorted(root.glob("dist/*.whl")):
        name = path.name.split("-")[0]
        if name not in leaves:
            yield f"dist/{path.name}: no package of that name"
            continue
        for entry in ZipFile(path).namelist():
            own = entry.startswith(f"tinytorch/{leaves[name]}/")
            if not own and not entry.split("/")[0].endswith(".dist-info"):
                yield f"dist/{path.name}: holds {entry}, expected its leaf only"
