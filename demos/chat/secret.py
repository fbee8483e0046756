"""The key that signs the cookies: made once for an installation, kept in a file of its owner."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

LEAST = 32


def cookie_secret(path: Path) -> str:
    """Reads the key in ``path``, and makes that file (mode 0600) if there is none.

    Where no file can be written, a key for this run alone is given: everybody then has to sign in
    again when the program is started again. ValueError: the file holds too little to be a key.
    """
    if not path.exists() and not make(path):
        return secrets.token_urlsafe(48)
    kept = path.read_text(encoding="ascii").strip()
    if len(kept) < LEAST:
        raise ValueError(f"{path} holds no key of {LEAST} characters: remove it to get a new one")
    return kept


def make(path: Path) -> bool:
    """Puts a new key into ``path``, all of it at once; whoever was there first has won."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        try:
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(beside)
    except OSError:
        return False
    return True
