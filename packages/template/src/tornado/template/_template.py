"""A template: parsed and compiled once, when it is made, and run by ``generate``."""

from __future__ import annotations

import builtins
import math
from collections.abc import AsyncGenerator, Callable
from functools import partial
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tornado.escape._html import c_escape, escape_text_plain, name_quotes
from tornado.template import _runtime as runtime
from tornado.template._chunks import CHUNK_SIZE, Chunks
from tornado.template._codegen import DEFAULT_ESCAPE, compile_template, python_source
from tornado.template._errors import AwaitsError, ParseError, TemplateSyntaxError
from tornado.template._parser import parse
from tornado.template._traceback import show_template
from tornado.template._whitespace import default_mode, filter_whitespace

if TYPE_CHECKING:
    from tornado.template._loaders import BaseLoader
    from tornado.template._nodes import File
    from tornado.template._sources import Sources


class _Unset:
    """The type of a parameter that was not given, where None means something."""


_UNSET: Final = _Unset()

_ESCAPE_STR: Callable[[str], str] = c_escape or escape_text_plain


class Compiled(NamedTuple):
    """What became of a template: a plain function, or, if it ``awaits``, an asynchronous one."""

    code: CodeType
    sources: Sources
    awaits: AwaitsError | None


class Template:
    """A compiled template.

    - ``template_string``: its text; bytes are taken as UTF-8.
    - ``name``: what errors call it; by it HTML and JavaScript are told from the rest.
    - ``loader``: finds the templates that this one extends and includes, and gives the defaults of
      what follows.
    - ``compress_whitespace``: the older way to say ``whitespace``; True is ``"single"``, False is
      ``"all"``.
    - ``autoescape``: the name of the function that every ``{{ }}`` goes through, None for none.
      ``"xhtml_escape"`` unless said otherwise.
    - ``whitespace``: the mode of `filter_whitespace` for the template's text. ``"single"`` for
      names that end in ``.html`` or ``.js``, otherwise ``"all"``.

    Raises ParseError if it, or a template that it needs, cannot be read or found.
    """

    _file: File | None = None
    _awaits: AwaitsError | None = None  # why it has no plain function
    _asynchronous: tuple[CodeType, Sources] | None = None

    def __init__(
        self,
        template_string: str | bytes,
        name: str = "<string>",
        loader: BaseLoader | None = None,
        compress_whitespace: bool | _Unset | None = _UNSET,
        autoescape: str | _Unset | None = _UNSET,
        whitespace: str | None = None,
    ) -> None:
        if not isinstance(compress_whitespace, _Unset) and compress_whitespace is not None:
            if whitespace is not None:
                raise ValueError("give whitespace or compress_whitespace, not both")
            whitespace = "single" if compress_whitespace else "all"
        if whitespace is None:
            whitespace = (loader.whitespace if loader else None) or default_mode(name)
        filter_whitespace(whitespace, "")  # refuses an unknown mode
        if isinstance(autoescape, _Unset):
            autoescape = loader.autoescape if loader else DEFAULT_ESCAPE
        if isinstance(template_string, bytes):
            template_string = template_string.decode()
        elif not isinstance(template_string, str):
            raise TypeError(f"a template is str or bytes, got {type(template_string).__name__}")
        self.name = name
        self.loader = loader
        self.namespace: dict[str, Any] = loader.namespace if loader else {}
        self.source = template_string
        path = loader.file_of(name) if loader else None
        self.has_file = path is not None
        # Python keeps "<string>" for something else.
        self.source_name = path or ("<string> template" if name == "<string>" else name)
        self.options = autoescape or None, whitespace
        self.asked: dict[str, Template] = {}
        cache = loader._code_cache if loader else None
        found = cache.load(self) if cache else None
        if found is None:
            found = self._compile()
            if cache:
                cache.save(self, found)
        if found.awaits:
            self._awaits = found.awaits
            self._asynchronous = found.code, found.sources
        else:
            self.compiled, self._sources = found.code, found.sources
        # Functions written in C that import (strftime is one) look for __builtins__ in the globals.
        self._names = {
            "__name__": name.replace(".", "_"),
            "__builtins__": builtins,
            **runtime.NAMESPACE,
        }

    def __repr__(self) -> str:
        return f"<Template {self.name!r}>"

    def _compile(self) -> Compiled:
        try:
            return Compiled(*compile_template(self), None)
        except AwaitsError as error:
            return Compiled(*compile_template(self, asynchronous=True), error)

    @property
    def file(self) -> File:
        """The tree of the template; a compiled one that was found on disk seldom needs it."""
        if self._file is None:
            self._file = parse(self.source, self.name, *self.options)
        return self._file

    @property
    def autoescape(self) -> str | None:
        """The name of the function that ``{{ }}`` goes through in this file."""
        return self.file.autoescape

    @property
    def code(self) -> str:
        """The function of this template as Python source, to look at."""
        return python_source(self, asynchronous=self._awaits is not None)

    def generate(self, **kwargs: Any) -> bytes:
        """The output of the template, in UTF-8, with ``kwargs`` as its names.

        They come before the names of the loader's ``namespace``, and those before what every
        template has: ``escape`` (also called ``xhtml_escape``), ``url_escape``, ``json_encode``,
        ``squeeze``, ``linkify`` and ``datetime``.

        Raises whatever the Python in the template raises; the traceback shows the template.
        Raises TemplateSyntaxError if the template awaits: see ``generate_async``.
        """
        if self._awaits is not None:
            why = self._awaits
            raise TemplateSyntaxError(why.message, why.filename, why.lineno, why.text)
        namespace = {**self._names, **self.namespace, **kwargs}
        odd: list[bytes] = []
        try:
            text = FunctionType(self.compiled, namespace)(*_arguments(namespace, odd))
            return runtime.encoded(text, odd)
        except Exception as error:
            show_template(error, self._sources, namespace)
            raise

    async def generate_async(self, **kwargs: Any) -> bytes:
        """As ``generate``, in a template that may await: ``{{ await f() }}``, ``{% async for %}``,
        ``{% set x = await f() %}``. Any other template will do as well."""
        return b"".join([chunk async for chunk in self._run(math.inf, kwargs)])

    def stream(self, chunk_size: int = CHUNK_SIZE, /, **kwargs: Any) -> AsyncGenerator[bytes]:
        """The output of a template that may await, bit by bit: ``async for chunk in t.stream():``.

        What there is goes out before the template awaits something outside of a loop. Otherwise a
        chunk comes when a loop has made at least ``chunk_size`` characters; nothing comes from
        inside ``{% try %}`` and ``{% apply %}``. An exception comes after the chunks before it.
        """
        if not isinstance(chunk_size, int) or chunk_size < 1:
            raise ValueError(f"chunk_size is a number of characters from 1, got {chunk_size!r}")
        return self._run(chunk_size, kwargs)

    async def _run(self, size: float, kwargs: dict[str, Any]) -> AsyncGenerator[bytes]:
        if self._asynchronous is None:
            self._asynchronous = compile_template(self, asynchronous=True)
        code, sources = self._asynchronous
        namespace = {**self._names, **self.namespace, **kwargs}
        odd: list[bytes] = []
        output = FunctionType(code, namespace)(*_arguments(namespace, odd), Chunks(size))
        try:
            async for text in output:
                if text:
                    yield runtime.encoded(text, odd)
        except Exception as error:
            show_template(error, sources, namespace)
            raise
        finally:
            await output.aclose()

    def load(self, path: str, tag: str, line: int) -> Template:
        """The template that a ``tag`` on ``line`` of this one names."""
        if self.loader is None:
            raise ParseError(
                f"{{% {tag} %}} needs a loader to find {path!r}: load this template with a Loader,"
                " or pass loader= to Template",
                self.name,
                line,
            )
        try:
            found = self.asked[path] = self.loader.load(path, self.name)
            return found
        except ParseError as error:
            if error.filename is None:  # it is about this tag
                error.filename, error.lineno = self.name, line
                error.args = (error.message, self.name, line)
            raise
        except Exception as error:
            error.add_note(f"asked for by {{% {tag} %}} at {self.name}:{line}")
            raise


def _arguments(namespace: dict[str, Any], odd: list[bytes]) -> tuple[Any, ...]:
    """What the function of a template is called with: its ``PARAMETERS``."""
    chosen = namespace[DEFAULT_ESCAPE]
    escape_str = _ESCAPE_STR
    fix_quotes: Callable[[str], str] = name_quotes
    escape_other = runtime.other_to_html
    if chosen is not runtime.escape:
        escape_str = escape_other = partial(runtime.escaped_by, chosen, odd)
        fix_quotes = str
    return (
        escape_str,
        fix_quotes,
        escape_other,
        runtime.other_to_text,
        runtime.escaped_by,
        runtime.applied,
        odd,
        type,
        str,
    )
