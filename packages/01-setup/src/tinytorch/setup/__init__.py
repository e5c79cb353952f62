"""Does my machine work, and will my run repeat?

A course that begins with numbers nobody can reproduce, on a machine nobody has looked at, ends
in guessing. `doctor` looks over the machine and the installed packages and says how to mend what
is wrong; `manual_seed` decides every random number that is drawn afterwards. The packages of
the course ask this one for their random numbers (`generator`, `keyed_generator`), for the folder
of their data (`data_home`), and for what they run on (`machine`); `modules` lists them. `record`
keeps the results of a run with all that it takes to repeat it, in a file that is whole or not
there (`replacing`).

Nothing was read before this; read `tinytorch.tensor` next.
"""

from tinytorch.setup.diagnosis import Check, Report, doctor
from tinytorch.setup.hardware import Machine, machine, process_peak, usable_cores
from tinytorch.setup.home import data_home
from tinytorch.setup.progression import PHASES, Module, modules
from tinytorch.setup.random import (
    generator,
    get_rng_state,
    keyed_generator,
    manual_seed,
    set_rng_state,
    use_generator,
)
from tinytorch.setup.record import record
from tinytorch.setup.replacing import replacing

__all__ = [
    "manual_seed",
    "generator",
    "use_generator",
    "keyed_generator",
    "get_rng_state",
    "set_rng_state",
    "data_home",
    "record",
    "replacing",
    "doctor",
    "Report",
    "Check",
    "machine",
    "Machine",
    "usable_cores",
    "process_peak",
    "modules",
    "Module",
    "PHASES",
]

__version__ = "0.1.0"
