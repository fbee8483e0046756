"""The members of this repository and what they declare, read from packages/*/pyproject.toml.

A member is called by its folder: ``web`` is the distribution ``tornado-web``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "packages"
FAMILY = "tornado-"


def normalize(name: str) -> str:
    """A distribution's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(requirement: str) -> str:
    """``tornado-escape[speedups]==1.0`` gives ``tornado-escape``."""
    match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    if match is None:
        raise ValueError(f"not a requirement: {requirement!r}")
    return normalize(match[0])


def project_table(member: str) -> dict[str, Any]:
    """The ``[project]`` table of ``packages/MEMBER/pyproject.toml``."""
    table = tomllib.loads((PACKAGES / member / "pyproject.toml").read_text())["project"]
    assert isinstance(table, dict)
    return table


def members() -> list[str]:
    """The folders of packages/ that are distributions, in order of name."""
    return sorted(path.parent.name for path in PACKAGES.glob("*/pyproject.toml"))


def siblings(member: str) -> list[str]:
    """The members that this one declares as dependencies, in the order of its pyproject file."""
    names = (requirement_name(r) for r in project_table(member).get("dependencies", []))
    return [name.removeprefix(FAMILY) for name in names if name.startswith(FAMILY)]


def closure(member: str) -> list[str]:
    """The member and all it depends on, directly or not, in order of name."""
    seen: set[str] = set()
    waiting = [member]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += siblings(name)
    return sorted(seen)


def sources(member: str) -> Path:
    """The folder that holds the member's part of the namespace."""
    return PACKAGES / member / "src" / "tornado"


def public_modules(member: str) -> dict[str, Path]:
    """The public modules of a member: dotted name to folder, found in the tree.

    A folder without ``__init__.py`` (``tornado/platform``) is shared by several members; its
    folders are the modules. ``all`` owns ``tornado`` itself.
    """
    found = {}
    if (sources(member) / "__init__.py").exists():
        found["tornado"] = sources(member)
    for face in sorted(sources(member).glob("**/__init__.py")):
        folder = face.parent.relative_to(sources(member))
        shared = folder.parent
        if folder.parts and not (sources(member) / shared / "__init__.py").exists():
            found[".".join(("tornado", *folder.parts))] = face.parent
        elif len(folder.parts) == 1:
            found[f"tornado.{folder}"] = face.parent
    return found


def owners() -> dict[str, str]:
    """Every public module's name, and the member it belongs to."""
    return {module: member for member in members() for module in public_modules(member)}
