"""Loaders: from the name of a template to the template, compiled once."""

from __future__ import annotations

import os
import posixpath
import threading
from typing import TYPE_CHECKING, Any

from tornado.template._codegen import DEFAULT_ESCAPE
from tornado.template._errors import ParseError, TemplateNotFoundError
from tornado.template._template import Template

if TYPE_CHECKING:
    from tornado.template._cache import CodeCache


class BaseLoader:
    """What all loaders share: the templates they have loaded, and defaults for them.

    - ``autoescape``: the name of the function that ``{{ }}`` goes through, None for none.
    - ``namespace``: names that all templates of this loader know.
    - ``whitespace``: the mode of `filter_whitespace`; None decides by the name of each template.
    - ``cache_directory``: a folder to keep compiled templates in, so that a program starts faster.
      It is made if it is not there; ValueError if others may write to it, since it holds code. It
      may be deleted at any time.

    A loader of your own defines ``resolve_path`` and ``_create_template``, which makes the
    `Template` of a resolved name with ``loader=self``. One loader may be used by many threads.
    """

    _code_cache: CodeCache | None = None

    def __init__(
        self,
        autoescape: str | None = DEFAULT_ESCAPE,
        namespace: dict[str, Any] | None = None,
        whitespace: str | None = None,
        cache_directory: str | os.PathLike[str] | None = None,
    ) -> None:
        if cache_directory is not None:
            from tornado.template._cache import CodeCache

            self._code_cache = CodeCache(cache_directory)
        self.templates: dict[str, Template] = {}
        self._loading: list[str] = []
        # Reentrant: loading a template loads those that it extends and includes.
        self.lock = threading.RLock()
        self.namespace = {} if namespace is None else namespace
        self.autoescape, self.whitespace = autoescape, whitespace

    def reset(self) -> None:
        """Forget all templates, so that they are read again when they are next asked for."""
        with self.lock:
            self.templates = {}

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """The full name of ``name`` as written in the template ``parent_path``."""
        raise NotImplementedError(f"{type(self).__name__} has to define resolve_path")

    def load(self, name: str, parent_path: str | None = None) -> Template:
        """The template ``name``, relative to the template ``parent_path`` if given.

        Raises TemplateNotFoundError if there is none, ParseError if it cannot be read.
        """
        name = self.resolve_path(name, parent_path=parent_path)
        template = self.templates.get(name)
        if template is not None:
            return template
        with self.lock:
            if name in self.templates:
                return self.templates[name]
            if name in self._loading:
                circle = [*self._loading[self._loading.index(name) :], name]
                raise ParseError(
                    "templates extend or include each other in a circle, " + " -> ".join(circle)
                )
            self._loading.append(name)
            try:
                template = self._create_template(name)
            finally:
                self._loading.pop()
            self.templates[name] = template
            return template

    def file_of(self, name: str) -> str | None:
        """The file of the template with this full name; None if it is not in a file."""
        return None

    def _create_template(self, name: str) -> Template:
        raise NotImplementedError(f"{type(self).__name__} has to define _create_template")


class Loader(BaseLoader):
    """Loads templates from the files in ``root_directory``; takes the arguments of `BaseLoader`.

    ``{% extends %}`` and ``{% include %}`` are relative to the template that they stand in.
    """

    def __init__(self, root_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.root = os.path.abspath(root_directory)

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """``name`` relative to the root: as it is, or from the folder of ``parent_path``.

        A name that begins with a slash, and one that would lead out of the root, stay as they are.
        """
        if not parent_path or parent_path[0] in "</" or name.startswith("/"):
            return name
        folder = os.path.dirname(os.path.abspath(os.path.join(self.root, parent_path)))
        path = os.path.abspath(os.path.join(folder, name))
        inside = os.path.join(self.root, "")
        return path.removeprefix(inside) if path.startswith(inside) else name

    def file_of(self, name: str) -> str:
        return os.path.join(self.root, name)

    def _create_template(self, name: str) -> Template:
        path = self.file_of(name)
        try:
            with open(path, "rb") as file:
                text = file.read()
        except FileNotFoundError:
            raise TemplateNotFoundError(f"no template {name!r}: there is no file {path}") from None
        return Template(text, name=name, loader=self)


class DictLoader(BaseLoader):
    """Loads templates from a dict of their names and texts; takes the arguments of `BaseLoader`."""

    def __init__(self, dict: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dict = dict

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """``name`` as it is, or from the folder of ``parent_path``."""
        if not parent_path or parent_path[0] in "</" or name.startswith("/"):
            return name
        return posixpath.normpath(posixpath.join(posixpath.dirname(parent_path), name))

    def _create_template(self, name: str) -> Template:
        if name not in self.dict:
            import difflib  # takes its time, and is for this sentence only

            close = difflib.get_close_matches(name, self.dict, 1)
            meant = f"did you mean {close[0]!r}?" if close else "it is not in the loader's dict"
            raise TemplateNotFoundError(f"no template {name!r}: {meant}")
        return Template(self.dict[name], name=name, loader=self)
