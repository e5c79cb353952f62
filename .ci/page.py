"""Run the ```python blocks of a page in order, in one namespace, as its reader would.

    python .ci/page.py packages/07-autograd/README.md

Printed lines must equal the `#>` lines; a block without any may print what it likes, which differs
from machine to machine.
"""

import re
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^(?P<indent> *)```python\b[^\n]*\n(?P<code>.*?)^(?P=indent)```$", re.M | re.S)
EXPECTED = re.compile(r"^ *#>(?: (.*))?$", re.M)

page = Path(sys.argv[1])
text = page.read_text("utf-8")
namespace: dict[str, Any] = {"__name__": "__main__"}
for found in BLOCK.finditer(text):
    line = text.count("\n", 0, found.start("code"))
    indent = len(found["indent"])
    code = "".join(part[indent:] for part in found["code"].splitlines(keepends=True))
    # The empty lines make the numbers in a traceback those of the page.
    program = compile("\n" * line + code, str(page), "exec")
    printed = StringIO()
    with redirect_stdout(printed):
        exec(program, namespace)
    expected = EXPECTED.findall(code)
    actual = [part.rstrip() for part in printed.getvalue().splitlines()]
    if expected and expected != actual:
        said = "\n".join(f"#> {part}".rstrip() for part in actual)
        sys.exit(f"{page.name}:{line}: the block prints\n{said}")
