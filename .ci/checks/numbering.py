"""The folder's number is the module's number; whatever else says it must agree."""

import re
from collections.abc import Iterator
from pathlib import Path

from workspace import packages


def entry_points(root: Path) -> Iterator[str]:
    """Folder, distribution and entry point give one number and one name; no number comes twice."""
    for folder in sorted(root.glob("packages/*/")):
        if not re.match(r"\d\d-[a-z]+$", folder.name) or not (folder / "pyproject.toml").exists():
            yield f"{folder.relative_to(root)}: expected NN-name with a pyproject.toml"
    seen: dict[str, str] = {}
    for package in packages(root):
        where = f"{package.folder.relative_to(root)}/pyproject.toml"
        if package.folder.name != f"{package.number}-{package.leaf}":
            yield f"{where}: the name is {package.name}, the folder {package.folder.name}"
        points = package.project.get("entry-points", {}).get("tinytorch.modules", {})
        if points != {package.number: package.module}:
            expected = f'{package.number} = "{package.module}"'
            yield f"{where}: tinytorch.modules says {points}, expected {expected}"
        if package.number in seen:
            yield f"{where}: {seen[package.number]} has the number {package.number} too"
        seen[package.number] = package.folder.name


def prose(root: Path) -> Iterator[str]:
    """Titles, chapters and links that carry a module's number carry the right one."""
    known = packages(root)
    folders = {package.folder.name for package in known}
    for package in known:
        readme = package.folder / "README.md"
        for page in (readme, root / f"docs/chapters/{package.folder.name}.md"):
            title = page.read_text("utf-8").partition("\n")[0] if page.exists() else ""
            said = re.search(r"\d+", title)
            if said and said[0] != package.number:
                yield f"{page.relative_to(root)}: '{title}', expected {package.number}"
    for chapter in sorted(root.glob("docs/chapters/[0-9]*.md")):
        if chapter.stem not in folders:
            yield f"{chapter.relative_to(root)}: no folder packages/{chapter.stem}"
    table = (root / "README.md").read_text("utf-8")
    for package in known:
        if f"packages/{package.folder.name}" not in table:
            yield f"README.md: its table lacks packages/{package.folder.name}"
    for row, number, folder in re.findall(r"(\| *(\d\d) *\|[^|\n]*packages/([\w-]+))", table):
        if not folder.startswith(f"{number}-"):
            yield f"README.md: the row '{row}' gives {folder} the number {number}"
    # What names a folder or a chapter: packages/07-autograd, chapters/07-autograd.md
    named = re.compile(r"(?:packages|chapters)/(\d\d-[a-z]+)")
    pages = [*root.glob("*.md"), *root.glob("packages/*/*.md"), *root.glob("docs/**/*.md")]
    for page in sorted(pages):
        text = page.read_text("utf-8")
        for folder in dict.fromkeys(named.findall(text)):
            if folder not in folders:
                yield f"{page.relative_to(root)}: names {folder}, no folder of packages/"
