"""The head of a response: status, fields, redirects."""

from __future__ import annotations

import time
from datetime import datetime
from numbers import Integral
from typing import Any

from tornado.escape import utf8
from tornado.httputil import HTTPHeaders, HTTPInputError, format_timestamp, responses
from tornado.util import version
from tornado.web._base import HandlerBase

SERVER = f"TornadoServer/{version}"

_defaults: dict[str, str | list[str]] = {
    "Server": SERVER,
    "Content-Type": "text/html; charset=UTF-8",
    "Date": "",
}
_date_from = _date_until = 0.0


def _renew_date(now: float) -> None:
    """The Date header is worked out once a second."""
    global _date_from, _date_until
    _defaults["Date"] = format_timestamp(int(now))
    _date_from, _date_until = int(now), int(now) + 1.0


_new_headers = HTTPHeaders.__new__


class HeadersMixin(HandlerBase):
    """Status and headers of the response. Nothing is sent before ``flush`` or ``finish``."""

    def clear(self) -> None:
        """Forgets status, headers and body of this response and begins anew."""
        try:
            now = self.request._start_time
            if not _date_from <= now < _date_until:
                _renew_date(now)
        except (AttributeError, TypeError):  # a stand-in for a request, in a program's tests
            _renew_date(time.time())
        headers = self._headers = _new_headers(HTTPHeaders)
        headers._fields = _defaults.copy()
        self.set_default_headers()
        self._write_buffer = []
        self._status_code = 200
        self._reason = "OK"

    def set_default_headers(self) -> None:
        """Override to set headers that every response has, error pages too."""

    def set_status(self, status_code: int, reason: str | None = None) -> None:
        """Sets the status. ``reason``: its phrase, if not the standard one.

        Raises ValueError for a reason that cannot stand in a status line.
        """
        if reason is not None:
            reason = str(reason)
            if not reason.isprintable() or "<" in reason or not _is_latin1(reason):
                raise ValueError(f"reason {reason!r} cannot stand in a status line")
        elif status_code not in responses and not 100 <= status_code <= 999:
            raise ValueError(f"an HTTP status has three digits, got {status_code!r}")
        self._status_code = int(status_code)
        self._reason = reason or responses.get(self._status_code, "Unknown")

    def get_status(self) -> int:
        """The status as set so far."""
        return self._status_code

    def set_header(self, name: str, value: Any) -> None:
        """Sets a header, in place of any of the same name.

        ``value``: str, bytes, a number, or a datetime (sent as an HTTP date). Raises ValueError if
        it holds a line end or another character that no header may hold.
        """
        try:
            self._headers.__setitem__(
                name, value if type(value) is str else self._header_value(value)
            )
        except HTTPInputError as error:
            raise ValueError(str(error)) from None

    def add_header(self, name: str, value: Any) -> None:
        """Adds a header beside those of the same name. See ``set_header``."""
        try:
            self._headers.add(name, self._header_value(value))
        except HTTPInputError as error:
            raise ValueError(str(error)) from None

    def clear_header(self, name: str) -> None:
        """Takes back a header; nothing happens if it is not set."""
        if name in self._headers:
            del self._headers[name]

    def _header_value(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bytes):
            return value.decode("latin-1")
        if isinstance(value, Integral):
            return str(value)
        if isinstance(value, datetime):
            return format_timestamp(value)
        raise TypeError(f"a header value is str, bytes, int or datetime, got {value!r}")

    def redirect(self, url: str, permanent: bool = False, status: int | None = None) -> None:
        """Sends the client to ``url``, which may be relative, and finishes the request.

        The status is ``status`` (300 to 399) or 301 if ``permanent`` or 302.
        """
        if self._headers_written:
            raise RuntimeError("cannot redirect: the headers have already been sent")
        if status is None:
            status = 301 if permanent else 302
        elif not (isinstance(status, int) and 300 <= status <= 399):
            raise ValueError(f"a redirect has a status of 300 to 399, got {status!r}")
        self.set_status(status)
        location = utf8(url)
        self.set_header("Location", location if location.isascii() else _ascii_url(location))
        self.finish()


def _is_latin1(text: str) -> bool:
    return all(ord(char) < 256 for char in text)


def _ascii_url(url: bytes) -> str:
    """Bytes that no URL may hold, percent-encoded: what browsers do with them anyway."""
    return "".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in url)
