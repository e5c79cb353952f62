"""Writes the formulas of every page, docstrings included, as MathML while the site is built.

The Markdown extension `pymdownx.arithmatex` finds `$…$` and `$$…$$` outside code and leaves
`<span class="arithmatex">\\(…\\)</span>` or `<div class="arithmatex">\\[…\\]</div>`. This hook
replaces both, so that the reader's browser needs no script to show them.
"""

import html
import re
from typing import Any

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
FUNCTION = re.compile(r'<(m[io])>([A-Za-z]{2,})</\1>(<mo stretchy="false">&#x00028;)?')
UNKNOWN = re.compile(r"\\[A-Za-z]+|<m[io]>&amp;|<mo />")


def on_page_content(content: str, /, *, page: Page, **_: Any) -> str:
    """Replace every formula of a rendered page."""

    def mathml(found: re.Match[str]) -> str:
        latex = html.unescape(html.unescape(found[2])).strip()  # a block's is escaped twice
        try:
            return write(latex, display=found[1] == "div")
        except Exception as error:
            raise PluginError(f"{page.file.src_uri}: the formula {latex}: {error!r}") from error

    return FORMULA.sub(mathml, content)


def write(latex: str, *, display: bool) -> str:
    """The MathML of a formula, on a line of its own if `display`."""
    mathml = convert(
        latex.replace("{aligned}", "{align*}"),  # which latex2mathml knows
        display="block" if display else "inline",
    )
    # It leaves what it does not know as text, and escapes within \text{…} as they are.
    mathml = mathml.replace("\\_", "_")
    if unknown := UNKNOWN.search(mathml):
        raise ValueError(f"{unknown[0]} has no MathML")
    # A norm's bars would stretch over its own index.
    mathml = mathml.replace("<mo>&#x02016;</mo>", '<mo stretchy="false">&#x02016;</mo>')
    mathml = FUNCTION.sub(space, mathml)
    return f'<div class="formula">{mathml}</div>' if display else mathml


def space(found: re.Match[str]) -> str:
    """A function's name, a thin space from its argument unless that stands in parentheses."""
    _, name, parenthesis = found.groups(default="")
    after = "0" if parenthesis else "0.167em"
    return f'<mo lspace="0.12em" rspace="{after}">{name}</mo>{parenthesis}'
