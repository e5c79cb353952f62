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


def on_page_content(content: str, /, *, page: Page, **_: Any) -> str:
    """Replace every formula of a rendered page."""

    def mathml(found: re.Match[str]) -> str:
        tag, latex = found[1], html.unescape(found[2]).strip()
        try:
            return write(latex, display=tag == "div")
        except Exception as error:
            raise PluginError(f"{page.file.src_uri}: the formula {latex!r}: {error!r}") from error

    return FORMULA.sub(mathml, content)


def write(latex: str, *, display: bool) -> str:
    """The MathML of a formula, on a line of its own if `display`."""
    mathml = convert(latex, display="block" if display else "inline")
    # latex2mathml passes what it does not know through as text.
    if unknown := re.search(r"\\\w+", mathml):
        raise ValueError(f"{unknown[0]} is not known")
    return f'<div class="formula">{mathml}</div>' if display else mathml
