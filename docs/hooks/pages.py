"""Makes the parts of the site that follow from what is in the repository.

- an API page a package, and a table of them all
- the navigation: chapters by phase, milestones, API
- under each chapter's title, what the package is built on
- the progress graph, in place of the comment `<!-- progress-graph -->`
"""

from pathlib import Path
from typing import Any

from catalogue import PHASES, Package, read_packages
from graph import draw
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

GRAPH = "<!-- progress-graph -->"


def packages_of(config: MkDocsConfig) -> list[Package]:
    return read_packages(Path(config.config_file_path).parent / "packages")


def on_files(files: Files, /, *, config: MkDocsConfig) -> Files:
    """Add the API pages, then list every page in the navigation."""
    packages = packages_of(config)
    for package in packages:
        page = f"::: {package.import_name}\n"
        files.append(File.generated(config, package.reference, content=page))
    files.append(File.generated(config, "api/index.md", content=reference_index(packages)))
    config.nav = navigation(packages, [file.src_uri for file in files.documentation_pages()])
    return files


def reference_index(packages: list[Package]) -> str:
    """The table that leads to each package's API page."""
    lines = ["# Reference", "", "| | package | what you can do with it |", "|---|---|---|"]
    for package in packages:
        link = f"[`{package.import_name}`]({Path(package.reference).name})"
        lines.append(f"| {package.number:02} | {link} | {package.ability} |")
    return "\n".join(lines)


def navigation(packages: list[Package], pages: list[str]) -> list[Any]:
    """The navigation, of the pages that exist. A page that is left out fails the strict build."""
    course = [
        {title: [{p.label: p.chapter} for p in packages if p.phase == phase and p.chapter in pages]}
        for phase, title in PHASES.items()
    ]
    milestones = sorted(page for page in pages if page.startswith("milestones/"))
    reference = ["api/index.md", *({p.label: p.reference} for p in packages)]
    sections: list[dict[str, list[Any]]] = [
        {"The course": [phase for phase in course if any(phase.values())]},
        {"Milestones": milestones},
        {"Reference": reference},
    ]
    return [{"Start": "index.md"}, *(section for section in sections if any(section.values()))]


def on_page_markdown(markdown: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write under a chapter's title what its package is built on."""
    packages = packages_of(config)
    for package in packages:
        if package.chapter == page.file.src_uri:
            title, _, rest = markdown.partition("\n")
            return f"{title}\n\n{chapter_line(package, packages, files)}\n{rest}"
    return markdown


def chapter_line(package: Package, packages: list[Package], files: Files) -> str:
    """The phase, the packages below, and the way to the reference."""
    below = ", ".join(
        f"[{other.label}]({Path(other.chapter).name})"
        if files.get_file_from_path(other.chapter)
        else other.label
        for other in packages
        if other.name in package.dependencies
    )
    parts = [PHASES[package.phase], f"built on {below or 'NumPy alone'}"]
    parts.append(f"[reference](../{package.reference})")
    return " · ".join(parts) + "\n{ .chapter-line }"


def on_page_content(content: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Draw the progress graph where the page asks for it."""

    def link(package: Package) -> str | None:
        chapter = files.get_file_from_path(package.chapter)
        return chapter.url_relative_to(page.file) if chapter else None

    if GRAPH not in content:
        return content
    return content.replace(GRAPH, draw(packages_of(config), link))
