"""JSON for web pages and web services.

``dumps`` and ``loads`` are the one place that knows which implementation does the work.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

dumps: Callable[[Any], str] = json.dumps
loads: Callable[[str | bytes | bytearray], Any] = json.loads


def json_encode(value: Any) -> str:
    r"""The JSON of ``value``, in ASCII, safe to stand inside a ``<script>`` element.

    ``</`` is written ``<\/``, which means the same to a JSON reader and cannot end the element. In
    a template write ``{% raw json_encode(x) %}`` there; anywhere else in HTML leave it to
    autoescape.

    Raises TypeError for a value that JSON cannot hold (bytes among them).
    """
    return dumps(value).replace("</", "<\\/")


def json_decode(value: str | bytes) -> Any:
    """The Python value of a JSON text, given as str or as bytes (UTF-8, UTF-16 or UTF-32).

    Raises ``json.JSONDecodeError``, a ValueError, for what is not JSON.
    """
    return loads(value)
