"""UI modules: pieces of page that bring their own CSS and JavaScript.

A module is a class with a ``render`` method. A template uses it as ``{% module Entry(entry) %}`` or
``{{ modules.Entry(entry) }}``; what its other methods name is put in the page once, however often
the module is used: style sheets and ``html_head`` at the end of the head, scripts and ``html_body``
at the end of the body. `RequestHandler.render` does that, at the end; see ``_render.py``.

The settings ``ui_modules`` and ``ui_methods`` name the modules, and the functions of a handler that
templates may call. Each is a Python module, a dict or a list of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tornado.escape import SafeString, linkify, to_unicode, utf8
from tornado.util import ObjectDict

if TYPE_CHECKING:
    from tornado.web._render import RenderMixin

Source = ModuleType | dict[str, Any] | Iterable[Any] | None


class UIModule:
    """A piece of page. Override ``render`` and whatever else it needs.

    One is made per request and name, however often the page uses it. It has ``handler``,
    ``request``, ``ui`` and ``locale``.
    """

    def __init__(self, handler: Any) -> None:
        self.handler, self.request = handler, handler.request
        self.locale, self.ui = handler.locale, handler.ui

    @property
    def current_user(self) -> Any:
        """The handler's current user."""
        return self.handler.current_user

    def render(self, *args: Any, **kwargs: Any) -> str | bytes:
        """Override to give the HTML for one use of the module; the arguments are the template's."""
        raise NotImplementedError(f"{type(self).__name__} needs a method render()")

    def render_string(self, path: str, **kwargs: Any) -> bytes:
        """The template ``path``, rendered with the names every template has, and ``kwargs``."""
        page: bytes = self.handler.render_string(path, **kwargs)
        return page

    def embedded_css(self) -> str | bytes | None:
        """Override to give CSS for a ``<style>`` in the page's head."""
        return None

    def css_files(self) -> str | Iterable[str] | None:
        """Override to give the style sheets to link: one or more URLs, or paths of static files."""
        return None

    def embedded_javascript(self) -> str | bytes | None:
        """Override to give JavaScript for a ``<script>`` at the end of the page's body."""
        return None

    def javascript_files(self) -> str | Iterable[str] | None:
        """Override to give the scripts to link: one or more URLs, or paths of static files."""
        return None

    def html_head(self) -> str | bytes | None:
        """Override to give HTML for the end of the page's head."""
        return None

    def html_body(self) -> str | bytes | None:
        """Override to give HTML for the end of the page's body."""
        return None


class TemplateModule(UIModule):
    """``{% module Template("entry.html", entry=entry) %}``: a module without a class.

    The template says what it brings along with
    ``{{ set_resources(embedded_css=..., javascript_files=..., ...) }}``, whose keywords are the
    methods of `UIModule`; however often it is used, that must be the same, or ValueError is raised.
    """

    def __init__(self, handler: Any) -> None:
        super().__init__(handler)
        self._resources: dict[str, dict[str, Any]] = {}

    def render(self, path: str, **kwargs: Any) -> bytes:
        def set_resources(**resources: Any) -> str:
            if unknown := resources.keys() - _RESOURCES.keys():
                raise TypeError(
                    f"set_resources() in {path} knows no {', '.join(sorted(unknown))}; "
                    f"there are {', '.join(_RESOURCES)}"
                )
            if self._resources.setdefault(path, resources) != resources:
                raise ValueError(
                    f"set_resources() in {path} was called with other values before; they go into "
                    "the page once, so they cannot depend on the arguments"
                )
            return ""

        return self.render_string(path, set_resources=set_resources, **kwargs)

    def _all(self, kind: str) -> Iterator[Any]:
        return (given[kind] for given in self._resources.values() if given.get(kind))

    def embedded_css(self) -> str:
        return "\n".join(to_unicode(text) for text in self._all("embedded_css"))

    def css_files(self) -> list[str]:
        return [path for given in self._all("css_files") for path in _paths(given)]

    def embedded_javascript(self) -> str:
        return "\n".join(to_unicode(text) for text in self._all("embedded_javascript"))

    def javascript_files(self) -> list[str]:
        return [path for given in self._all("javascript_files") for path in _paths(given)]

    def html_head(self) -> str:
        return "".join(to_unicode(text) for text in self._all("html_head"))

    def html_body(self) -> str:
        return "".join(to_unicode(text) for text in self._all("html_body"))


class _Linkify(UIModule):
    """``{% module linkify(text) %}``: text with its URLs made links."""

    def render(self, text: str, **kwargs: Any) -> str:
        return linkify(text, **kwargs)


class _XsrfFormHtml(UIModule):
    """``{% module xsrf_form_html() %}``: the hidden field that forms need."""

    def render(self) -> str:
        field: str = self.handler.xsrf_form_html()
        return field


BUILTIN_MODULES: dict[str, type[UIModule]] = {
    "Template": TemplateModule,
    "linkify": _Linkify,
    "xsrf_form_html": _XsrfFormHtml,
}


# -- the settings


def load_ui_modules(source: Source) -> dict[str, type[UIModule]]:
    """The modules that the setting ``ui_modules`` names, and those that are always there."""
    found = dict(BUILTIN_MODULES)
    for name, value in _named(source, "ui_modules"):
        if isinstance(value, type) and issubclass(value, UIModule):
            found[name] = value
    return found


