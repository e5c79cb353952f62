"""Draws the progress graph: one numbered line of packages, and arrows between them.

The line runs down the page, a row a package, under the name of its phase. An arrow is a bow to
the left of the line, from a package to one that is built on it. All arrows into a package end at
one point, so a single arrowhead serves them, and all that leave it begin a little lower. The
longer the way, the wider the bow. Pointing at a row lights the arrows that lead to it, which is
why each row's group holds its own arrows (`docs/stylesheets/graph.css`).

The drawing has no viewBox: a unit is a pixel at every width, and on a narrow screen the texts to
the right of the names are left out rather than everything made small.
"""

import re
from collections.abc import Callable
from html import escape
from itertools import pairwise
from math import sqrt

from catalogue import PHASES, Package

LINE = 156  # the x of the numbered line
RADIUS = 14
ROW = 44  # from one package to the next
PHASE = 34  # more, where a phase begins
GAP = 26  # more, where numbers are missing
NAME, PROBLEM, ABILITY = LINE + 30, LINE + 158, LINE + 556  # the x of the texts
PORT = 5  # arrows arrive this far above a node's middle and leave this far below


def draw(packages: list[Package], link: Callable[[Package], str | None]) -> str:
    """The graph as SVG; `link` gives a package's address, or None if it has no page."""
    rows = place(packages)
    height = max(rows.values(), default=0) + ROW
    by_name = {package.name: package for package in packages}
    drawing = [
        f'<svg class="progress" width="100%" height="{height}" role="group"'
        ' aria-labelledby="progress-title progress-desc">',
        '<title id="progress-title">The packages in the order of the course</title>',
        f'<desc id="progress-desc">A numbered line of {len(packages)} packages, grouped by phase.'
        " Arrows lead from each package to those that are built on it.</desc>",
        *(segment(*pair, rows) for pair in pairwise(packages)),
        *(heading(package, rows) for package in first_of_phases(packages)),
    ]
    for package in packages:
        below = sorted((by_name[name] for name in package.dependencies), key=lambda p: p.number)
        drawing.append(row(package, below, rows, link(package)))
    return "\n".join([*drawing, "</svg>"])


def place(packages: list[Package]) -> dict[int, int]:
    """The y of each package, by its number."""
    begins = {package.number for package in first_of_phases(packages)}
    rows: dict[int, int] = {}
    y, last = 0, 0
    for package in packages:
        y += (
            ROW
            + PHASE * (package.number in begins)
            + GAP * (bool(rows) and package.number > last + 1)
        )
        rows[package.number] = y
        last = package.number
    return rows


def first_of_phases(packages: list[Package]) -> list[Package]:
    """The packages with which a phase begins."""
    return packages[:1] + [b for a, b in pairwise(packages) if a.phase != b.phase]


def segment(a: Package, b: Package, rows: dict[int, int]) -> str:
    """The line from one package to the next, dashed where packages are still to be written."""
    start, end = rows[a.number] + RADIUS, rows[b.number] - RADIUS
    missing = range(a.number + 1, b.number)
    if not missing:
        return f'<path class="line" d="M{LINE} {start}V{end}"/>'
    numbers = f"{missing[0]:02}" + (f" – {missing[-1]:02}" if len(missing) > 1 else "")
    return (
        f'<path class="line missing" d="M{LINE} {start}V{end}"/>'
        f'<text class="missing" x="{NAME}" y="{start + 22}">{numbers} to come</text>'
    )


def heading(package: Package, rows: dict[int, int]) -> str:
    """The name of the phase that begins with this package."""
    y = rows[package.number] - RADIUS - 17
    return f'<text class="phase {package.phase}" x="{NAME}" y="{y}">{PHASES[package.phase]}</text>'


def row(package: Package, below: list[Package], rows: dict[int, int], href: str | None) -> str:
    """One package: its arrows, its number, its name, and the problem it solves."""
    y = rows[package.number]
    label = escape(f"{package.label}: {package.problem} → {package.ability}".replace("`", ""))
    node = (
        f"<title>{label}</title>"
        f'<rect class="row" x="{LINE - RADIUS}" y="{y - ROW / 2 + 2}" width="100%"'
        f' height="{ROW - 4}"/>'
        f'<circle cx="{LINE}" cy="{y}" r="{RADIUS}"/>'
        f'<text class="number" x="{LINE}" y="{y + 4}">{package.number:02}</text>'
        f'<text class="name" x="{NAME}" y="{y + 5}">{escape(package.name)}</text>'
        f'<text class="problem" x="{PROBLEM}" y="{y + 5}">{text(package.problem)}</text>'
        f'<text class="ability" x="{ABILITY}" y="{y + 5}">→ {text(package.ability)}</text>'
    )
    if href is not None:
        node = f'<a href="{escape(href)}">{node}</a>'
    arrows = "".join(arrow(rows[other.number], y) for other in below)
    if below:
        tip = LINE - RADIUS
        arrows += f'<path class="head" d="M{tip} {y - PORT}l-7 -3.5v7z"/>'
    return f'<g class="module {package.phase}">{arrows}{node}</g>'


def text(markdown: str) -> str:
    """A line of a package's metadata, its `code` set as code."""
    return re.sub(r"`(.+?)`", r'<tspan class="code">\1</tspan>', escape(markdown))


def arrow(start: int, end: int) -> str:
    """The bow from one row down to another."""
    y1, y2 = start + PORT, end - PORT
    x = LINE - RADIUS
    left = round(x - 8 - 5.2 * sqrt(y2 - y1))  # the curve goes three quarters of the way there
    return f'<path class="arrow" d="M{x} {y1}C{left} {y1} {left} {y2} {x - 6} {y2}"/>'
