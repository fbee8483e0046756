"""What can be wrong with a template before it runs.

::

    ParseError                     the template cannot be read
    ├── TemplateSyntaxError        because the Python in it is not (also a SyntaxError)
    └── TemplateNotFoundError      because there is none (also a FileNotFoundError and a KeyError)

What goes wrong while it runs is whatever exception the Python in it raises.
"""

from __future__ import annotations

import errno


class ParseError(Exception):
    """A template that cannot be read: ``message`` says why, ``filename`` and ``lineno`` where.

    ``filename`` is the name of the template as its loader knows it, None if there is no place to
    name; ``lineno`` counts from 1.
    """

    def __init__(self, message: str, filename: str | None = None, lineno: int = 0) -> None:
        self.message, self.filename, self.lineno = message, filename, lineno

    def __str__(self) -> str:
        if self.filename is None:
            return self.message
        return f"{self.message} at {self.filename}:{self.lineno}"


class TemplateSyntaxError(ParseError, SyntaxError):  # type: ignore[misc]  # lineno: never None
    """Python in a template that Python cannot read; a traceback shows the line of the template."""

    def __init__(
        self,
        message: str,
        filename: str | None = None,
        lineno: int = 0,
        text: str | None = None,
    ) -> None:
        ParseError.__init__(self, message, filename, lineno)
        self.msg = message
        self.text = text

    def __str__(self) -> str:
        return ParseError.__str__(self)


class AwaitsError(TemplateSyntaxError):
    """Not for users: the template awaits, so its function has to be the asynchronous one."""


class TemplateNotFoundError(ParseError, FileNotFoundError, KeyError):
    """No template of that name.

    It is a FileNotFoundError and a KeyError because the two loaders raised those before.
    ``filename`` and ``lineno`` are the place of the ``{% extends %}`` or ``{% include %}`` that
    asked for it; when a program did, ``filename`` is None.
    """

    def __init__(self, message: str, filename: str | None = None, lineno: int = 0) -> None:
        ParseError.__init__(self, message, filename, lineno)
        self.errno = errno.ENOENT
        self.args = (message, filename, lineno)

    def __str__(self) -> str:
        return ParseError.__str__(self)
