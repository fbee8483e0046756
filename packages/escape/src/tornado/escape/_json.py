"""JSON for web pages and web services, by the library that the program chooses.

``dumps`` and ``loads`` are the one place that knows which one does the work: the standard library
until ``use_json`` says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Dumps = Callable[[Any], str | bytes]
Loads = Callable[[str | bytes], Any]

dumps: Dumps = json.dumps
loads: Loads = json.loads

LIBRARIES = ("json", "simplejson", "orjson")


def json_encode(value: Any) -> str:
    r"""The JSON of ``value``, safe to stand inside a ``<script>`` element; in ASCII, unless
    ``use_json`` chose a library that writes other characters as they are.

    ``</`` is written ``<\/``, which means the same to a JSON reader and cannot end the element. In
    a template write ``{% raw json_encode(x) %}`` there; anywhere else in HTML leave it to
    autoescape.

    Raises TypeError for a value that JSON cannot hold (bytes among them).
    """
    text = dumps(value)
    if not isinstance(text, str):
        text = str(text, "utf-8")
    return text.replace("</", "<\\/")


def json_decode(value: str | bytes) -> Any:
    """The Python value of a JSON text, given as str or as bytes (UTF-8; the standard library and
    simplejson take UTF-16 and UTF-32 as well).

    Raises a ValueError for what is not JSON, ``json.JSONDecodeError`` unless ``use_json`` chose
    simplejson, which has one of its own.
    """
    return loads(value)


def use_json(library: str | None = None, *, dumps: Dumps | None = None, loads: Loads | None = None) -> None:
    """Choose what ``json_encode`` and ``json_decode`` work with, for the whole process.

    ``library`` is ``"json"`` (the standard library), ``"simplejson"`` (which also writes Decimal,
    named tuples as objects, and generators are still refused) or ``"orjson"`` (several times
    faster, and writes dataclasses, datetimes and UUIDs). ``dumps`` and ``loads`` are functions to
    use instead of the library's: for its options, or another library. ``dumps`` gives str, or bytes
    in UTF-8. Whatever they are, ``json_encode`` never gives ``</``.

    Call it when the program starts. Raises ImportError if the library is not installed, ValueError
    for another name.
    """
    if library is None:
        if dumps is None and loads is None:
            raise ValueError("use_json() takes a library, or dumps and loads")
    elif library not in LIBRARIES:
        raise ValueError(
            f"library is one of {', '.join(LIBRARIES)}, got {library!r}; give dumps= and loads= "
            "for another"
        )
