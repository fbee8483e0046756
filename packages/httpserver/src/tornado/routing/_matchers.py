"""Matchers: does a rule apply to a request, and with which arguments for its target?"""

from __future__ import annotations

import re
from re import Pattern
from typing import Any
from urllib.parse import unquote_to_bytes

from tornado.escape import url_escape, url_unescape
from tornado.httputil import HTTPServerRequest
from tornado.routing._template import PathTemplate


class Matcher:
    """Decides whether a rule applies to a request."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """The arguments for the rule's target, for instance ``{"path_args": [...]}``; an empty
        dict if there are none, None if the rule does not apply."""
        raise NotImplementedError

    def reverse(self, *args: Any, **kwargs: Any) -> str | None:
        """The URL that matches with these arguments; None if this matcher cannot tell."""
        return None


class AnyMatches(Matcher):
    """Applies to every request."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return {}


class HostMatches(Matcher):
    """Applies to requests for the hosts that ``host_pattern`` matches in full.

    A str is a regular expression; the end of the host name is implied.
    """

    def __init__(self, host_pattern: str | Pattern[str]) -> None:
        if isinstance(host_pattern, str):
            host_pattern = re.compile(_ended(host_pattern))
        self.host_pattern = host_pattern

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return {} if self.host_pattern.match(request.host_name) else None


class DefaultHostMatches(Matcher):
    """Applies if the application's ``default_host`` matches ``host_pattern`` and no proxy has told
    which host the client asked for (``X-Real-Ip``)."""

    def __init__(self, application: Any, host_pattern: Pattern[str]) -> None:
        self.application = application
        self.host_pattern = host_pattern

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        if "X-Real-Ip" in request.headers:
            return None
        return {} if self.host_pattern.match(self.application.default_host) else None


class PathMatches(Matcher):
    """Applies to requests whose whole path matches ``path_pattern``, a regular expression.

    The groups become ``path_kwargs`` if they have names, else ``path_args``: bytes, with percent
    escapes undone. A pattern has groups of one kind only.
    """

    def __init__(self, path_pattern: str | Pattern[str]) -> None:
        if isinstance(path_pattern, str):
            path_pattern = _compiled(path_pattern)
        self.regex = path_pattern
        named = len(path_pattern.groupindex)
        if named not in (0, path_pattern.groups):
            raise ValueError(
                f"route {path_pattern.pattern!r} mixes groups with and without names: "
                "name all of them or none, and write (?:...) for one that captures nothing"
            )
        template = PathTemplate.read(path_pattern.pattern)
        if template is not None and len(template.names) != path_pattern.groups:
            template = None  # groups inside groups
        self._template = template

    @property
    def exact_path(self) -> str | None:
        """The only path that matches, if there is only one."""
        if self.regex.flags & ~re.UNICODE or self._template is None:
            return None
        if not self.regex.pattern.endswith("$"):
            return None  # compiled by the program: it matches whatever begins so
        return self._template.exact

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        found = self.regex.match(request.path)
        if found is None:
            return None
        if not self.regex.groups:
            return {}
        if self.regex.groupindex:
            return {"path_kwargs": {n: unquoted(v) for n, v in found.groupdict().items()}}
        return {"path_args": [unquoted(v) for v in found.groups()]}

    def reverse(self, *args: Any, **kwargs: Any) -> str | None:
        """The URL with ``args`` for the groups in order, and ``kwargs`` for those with names.

        An optional group may be left out, or be None; an optional section goes with it. ValueError
        if the arguments do not fit, or if the pattern has no single URL.
        """
        template = self._template
        if template is None:
            pattern = self.regex.pattern
            raise ValueError(f"route {pattern!r} cannot be reversed: it has no single URL")
        return template.fill(
            [_quoted(value) for value in args],
            {name: _quoted(value) for name, value in kwargs.items()},
        )

    def _find_groups(self) -> tuple[str | None, int | None]:
        """The path with ``%s`` in place of its groups, and their number; two None if it has no one
        form. Packages that trace requests name them by it."""
        form = None if self._template is None else self._template.form()
        return (None, None) if form is None else (form, self.regex.groups)


def _quoted(value: Any) -> str | None:
    if value is None:
        return None
    return url_escape(value if isinstance(value, (str, bytes)) else str(value), plus=False)


def _compiled(pattern: str) -> Pattern[str]:
    try:
        return re.compile(_ended(pattern))
    except re.error as error:
        words = f"route {pattern!r} is no regular expression: {error.msg}"
        raise re.error(words, pattern, error.pos) from None


def _ended(pattern: str) -> str:
    return pattern if pattern.endswith("$") else pattern + "$"


def unquoted(text: str | None) -> bytes | None:
    if text is None:
        return None
    if text.isascii():
        return url_unescape(text, encoding=None, plus=False) if "%" in text else text.encode()
    try:
        raw = text.encode("latin-1")  # as it came: the head of a request is read as Latin-1
    except UnicodeEncodeError:
        raw = text.encode()
    return unquote_to_bytes(raw)  # which need not be UTF-8: that is for the handler to say
