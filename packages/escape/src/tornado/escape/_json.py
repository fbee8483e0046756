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


def use_json(
    library: str = "json",
    *,
    dumps: Dumps | None = None,
    loads: Loads | None = None,
) -> None:
    """Choose what ``json_encode`` and ``json_decode`` work with, for the whole process.

    - ``"json"``: the standard library.
    - ``"simplejson"``: writes ``Decimal`` and, as objects, named tuples too; refuses NaN.
    - ``"orjson"``: several times faster; writes dataclasses, datetimes, UUIDs and enums too, no
      spaces, and other characters than ASCII as they are. Numbers have 64 bits, NaN becomes null.

    ``dumps`` and ``loads`` are used instead of the library's: for its options, or for another one.
    ``dumps`` returns str, or bytes in UTF-8. Whatever is chosen, ``json_encode`` never gives
    ``</``. Call it when the program starts.

    Raises ImportError if the library is not installed, ValueError for another name.
    """
    if library not in _LIBRARIES:
        raise ValueError(
            f"library is one of {', '.join(_LIBRARIES)}, got {library!r}; for another give dumps "
            "and loads"
        )
    try:
        found = _LIBRARIES[library]()
    except ImportError:
        raise ImportError(
            f"{library} is not installed: pip install tornado-escape[{library}]"
        ) from None
    here = globals()
    here["dumps"], here["loads"] = dumps or found[0], loads or found[1]


def _simplejson() -> tuple[Dumps, Loads]:
    # Whether it and its types are there when types are checked is unknown: both ignores are needed.
    import simplejson  # type: ignore[import-untyped, import-not-found, unused-ignore]

    return simplejson.dumps, simplejson.loads


def _orjson() -> tuple[Dumps, Loads]:
    # As above.
    import orjson  # type: ignore[import-not-found, unused-ignore]

    def dumps(value: Any) -> bytes:
        # As the standard library does, numbers are written as the names they become.
        written: bytes = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
        return written

    return dumps, orjson.loads


_LIBRARIES: dict[str, Callable[[], tuple[Dumps, Loads]]] = {
    "json": lambda: (json.dumps, json.loads),
    "simplejson": _simplejson,
    "orjson": _orjson,
}
