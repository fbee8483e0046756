"""Compiled templates on disk, so that a program which starts does not compile them again.

Laws:
1. An entry is used only if everything that made it is the same: the text and options of the
   template and of all that it extends and includes, this package's own files, and Python.
2. An entry is whole or not there: it is written beside its place and moved there, and begins with
   a checksum of the rest.
3. Who can write an entry can run code here (it is ``marshal``, as in a .pyc), so nobody but the
   user of the process may write to the folder.

Nothing that goes wrong with an entry is an error: the template is compiled instead. Only programs
that keep their templates compiled import this file.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import pkgutil
import sys
import tempfile
from functools import cache

from tornado.escape._html import c_escape
from tornado.template._errors import AwaitsError
from tornado.template._sources import Sources
from tornado.template._template import Compiled, Template

_MADE_BY = ("_codegen", "_lexer", "_nodes", "_parser", "_python", "_sources", "_whitespace")
_CHECKSUM_BYTES = 32


class CodeCache:
    """The compiled templates in ``directory``, which is made if it is not there.

    Raises ValueError if others could write there.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = os.path.abspath(directory)
        os.makedirs(self.directory, mode=0o700, exist_ok=True)
        status = os.stat(self.directory)
        if os.name == "posix" and (status.st_uid != os.geteuid() or status.st_mode & 0o022):
            raise ValueError(
                f"{self.directory} holds code, and others may write there: it has to belong to the"
                " user of this process, with chmod go-w"
            )

    def load(self, template: Template) -> Compiled | None:
        """What was saved of exactly this template, None if there is nothing of use."""
        try:
            with open(self._path(template), "rb") as file:
                data = file.read()
        except OSError:
            return None
        if hashlib.sha256(data[_CHECKSUM_BYTES:]).digest() != data[:_CHECKSUM_BYTES]:
            return None
        key, asked, filename, regions, awaits, code = marshal.loads(data[_CHECKSUM_BYTES:])
        if key != _key(template):
            return None
        try:
            for path, digest in asked:
                if _digest(template.load(path, "include", 1)) != digest:
                    return None
        except Exception:
            return None  # compiling it says what is wrong, and where
        known = {one.name: one for one in _family(template)}
        sources = Sources.restored(filename, regions, known)
        return Compiled(code, sources, AwaitsError(*awaits) if awaits else None)

    def save(self, template: Template, compiled: Compiled) -> None:
        awaits = compiled.awaits
        asked = [(path, _digest(other)) for path, other in template.asked.items()]
        entry = (
            _key(template),
            asked,
            compiled.sources.filename,
            compiled.sources.described(),
            None
            if awaits is None
            else (awaits.message, awaits.filename, awaits.lineno, awaits.text),
            compiled.code,
        )
        data = marshal.dumps(entry)
        try:
            self._write(self._path(template), hashlib.sha256(data).digest() + data)
        except OSError as error:
            import logging  # for this line only

            logging.getLogger("tornado.general").warning(
                "Compiled template %s cannot be saved: %s", template.name, error
            )

    def _write(self, path: str, data: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self.directory)
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise

    def _path(self, template: Template) -> str:
        # One entry for a template, whatever its text: a new one takes the place of the old.
        which = hashlib.sha256(repr((template.source_name, template.options)).encode())
        return os.path.join(
            self.directory, f"{which.hexdigest()[:32]}.{sys.implementation.cache_tag}"
        )


def _key(template: Template) -> bytes:
    """Of all that decides what becomes of this one template."""
    made_of = (_pipeline(), template.source_name, template.name, template.options, template.source)
    return hashlib.sha256(repr(made_of).encode("utf-8", "surrogatepass")).digest()


def _digest(template: Template) -> bytes:
    """Of the template and all that it extends and includes."""
    total = hashlib.sha256(_key(template))
    for path, other in sorted(template.asked.items()):
        total.update(repr(path).encode("utf-8", "surrogatepass") + _digest(other))
    return total.digest()


def _family(template: Template) -> list[Template]:
    """The template and all that it extends and includes."""
    return [template, *(one for other in template.asked.values() for one in _family(other))]


@cache
def _pipeline() -> bytes:
    """Of the Python that is here, and of the files of this package that make code."""
    total = hashlib.sha256(repr((sys.version, sys.flags.optimize, c_escape is None)).encode())
    for name in _MADE_BY:
        total.update(pkgutil.get_data(__package__ or "", f"{name}.py") or b"")
    return total.digest()
