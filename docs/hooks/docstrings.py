"""Two small mends to the docstrings before mkdocstrings reads them."""

import re
from typing import Any

from griffe import Extension, Object


class Docstrings(Extension):
    """The summary becomes one line, which the tables of contents take; `Example:` a section.

    Griffe's reading of the Google style knows that section only by the name `Examples:`.
    """

    def on_object(self, *, obj: Object, **_: Any) -> None:
        if obj.docstring:
            summary, blank, rest = obj.docstring.value.partition("\n\n")
            rest = re.sub(r"^Example:$", "Examples:", rest, flags=re.MULTILINE)
            obj.docstring.value = summary.replace("\n", " ") + blank + rest
