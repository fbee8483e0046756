"""The page that a programmer gets for an exception in debug mode: the code around it, and what the
names stood for.

Laws:
1. It is for clients on this very machine only, asked for by a name of this machine: see
   `is_local`.
2. What a name that sounds secret stands for is not shown, wherever it stands; objects are shown by
   their class, since what their ``repr`` tells is not known. The rest is cut to a short length.
3. It runs no code of the program, and no scripts.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator
from ipaddress import ip_address
from types import TracebackType
from typing import Any

from tornado.escape import xhtml_escape
from tornado.httputil import HTTPServerRequest

MAX_FRAMES = 30
MAX_TEXT = 200  # characters of one value
MAX_ITEMS = 20  # of one collection, and ten times as many names of a frame
AROUND = 5  # lines of code before and behind

POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_sounds_secret = re.compile(
    r"pass|pwd|secret|token|key|auth|cookie|session|credential|private|signature|csrf|xsrf|salt",
    re.IGNORECASE,
).search

_FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")

_STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2em;max-width:70em;color:#222}"
    "pre{font-size:13px;line-height:1.45;background:#f6f6f4;padding:.6em;overflow-x:auto}"
    "h1{font-size:1.3em}h2{font-size:1em;margin:2em 0 .3em;color:#666}"
    "mark{display:block;background:#fd9}summary{cursor:pointer;color:#666}"
)


def is_local(request: HTTPServerRequest) -> bool:
    """Whether the client is on this machine, and not by way of a proxy or of another site's name
    that leads here."""
    try:
        address = ip_address(request.remote_ip or "")
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_loopback or any(name in request.headers for name in _FORWARDED):
        return False
    host = request.host_name.strip("[]")
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


def debug_page(error: BaseException, request_line: str) -> str:
    """The page, as HTML."""
    title = xhtml_escape(f"{type(error).__name__}: {_cut(str(error))}")
    parts = [
        f"<!DOCTYPE html>\n<html><head><title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<p>{xhtml_escape(_cut(request_line))}</p>",
    ]
    for number, (one, relation) in enumerate(_chain(error)):
        text = xhtml_escape(f"{type(one).__name__}: {_cut(str(one), 2000)}")
        parts.append(f"<h1>{text}</h1>" if not number else f"<p>{relation}</p><h1>{text}</h1>")
        frames = list(_frames(one.__traceback__))
        if len(frames) > MAX_FRAMES:
            parts.append(f"<p>{len(frames) - MAX_FRAMES} frames before these are left out.</p>")
        parts += [_frame(*each) for each in frames[-MAX_FRAMES:]]
    parts.append("</body></html>\n")
    return "".join(parts)


def _chain(error: BaseException) -> Iterator[tuple[BaseException, str]]:
    """The exception and those that led to it."""
    relation = ""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < 10:
        seen.add(id(current))
        yield current, relation
        if current.__cause__ is not None:
            current, relation = current.__cause__, "This was the cause:"
        elif not current.__suppress_context__:
            current, relation = current.__context__, "It came up while this one was handled:"
        else:
            current = None


def _frames(tb: TracebackType | None) -> Iterator[tuple[Any, int]]:
    while tb is not None:
        yield tb.tb_frame, tb.tb_lineno
        tb = tb.tb_next


def _frame(frame: Any, line: int) -> str:
    code = frame.f_code
    lines = []
    for number in range(max(line - AROUND, 1), line + AROUND + 1):
        text = linecache.getline(code.co_filename, number, frame.f_globals).rstrip()
        if text or number == line:
            shown = xhtml_escape(f"{number:5d}  {_cut(text)}")
            lines.append(f"<mark>{shown}</mark>" if number == line else shown + "\n")
    names = list(frame.f_locals.items())[: MAX_ITEMS * 10]
    values = "\n".join(xhtml_escape(f"{name} = {_shown(name, value)}") for name, value in names)
    where = xhtml_escape(f"{code.co_filename}, line {line}, in {code.co_qualname}")
    return (
        f"<h2>{where}</h2><pre>{''.join(lines)}</pre>"
        f"<details><summary>names</summary><pre>{values}</pre></details>"
    )


def _shown(name: Any, value: Any, depth: int = 3) -> str:
    if isinstance(name, str) and _sounds_secret(name):
        return "(not shown)"
    kind = type(value)
    if value is None or kind in (bool, int, float, complex):
        return _cut(repr(value)) if kind is not int or abs(value) < 1 << 512 else "(a large int)"
    if kind in (str, bytes):
        return _cut(repr(value[: MAX_TEXT + 1]))
    if kind in (dict, list, tuple, set, frozenset):
        if not depth:
            return f"<{kind.__name__} of {len(value)}>"
        shown = []
        for index, item in enumerate(value):
            if index == MAX_ITEMS:
                shown.append("...")
                break
            if kind is dict:
                key = _shown(None, item, 0)
                shown.append(f"{key}: {_shown(item, value[item], depth - 1)}")
            else:
                shown.append(_shown(None, item, depth - 1))
        return f"{kind.__name__}({', '.join(shown)})"
    return f"<{kind.__module__}.{kind.__qualname__}>"


def _cut(text: str, most: int = MAX_TEXT) -> str:
    return text if len(text) <= most else text[:most] + "..."
