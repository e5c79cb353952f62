"""Benchmarks against PyTorch: `python packages/19-benchmarking/bench [names …]`.

Every other file here is a workload. Its `workloads()` yields functions that take `rounds=` and
return a Comparison: the same work by TinyTorch and by PyTorch (the baseline, last), measured in
alternation on the same number of threads. Compare on a machine that does nothing else. Without
names all are run that don't take many minutes.
"""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "__main__")
LONG = {"cifar_training", "gpt_training"}  # run only if they are named


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description="Benchmarks against PyTorch.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write all values")
    parser.add_argument("--threads", type=int, metavar="N", help="of both; else one a usable core")
    parser.add_argument("--rounds", type=int, metavar="N", default=20, help="of each (default 20)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: no such workload, expected {', '.join(NAMES)}")

    from tinytorch.benchmarking import table, to_json
    from tinytorch.setup import machine, usable_cores

    threads = arguments.threads or usable_cores()
    limits = {f"{library}_NUM_THREADS": str(threads) for library in ("OPENBLAS", "MKL", "OMP")}
    if not limits.items() <= os.environ.items():
        # BLAS and OpenMP read these once, when they are loaded: begin again.
        os.environ |= limits
        os.execv(sys.executable, [sys.executable, *sys.argv])

    import torch

    comparisons = []
    for name in arguments.names or [name for name in NAMES if name not in LONG]:
        for workload in import_module(name).workloads():
            comparison = workload(rounds=arguments.rounds)
            print(table([comparison]), file=sys.stderr, flush=True)
            comparisons.append(comparison)
    print(table(comparisons, markdown=True))
    print(f"\nMedians; ratios with 95 % intervals, {arguments.rounds} rounds in alternation.")
    print(f"{machine()}; PyTorch {torch.__version__} ({torch.get_num_threads()} threads).")
    if arguments.json:
        arguments.json.write_text(to_json(comparisons), encoding="utf-8")


if __name__ == "__main__":
    main()
