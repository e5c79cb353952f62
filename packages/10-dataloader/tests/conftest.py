"""Worker processes import what they work on: `loading.py` beside this file, by that name."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
