"""Instructions per request, counted by valgrind: exact, so a change of one percent is a change.

    python benchmarks/instructions.py
    python benchmarks/instructions.py --at-most 60000

Each figure is the difference between two runs of one program, one answering N requests more than
the other, divided by N: start-up, imports and warming up cancel out. What the program does is
``inside_valgrind.py``. Figures compare within one version of Python only.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import report
from contenders import HERE
from inside_valgrind import CASES

PROGRAM = HERE / "inside_valgrind.py"
COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")
AT_ONCE = 2


def instructions(case: str, requests: int, python: str) -> int:
    """What the whole program took, from the first instruction of the interpreter to the last."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        sys.exit("instructions: valgrind is not installed (Debian: apt-get install valgrind)")
    environment = {
        # The environment's size moves the stack, and with it a few instructions: it is all here.
        "PATH": os.environ.get("PATH", ""),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    options = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    done = subprocess.run(
        [valgrind, *options, python, str(PROGRAM), case, f"{requests:06}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment,
    )
    found = COUNTED.search(done.stderr)
    if done.returncode or found is None:
        sys.exit(f"instructions: {case} failed\n{done.stdout}{done.stderr}")
    return int(found[1].replace(",", ""))


def main() -> int:
    parser = argparse.ArgumentParser(description="Instructions per request, exactly.")
    parser.add_argument("case", nargs="*", help=f"of {', '.join(CASES)}; default: all")
    parser.add_argument("--requests", type=int, default=1000, help="N; default: 1000")
    parser.add_argument("--python", default=sys.executable, help="one that has tornado-web")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument(
        "--at-most", type=int, metavar="N", help="exit with status 1 if a case takes more"
    )
    options = parser.parse_args()
    names = options.case or list(CASES)
    if unknown := set(names) - set(CASES):
        parser.error(f"no such case: {', '.join(unknown)}; there are {', '.join(CASES)}")
    runs = [(name, times * options.requests) for name in names for times in (1, 2)]

    def count(run: tuple[str, int]) -> int:
        return instructions(*run, options.python)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        counted = dict(zip(runs, pool.map(count, runs), strict=True))
    n = options.requests
    each = {name: (counted[name, 2 * n] - counted[name, n]) / n for name in names}
    body = [[name, CASES[name].what, f"{figure:,.0f}"] for name, figure in each.items()]
    print(report.table(("case", "what is counted", "instructions"), body, options.markdown))
    over = [name for name, figure in each.items() if options.at_most and figure > options.at_most]
    for name in over:
        print(f"\n{name} takes {each[name]:,.0f} instructions, allowed are {options.at_most:,}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