def load_ui_methods(source: Source) -> dict[str, Callable[..., Any]]:
    """The functions that the setting ``ui_methods`` names: all that are called in lower case."""
    return {
        name: value
        for name, value in _named(source, "ui_methods")
        if callable(value) and name[:1] not in ("", "_") and name[0] == name[0].lower()
    }


def _named(source: Source, setting: str) -> Iterator[tuple[str, Any]]:
    if source is None:
        return
    if isinstance(source, ModuleType):
        yield from vars(source).items()
    elif isinstance(source, dict):
        yield from source.items()
    elif isinstance(source, (list, tuple, set, frozenset)):
        for one in source:
            yield from _named(one, setting)
    else:
        raise TypeError(
            f"the setting {setting} takes a Python module, a dict or a list of them, not {source!r}"
        )


# -- what templates see


class ModuleNamespace:
    """``modules`` in a template: each module is a function that gives its HTML.

    The HTML is marked as such, so that ``{{ modules.Entry(e) }}`` comes out as it is under
    autoescape as well as without.
    """

    def __init__(self, handler: RenderMixin, known: dict[str, type[UIModule]]) -> None:
        self._handler = handler
        self._known = known

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return partial(self._render, self._known[name], name)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self._known:
            raise AttributeError(
                f"there is no UI module {name!r}; the setting ui_modules and the built-in ones "
                f"give {', '.join(sorted(self._known))}"
            )
        return self[name]

    def _render(self, kind: type[UIModule], name: str, *args: Any, **kwargs: Any) -> Any:
        active = self._handler._active_modules
        if active is None:
            active = self._handler._active_modules = {}
        module = active.get(name)
        if module is None:
            module = active[name] = kind(self._handler)
        html = module.render(*args, **kwargs)
        return SafeString(to_unicode(html)) if isinstance(html, (str, bytes)) else html


def make_ui(handler: RenderMixin) -> ObjectDict:
    """The handler's ``ui``: the functions of ``ui_methods`` bound to it, and ``modules``."""
    application = handler.application
    names: dict[str, Any] = {
        name: partial(method, handler) for name, method in application.ui_methods.items()
    }
    names["modules"] = names["_tt_modules"] = ModuleNamespace(handler, application.ui_modules)
    return ObjectDict(names)


# -- what modules bring along


_RESOURCES = {
    "embedded_css": UIModule.embedded_css,
    "css_files": UIModule.css_files,
    "embedded_javascript": UIModule.embedded_javascript,
    "javascript_files": UIModule.javascript_files,
    "html_head": UIModule.html_head,
    "html_body": UIModule.html_body,
}
_END_OF_HEAD = re.compile(rb"</head\s*>|(?=<body[\s>])", re.IGNORECASE)
_END_OF_BODY = re.compile(rb"</body\s*>", re.IGNORECASE)
_DOCTYPE = re.compile(rb"\s*(?:<!doctype[^>]*>\s*)?(?:<html[^>]*>)?", re.IGNORECASE)


def is_absolute(path: str) -> bool:
    """Whether a script or style sheet is given by its URL, not as the path of a static file."""
    return path.startswith(("/", "http:", "https:"))


def _paths(given: str | bytes | Iterable[str]) -> list[str]:
    return [to_unicode(given)] if isinstance(given, (str, bytes)) else list(given)


def add_resources(handler: RenderMixin, page: bytes, modules: Iterable[UIModule]) -> bytes:
    """``page`` with what ``modules`` bring along put at the ends of its head and body.

    A page that does not say where its head ends gets it before ``<body>``, or at the start; one
    that does not say where its body ends, at its end.
    """
    css: dict[str, None] = {}  # in order, each once
    scripts: dict[str, None] = {}
    styles: list[bytes] = []
    code: list[bytes] = []
    heads: list[bytes] = []
    bodies: list[bytes] = []
    for module in modules:
        for files, given in ((css, module.css_files()), (scripts, module.javascript_files())):
            if given:
                files.update(dict.fromkeys(_paths(given)))
        for texts, text in (
            (styles, module.embedded_css()),
            (code, module.embedded_javascript()),
            (heads, module.html_head()),
            (bodies, module.html_body()),
        ):
            if text:
                texts.append(utf8(text))
    head = b""
    if css:
        head += utf8(handler.render_linked_css(list(css))) + b"\n"
    if styles:
        head += utf8(handler.render_embed_css(styles)) + b"\n"
    if heads:
        head += b"".join(heads) + b"\n"
    body = b""
    if scripts:
        body += utf8(handler.render_linked_js(list(scripts))) + b"\n"
    if code:
        body += utf8(handler.render_embed_js(code)) + b"\n"
    if bodies:
        body += b"".join(bodies) + b"\n"
    if body:
        ends = [found.start() for found in _END_OF_BODY.finditer(page)]
        at = ends[-1] if ends else len(page)
        page = page[:at] + body + page[at:]
    if head:
        place = _END_OF_HEAD.search(page)
        at = place.start() if place else _DOCTYPE.match(page).end()  # type: ignore[union-attr]  # matches ""
        page = page[:at] + head + page[at:]
    return page
