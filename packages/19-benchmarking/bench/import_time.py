"""What imports add to NumPy's, in fresh interpreters."""

from collections.abc import Callable, Iterator
from functools import partial

from tinytorch.benchmarking import Comparison, alternate, import_time
from tinytorch.setup import modules


def workloads() -> Iterator[Callable[..., Comparison]]:
    everything = [module.name for module in modules()]
    for title, names in (
        ("import of the tensor, over NumPy", ["tinytorch.tensor"]),
        (f"import of all {len(everything)} modules, over NumPy", everything),
    ):
        probes = {
            "TinyTorch": partial(import_time, *names, after="numpy"),
            "PyTorch": partial(import_time, "torch", after="numpy"),
        }
        for probe in probes.values():  # the first import after an installation compiles
            probe()
        yield partial(alternate, probes, title=title)
