"""Pages from templates.

Laws:
1. A template is compiled once per process: loaders are kept on the class, behind a lock.
2. ``render`` ends the request; ``render_string`` only gives the page.
3. Names the program gives win over the ones every template has.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from tornado.escape import utf8, xhtml_escape
from tornado.template import BaseLoader, Loader, Template
from tornado.web._base import HandlerBase
from tornado.web._ui import UIModule, add_resources, is_absolute, make_ui

if TYPE_CHECKING:
    from tornado.concurrent import Future
    from tornado.locale import Locale
    from tornado.util import ObjectDict

_HERE = __name__.rpartition(".")[0]


class RenderMixin(HandlerBase):
    """The methods of a request handler that make pages."""

    if TYPE_CHECKING:
        current_user: Any  # _identity
        locale: Locale  # _localization

        def xsrf_form_html(self) -> str: ...  # _xsrf

    _template_loaders: ClassVar[dict[Any, Any]] = {}
    _template_loader_lock: ClassVar[threading.Lock] = threading.Lock()

    _ui: ObjectDict | None = None
    _active_modules: dict[str, UIModule] | None = None

    @property
    def ui(self) -> ObjectDict:
        """What templates may call: the functions of the setting ``ui_methods``, each bound to this
        handler, and ``modules``. A dict whose keys are attributes too."""
        if self._ui is None:
            self._ui = make_ui(self)
        return self._ui

    @ui.setter
    def ui(self, value: ObjectDict | None) -> None:
        self._ui = value

    def render(self, template_name: str, **kwargs: Any) -> Future[None]:
        """Answer the request with the page that the template makes of the names in ``kwargs``.

        What the page's UI modules bring along is put into its head and body. The request is
        finished with that: nothing can be written afterwards. Returns the Future of ``finish``,
        which says when all has been handed to the network; there is no need to await it.

        Raises RuntimeError if the request was finished before.
        """
        self._refuse_finished()
        return self._finish_page(utf8(self.render_string(template_name, **kwargs)))

    async def render_async(self, template_name: str, **kwargs: Any) -> None:
        """As ``render``, with a template that may await: ``{{ await x }}``, ``{% async for %}``."""
        self._refuse_finished()
        template, namespace = self._page(template_name, kwargs)
        await self._finish_page(await template.generate_async(**namespace))

    async def render_stream(self, template_name: str, **kwargs: Any) -> None:
        """Answer the request with the page of a template that may await, and send it in chunks as
        it is made; see ``Template.stream`` for when. Waits for a client that reads slowly.

        Headers and cookies have to be set before. UI modules that bring CSS or scripts along need
        the whole page: with them it raises RuntimeError, as ``render`` does after ``finish``.
        """
        self._refuse_finished()
        template, namespace = self._page(template_name, kwargs)
        chunks = template.stream(**namespace)
        try:
            async for chunk in chunks:
                modules = self._active_modules
                if modules and add_resources(self, b"", modules.values()):
                    raise RuntimeError(
                        f"UI modules of {template_name!r} bring along what belongs into the head "
                        "of the page, which may have been sent: use render_async()"
                    )
                self.write(chunk)
                await self.flush()
        finally:
            await chunks.aclose()
            self._ui = self._active_modules = None
        if not self._finished:
            await self.finish()

    def _refuse_finished(self) -> None:
        if self._finished:
            raise RuntimeError(
                "render() was called on a finished request; after finish(), render(), redirect() "
                "or send_error() return from the handler"
            )

    def _finish_page(self, page: bytes) -> Future[None]:
        if self._active_modules:
            page = add_resources(self, page, self._active_modules.values())
        # They refer to this handler: without them, it goes as soon as the request is over.
        self._ui = self._active_modules = None
        return self.finish(page)

    def render_string(self, template_name: str, **kwargs: Any) -> bytes:
        """The page that the template makes of the names in ``kwargs``, as UTF-8. The response is
        left alone: for mails, parts of pages, and ``write``.

        The template is looked for in ``get_template_path()``; if that gives None, in the folder of
        the program's file that makes this call.
        """
        template, namespace = self._page(template_name, kwargs)
        page: bytes = template.generate(**namespace)
        return page

    def _page(self, template_name: str, kwargs: dict[str, Any]) -> tuple[Template, dict[str, Any]]:
        """The template, and the names that it gets."""
        directory = self.get_template_path() or _folder_of_caller()
        template = self._loader_for(directory).load(template_name)
        namespace = self.get_template_namespace()
        namespace.update(kwargs)
        return template, namespace

    def get_template_namespace(self) -> dict[str, Any]:
        """The names every template has: ``handler``, ``request``, ``current_user``, ``locale``,
        ``_`` and ``pgettext`` (translation), ``static_url``, ``reverse_url``, ``xsrf_form_html``,
        ``modules``, and the setting ``ui_methods``.

        Override it to add to the dict. What ``render`` is given wins over these; those of
        ``tornado.template`` (``escape``, ``json_encode``, ...) are there besides.
        """
        locale = self.locale
        return {
            "handler": self,
            "request": self.request,
            "current_user": self.current_user,
            "locale": locale,
            "_": locale.translate,
            "pgettext": locale.pgettext,
            "static_url": self.static_url,
            "xsrf_form_html": self.xsrf_form_html,
            "reverse_url": self.reverse_url,
            **self.ui,
        }

    def get_template_path(self) -> str | None:
        """Override to look for templates elsewhere than in the setting ``template_path``. None
        stands for the folder of the file that calls ``render``."""
        return self.settings.get("template_path")

    def create_template_loader(self, template_path: str) -> BaseLoader:
        """Override for loaders of your own. Called once per process, path and settings.

        Settings: ``template_loader`` is a loader to use for all paths; else ``autoescape`` (the
        name of a function, or None for no escaping) and ``template_whitespace`` (``"all"``,
        ``"single"`` or ``"oneline"``) are given to ``tornado.template.Loader``.
        """
        settings = self.settings
        if "template_loader" in settings:
            loader: BaseLoader = settings["template_loader"]
            return loader
        options: dict[str, Any] = {}
        if "autoescape" in settings:
            options["autoescape"] = settings["autoescape"]
        if "template_whitespace" in settings:
            options["whitespace"] = settings["template_whitespace"]
        return Loader(template_path, **options)

    def _loader_for(self, directory: str) -> BaseLoader:
        # All that a loader depends on: applications of one process may differ in it.
        settings = self.settings
        key = (
            directory,
            type(self).create_template_loader,
            id(settings.get("template_loader")),
            settings.get("autoescape", ""),
            settings.get("template_whitespace"),
        )
        loaders = RenderMixin._template_loaders
        loader: BaseLoader | None = loaders.get(key)
        if loader is None:
            with RenderMixin._template_loader_lock:
                loader = loaders.get(key)
                if loader is None:
                    loader = loaders[key] = self.create_template_loader(directory)
        return loader

    # -- addresses

    def static_url(self, path: str, include_host: bool | None = None, **kwargs: Any) -> str:
        """The URL of the file ``path`` below the setting ``static_path``, with the version of its
        content in it (``/static/site.css?v=...``), so that browsers may keep it for ever.

        ``include_host=True`` gives a full URL. Without it, an attribute ``include_host`` of the
        handler decides. Other keywords are for ``make_static_url`` of the setting
        ``static_handler_class``.
        """
        self.require_setting("static_path", "static_url")
        settings = self.settings
        maker: Any = settings.get("static_handler_class")
        if maker is None:
            from tornado.web._static import StaticFileHandler  # which is a handler itself

            maker = StaticFileHandler
        url: str = maker.make_static_url(settings, path, **kwargs)
        if include_host is None:
            include_host = getattr(self, "include_host", False)
        return f"{self.request.protocol}://{self.request.host}{url}" if include_host else url

    def reverse_url(self, name: str, /, *args: Any, **kwargs: Any) -> str:
        """The URL of the route called ``name``; ``args`` go into its groups, in order, and
        ``kwargs`` into those with names."""
        url: str = self.application.reverse_url(name, *args, **kwargs)
        return url

    # -- what UI modules bring along

    def render_linked_js(self, js_files: Iterable[str]) -> str:
        """The elements that load the modules' scripts. Override to bundle them, or to add to the
        tags."""
        return "".join(
            f'<script src="{xhtml_escape(self._resource_url(path))}" '
            'type="text/javascript"></script>'
            for path in dict.fromkeys(js_files)
        )

    def render_embed_js(self, js_embed: Iterable[bytes]) -> bytes:
        """The element that holds the modules' embedded scripts."""
        code = b"\n".join(js_embed)
        return b'<script type="text/javascript">\n//<![CDATA[\n%b\n//]]>\n</script>' % code

    def render_linked_css(self, css_files: Iterable[str]) -> str:
        """The elements that load the modules' style sheets."""
        return "".join(
            f'<link href="{xhtml_escape(self._resource_url(path))}" '
            'type="text/css" rel="stylesheet"/>'
            for path in dict.fromkeys(css_files)
        )

    def render_embed_css(self, css_embed: Iterable[bytes]) -> bytes:
        """The element that holds the modules' embedded CSS."""
        return b'<style type="text/css">\n%b\n</style>' % b"\n".join(css_embed)

    def _resource_url(self, path: str) -> str:
        return path if is_absolute(path) else self.static_url(path)


def _folder_of_caller() -> str:
    """The folder of the innermost file on the stack that is the program's: not ours, nor a template
    that is just being rendered."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        names = frame.f_globals
        module = names.get("__name__", "")
        ours = module == _HERE or module.startswith((_HERE + ".", "tornado.template"))
        if not ours and "_tt_modules" not in names:
            break
        frame = frame.f_back
    return os.path.dirname(frame.f_code.co_filename)
