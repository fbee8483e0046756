"""The key that signs the cookies: made once for an installation, kept in a file of its owner."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def cookie_secret(path: Path) -> str:
    """Reads the key in ``path``, and makes that file (mode 0600) if there is none.

    Where no file can be written, a key for this run alone is given: everybody then has to sign in
    again when the program is started again.
    """
    try:
        kept = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        kept = ""
    if len(kept) >= 32:
        return kept
    fresh = secrets.token_urlsafe(48)
    # Written beside and moved into place: two programs that start together agree on a whole file.
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(fresh + "\n")
        os.replace(beside, path)
    except OSError:
        return fresh
    return path.read_text(encoding="ascii").strip()
