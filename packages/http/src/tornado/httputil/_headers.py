"""HTTP fields (RFC 9110 section 5): a mapping that ignores case and remembers repetition.

Laws:
1. Names are kept in one spelling, ``Content-Type``; the spelling of each name is worked out once
   and remembered in ``CANONICAL``, which holds valid names only.
2. Nothing with a line end, a NUL or another control character ever gets in, from a peer or from
   the program, so nothing that goes out can split.
3. A field that occurs once is a ``str``; one that is repeated becomes a list and is joined only
   when somebody asks: adding a line costs the same however many there are.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from tornado.httputil._errors import HTTPInputError

_MAX_REMEMBERED_NAMES = 1024
_LONGEST_REMEMBERED_NAME = 64

is_token = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
"""Whether a str is a ``token`` (RFC 9110 section 5.6.2)."""

# Field values hold visible characters, space, tab and obs-text (RFC 9110 section 5.5).
_forbidden_byte = re.compile("[^\t\x20-\x7e\x80-\xff]").search
_forbidden_char = re.compile("[\x00-\x08\x0a-\x1f\x7f]").search


class _CanonicalNames(dict[str, str]):
    def __missing__(self, name: str) -> str:
        if not is_token(name):
            raise HTTPInputError(f"header name {name[:80]!r} is not a token")
        spelling = "-".join([word.capitalize() for word in name.split("-")])
        if len(name) <= _LONGEST_REMEMBERED_NAME:
            if len(self) >= _MAX_REMEMBERED_NAMES:
                self.clear()
            self[name] = spelling
        return spelling


CANONICAL = _CanonicalNames()
"""``CANONICAL["content-TYPE"] == "Content-Type"``; a name that is no token: HTTPInputError."""


def check_value(name: str, value: str, chars_are_bytes: bool = True) -> None:
    """Raises HTTPInputError if ``value`` cannot be a field value."""
    search = _forbidden_byte if chars_are_bytes else _forbidden_char
    found = search(value)
    if found is not None:
        raise HTTPInputError(
            f"header {name}: character {found.group()!r} is not allowed in a header value"
        )


class HTTPHeaders(MutableMapping[str, str]):
    """A dictionary of header fields whose names ignore case.

    ``headers["x"]`` of a repeated field gives the values joined by ``","``; ``get_list`` gives them
    apart, ``get_all`` yields every (name, value) line. Made from another HTTPHeaders, a mapping,
    (name, value) pairs, or keyword arguments. Names must be tokens and values free of control
    characters: otherwise HTTPInputError.

    >>> headers = HTTPHeaders({"vary": "Cookie"})
    >>> headers.add("VARY", "Accept-Encoding")
    >>> headers["Vary"], headers.get_list("vary")
    ('Cookie,Accept-Encoding', ['Cookie', 'Accept-Encoding'])
    """

    __slots__ = ("__dict__", "__weakref__", "_fields")

    _fields: dict[str, str | list[str]]

    def __init__(self, *args: Any, **kwargs: str) -> None:
        if len(args) > 1:
            raise TypeError(f"HTTPHeaders takes one positional argument, got {len(args)}")
        self._fields = {}
        if args:
            source = args[0]
            if isinstance(source, HTTPHeaders):
                self._fields = source._copy_fields()
            else:
                pairs = source.items() if isinstance(source, Mapping) else source
                for name, value in pairs:
                    self[name] = value
        for name, value in kwargs.items():
            self[name] = value

    @classmethod
    def _from_fields(cls, fields: dict[str, str | list[str]]) -> HTTPHeaders:
        """Takes over ``fields``, whose names are canonical and whose values are checked."""
        headers = cls.__new__(cls)
        headers._fields = fields
        return headers

    def _copy_fields(self) -> dict[str, str | list[str]]:
        return {n: v if type(v) is str else list(v) for n, v in self._fields.items()}

    # -- one line at a time

    def add(self, name: str, value: str, *, _chars_are_bytes: bool = True) -> None:
        """Adds a line, keeping those of the same name."""
        name = CANONICAL[name]
        if not (value.isascii() and value.isprintable()):
            check_value(name, value, _chars_are_bytes)
        fields = self._fields
        old = fields.get(name)
        if old is None:
            fields[name] = value
        elif type(old) is list:
            old.append(value)
        else:
            fields[name] = [old, value]  # type: ignore[list-item]  # mypy cannot see it is a str

    def get_list(self, name: str) -> list[str]:
        """Every value of ``name`` in order of arrival; an empty list if there is none."""
        try:
            value = self._fields.get(CANONICAL[name])
        except HTTPInputError:
            return []
        if value is None:
            return []
        return [value] if isinstance(value, str) else list(value)

    def get_all(self) -> Iterable[tuple[str, str]]:
        """Yields (name, value) for every line; a repeated name comes once for each value."""
        for name, value in self._fields.items():
            if isinstance(value, str):
                yield name, value
            else:
                for one in value:
                    yield name, one

    def parse_line(self, line: str, *, _chars_are_bytes: bool = True) -> None:
        """Adds one ``Name: value`` line, with or without its line end.

        A line that continues the previous one (obs-fold, RFC 9112 section 5.2) is refused, as is a
        bare carriage return. Raises HTTPInputError.
        """
        if line.endswith("\r\n"):
            line = line[:-2]
        elif line.endswith("\n"):
            line = line[:-1]
        if not line:
            return
        name, colon, value = line.partition(":")
        if not colon:
            raise HTTPInputError(f"header line without a colon: {line[:80]!r}")
        self.add(name, value.strip(" \t"), _chars_are_bytes=_chars_are_bytes)

    @classmethod
    def parse(cls, headers: str, *, _chars_are_bytes: bool = True) -> HTTPHeaders:
        """Reads a header section, lines ended by CRLF or LF.

        >>> HTTPHeaders.parse("Content-Type: text/html\\r\\nA: 1\\r\\n").get("a")
        '1'
        """
        parsed = cls()
        for line in headers.split("\n"):
            parsed.parse_line(line.removesuffix("\r"), _chars_are_bytes=_chars_are_bytes)
        return parsed

    # -- the mapping

    def __setitem__(self, name: str, value: str) -> None:
        name = CANONICAL[name]
        if not (value.isascii() and value.isprintable()):
            check_value(name, value)
        self._fields[name] = value

    def __getitem__(self, name: str) -> str:
        try:
            value = self._fields[CANONICAL[name]]
        except HTTPInputError:
            raise KeyError(name) from None
        return value if isinstance(value, str) else ",".join(value)

    def __delitem__(self, name: str) -> None:
        try:
            del self._fields[CANONICAL[name]]
        except HTTPInputError:
            raise KeyError(name) from None

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and CANONICAL[name] in self._fields
        except HTTPInputError:
            return False

    def get(self, name: str, default: Any = None) -> Any:
        try:
            value = self._fields.get(CANONICAL[name])
        except HTTPInputError:
            return default
        if value is None:
            return default
        return value if isinstance(value, str) else ",".join(value)

    def __len__(self) -> int:
        return len(self._fields)

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def items(self) -> ItemsView[str, str]:
        return ItemsView(self)

    def copy(self) -> HTTPHeaders:
        """A copy that shares nothing with this one."""
        return type(self)(self)

    __copy__ = copy

    def __deepcopy__(self, memo: Any) -> HTTPHeaders:
        return self.copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return HTTPHeaders._from_fields, (self._copy_fields(),)

    def __str__(self) -> str:
        return "".join([f"{name}: {value}\n" for name, value in self.get_all()])

    __unicode__ = __str__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self.items())!r})"


class ReceivedHeaders(HTTPHeaders):
    """Headers as the parser found them, on a dictionary that belongs to the parser.

    The parser may use it again for the next request that repeats the same bytes: who changes these
    headers, changes a copy.
    """

    _own = False

    def _make_own(self) -> None:
        if not self._own:
            self._fields = self._copy_fields()
            self._own = True

    def add(self, name: str, value: str, *, _chars_are_bytes: bool = True) -> None:
        self._make_own()
        super().add(name, value, _chars_are_bytes=_chars_are_bytes)

    def __setitem__(self, name: str, value: str) -> None:
        self._make_own()
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self._make_own()
        super().__delitem__(name)

    def copy(self) -> HTTPHeaders:
        return HTTPHeaders(self)


ReceivedHeaders.__name__ = ReceivedHeaders.__qualname__ = "HTTPHeaders"
