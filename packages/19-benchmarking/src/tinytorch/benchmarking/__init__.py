"""“Faster” means nothing until it is measured.

A single timing is an accident: the first call is slow, the machine does other things, and it
gets warm. Here a time is the median of many rounds with an interval that says how far it can be
trusted, and two programs are compared in alternation, round by round, so that whatever disturbs
one disturbs the other. Memory and imports are measured in fresh processes, since a process
remembers what it has done before.

This is the module's first part: timers, comparisons, memory, imports, tables. Read
`tinytorch.setup` before it, which describes the machine that a figure belongs to.
"""

from tinytorch.benchmarking.comparison import Comparison, alternate, compare
from tinytorch.benchmarking.estimate import Estimate, bootstrap
from tinytorch.benchmarking.processes import import_time, peak_memory
from tinytorch.benchmarking.report import table, to_json
from tinytorch.benchmarking.timing import Measurement, Timer, measure

__all__ = [
    "measure",
    "Measurement",
    "Timer",
    "compare",
    "alternate",
    "Comparison",
    "bootstrap",
    "Estimate",
    "peak_memory",
    "import_time",
    "table",
    "to_json",
]

__version__ = "0.1.0"
