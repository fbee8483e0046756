"""What the function of a template calls: the ways from a value to the text that goes out.

Text is ``str`` until the end. Bytes that are not UTF-8 (a program may insert a page of another
encoding raw) are carried through as surrogates, and the list ``odd`` of the run notes that; only
then does the end let them out again.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from tornado.escape import (
    SafeString,
    json_encode,
    linkify,
    squeeze,
    to_unicode,
    url_escape,
    xhtml_escape,
)
from tornado.escape._html import escape_text  # the str-to-str core, to save a call per expression

_HARMLESS = frozenset({int, float, bool, type(None)})
"""Types whose text has nothing to escape."""


def escape(value: str | bytes) -> SafeString:
    """``xhtml_escape`` as templates know it: what it returns is not escaped a second time.

    Templates from before autoescape write ``{{ escape(x) }}``; they mean the same with it.
    """
    return SafeString(xhtml_escape(value))


def _linkify(*args: Any, **kwargs: Any) -> SafeString:
    return SafeString(linkify(*args, **kwargs))


class _NoModules:
    """Stands for the UI modules where there are none."""

    def __getattr__(self, name: str) -> Any:
        raise NameError(
            f"no UI module {name!r}: {{% module %}} works in templates that a RequestHandler"
            " renders, with the module in ui_modules of the Application"
        )


NAMESPACE: dict[str, Any] = {
    "escape": escape,
    "xhtml_escape": escape,
    "url_escape": url_escape,
    "json_encode": json_encode,
    "squeeze": squeeze,
    "linkify": _linkify,
    "datetime": datetime,
    "_tt_modules": _NoModules(),
}
"""What every template finds without being given it."""


def other_to_html(value: Any) -> str:
    """Anything but an exact str, as ``{{ }}`` inserts it."""
    kind = type(value)
    if kind in _HARMLESS:
        return str(value)
    if isinstance(value, bytes):
        return escape_text(value.decode())
    if hasattr(kind, "__html__"):
        return _exact(to_unicode(value.__html__()))
    return escape_text(_exact(value if isinstance(value, str) else str(value)))


def other_to_text(value: Any, odd: list[bytes]) -> str:
    """Anything but an exact str, as ``{% raw %}`` inserts it."""
    if isinstance(value, bytes):
        return _decoded(value, odd)
    return _exact(value if isinstance(value, str) else str(value))


def escaped_by(function: Callable[[bytes], Any], odd: list[bytes], value: Any) -> str:
    """``value`` through a function that the template or its loader chose for autoescape.

    The function gets the UTF-8 bytes of the value, as it always did.
    """
    if function is escape:
        return escape_text(value) if type(value) is str else other_to_html(value)
    if not isinstance(value, bytes):
        value = (value if isinstance(value, str) else str(value)).encode()
    return _result(function, function(value), odd, "autoescape")


def applied(function: Callable[[bytes], Any], text: str, odd: list[bytes]) -> str:
    """The output of an ``{% apply %}``: the function gets the bytes of what is in it."""
    return _result(function, function(encoded(text, odd)), odd, "apply")


def encoded(text: str, odd: list[bytes]) -> bytes:
    """The bytes of finished output."""
    return text.encode("utf-8", "surrogateescape") if odd else text.encode()


def _result(function: object, result: object, odd: list[bytes], directive: str) -> str:
    if type(result) is str:
        return result
    if isinstance(result, bytes):
        return _decoded(result, odd)
    if isinstance(result, str):
        return _exact(result)
    raise TypeError(
        f"the function of {{% {directive} %}} has to return str or bytes;"
        f" {getattr(function, '__name__', function)} returned {type(result).__name__}"
    )


def _decoded(value: bytes, odd: list[bytes]) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        odd.append(value)
        return value.decode("utf-8", "surrogateescape")


def _exact(value: str) -> str:
    """The characters of ``value``, whatever a subclass makes of formatting."""
    return str.__str__(value)
