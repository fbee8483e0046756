"""The public surface of every module, as text: one line a name, sorted, kept in tests/surface/.

    python tools/surface.py            writes the lists anew
    python tools/surface.py --check    prints the differences; status 1 if there are any

Listed are the names of ``__all__`` with their kind, and of each class the public attributes that
the family's own classes define (what comes from the standard library differs between Pythons).
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import members

FOLDER = members.ROOT / "tests" / "surface"


def kind(value: object) -> str:
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    if inspect.iscoroutinefunction(value):
        return "async function"
    if inspect.isroutine(value) or callable(value):
        return "function"
    return "value"


def attributes(cls: type) -> Iterator[str]:
    """``Class.name`` of what the family's classes in its line of ancestors define publicly."""
    ours = [base for base in cls.__mro__ if base.__module__.partition(".")[0] == "tornado"]
    names = {name for base in ours for name in vars(base) if not name.startswith("_")}
    names |= {name for base in ours for name in vars(base).get("__annotations__", ())}
    return (f"{cls.__name__}.{name}" for name in sorted(names) if not name.startswith("_"))


def lines(module: str) -> list[str]:
    face = importlib.import_module(module)
    found = []
    for name in face.__all__:
        value = getattr(face, name)
        found.append(f"{name} {kind(value)}")
        if inspect.isclass(value):
            found += [f"{name}.{line.partition('.')[2]}" for line in attributes(value)]
    return sorted(found)


def modules() -> list[str]:
    return sorted(set(members.owners()) - {"tornado"})


def stored(module: str) -> list[str]:
    file = FOLDER / f"{module}.txt"
    return file.read_text().splitlines() if file.exists() else []


def difference(module: str) -> list[str]:
    """Lines with ``+`` and ``-``: what is new, and what is missing, against the stored list."""
    changed = difflib.unified_diff(stored(module), lines(module), "stored", "now", "", "", 0, "")
    return [line for line in changed if not line.startswith(("---", "+++", "@@"))]


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    names = modules()
    for module in names:
        (FOLDER / f"{module}.txt").write_text("\n".join(lines(module)) + "\n")
    for file in FOLDER.glob("*.txt"):
        if file.stem not in names:
            file.unlink()


def main() -> int:
    for source in Path(members.PACKAGES).glob("*/src"):
        sys.path.append(str(source))  # works without an environment that has them installed
    if sys.argv[1:] != ["--check"]:
        write()
        return 0
    found = {module: difference(module) for module in modules()}
    for module, changed in found.items():
        for line in changed:
            print(f"{module}: {line}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
