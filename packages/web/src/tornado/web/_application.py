"""Application: a table of routes, the settings, and what all its handlers share."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from tornado import autoreload
from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
)
from tornado.routing import (
    AnyMatches,
    DefaultHostMatches,
    HostMatches,
    ReversibleRouter,
    Rule,
)
from tornado.web import _request_context
from tornado.web._builtin import ErrorHandler
from tornado.web._compression import compression
from tornado.web._dispatch import HandlerDelegate, follow, start_handler
from tornado.web._error_pages import LOCALLY, check_error_handlers
from tornado.web._handler import RequestHandler
from tornado.web._old_transforms import fitted
from tornado.web._render import RenderMixin
from tornado.web._routes import HandlerRouter, as_rules, is_everything
from tornado.web._static import StaticFileHandler
from tornado.web._transforms import OutputTransform
from tornado.web._ui import load_ui_methods, load_ui_modules

access_log = logging.getLogger("tornado.access")

_new_request = HTTPServerRequest._received


class Application(ReversibleRouter):
    """A web application: ``Application([(r"/", MainHandler), ...], **settings).listen(8888)``.

    ``handlers``: rules, in order; the first whose pattern matches the whole path answers. A rule is
    ``(pattern, handler[, kwargs[, name]])`` or a ``tornado.routing.Rule``. The pattern is a regular
    expression; its groups are arguments of the handler's method. The handler is a RequestHandler
    class, its dotted name, another router, an application, or a list of rules below a matcher.

    ``default_host``: the host assumed for requests whose host has no rules of its own.
    ``transforms``: OutputTransform classes in place of the usual. ``settings``: anything; found
    again as ``handler.settings``. Those with a meaning here are in the manual, among them
    ``debug``, ``static_path``, ``template_path``, ``cookie_secret``, ``login_url``,
    ``xsrf_cookies``, ``ui_modules``, ``compress_response``, ``log_function``.
    """

    def __init__(
        self,
        handlers: Any = None,
        default_host: str | None = None,
        transforms: list[type[OutputTransform]] | None = None,
        wsgi: bool = False,
        **settings: Any,
    ) -> None:
        self.transforms: list[Callable[[HTTPServerRequest], Any]]
        if transforms is None:
            compress = settings.get("compress_response") or settings.get("gzip")
            self.transforms = [compression(compress)] if compress else []
        else:
            self.transforms = fitted(transforms)
        self.default_host = default_host or ""
        self.settings = settings
        self.ui_modules = load_ui_modules(settings.get("ui_modules"))
        self.ui_methods = load_ui_methods(settings.get("ui_methods"))
        if settings.get("debug"):
            settings.setdefault("autoreload", True)
            settings.setdefault("compiled_template_cache", False)
            settings.setdefault("static_hash_cache", False)
            settings.setdefault("serve_traceback", LOCALLY)
        self._volatile = bool(settings.get("request_context")) or not (
            settings.get("compiled_template_cache", True)
            and settings.get("static_hash_cache", True)
        )
        self._request_timeout: float | None = settings.get("request_timeout")
        if "error_handlers" in settings:
            check_error_handlers(settings["error_handlers"])
        self.wildcard_router = HandlerRouter(self, self._with_static_rules(as_rules(handlers)))
        self.default_router = HandlerRouter(self, [Rule(AnyMatches(), self.wildcard_router)])
        # The router of exact paths, as long as nothing has to be asked before it.
        self._router: HandlerRouter | None = self.wildcard_router
        if settings.get("autoreload") and not wsgi:
            autoreload.start()

    def _with_static_rules(self, rules: list[Any]) -> list[Any]:
        """The program's rules and those that the setting ``static_path`` stands for.

        The files that belong at the top of a site come first if they are there; otherwise last, so
        that the program's own routes have them.
        """
        path = self.settings.get("static_path")
        if not path:
            return rules
        prefix = self.settings.setdefault("static_url_prefix", "/static/")
        handler = self.settings.get("static_handler_class", StaticFileHandler)
        kwargs = {**self.settings.get("static_handler_args", {}), "path": path}
        before = [(re.escape(prefix) + "(.*)", handler, kwargs)]
        behind: list[Any] = []
        for name in ("favicon.ico", "robots.txt"):
            there = os.path.isfile(os.path.join(path, name))
            (before if there else behind).append((f"/({re.escape(name)})", handler, kwargs))
        return [*before, *rules, *behind]

    # -- serving

    def listen(
        self,
        port: int,
        address: str | None = None,
        *,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = 128,
        flags: int | None = None,
        reuse_port: bool = False,
        **kwargs: Any,
    ) -> HTTPServer:
        """Starts an HTTPServer for this application and returns it.

        ``kwargs`` are HTTPServer's, its limits among them. For several processes, or more control
        over the sockets, make the HTTPServer yourself.
        """
        server: HTTPServer = HTTPServer(self, **kwargs)
        server.listen(
            port,
            address=address,
            family=family,
            backlog=backlog,
            flags=flags,
            reuse_port=reuse_port,
        )
        return server

    def add_handlers(self, host_pattern: str, host_handlers: Any) -> None:
        """Adds rules for the hosts that ``host_pattern``, a regular expression, matches.

        Patterns are tried in the order they were added, before the application's own rules.
        """
        matcher = HostMatches(host_pattern)
        rule = Rule(matcher, HandlerRouter(self, host_handlers))
        self._router = None
        self.default_router.rules.insert(-1, self.default_router.process_rule(rule))
        if self.default_host:
            self.wildcard_router.add_rules(
                [Rule(DefaultHostMatches(self, matcher.host_pattern), host_handlers)]
            )

    def add_transform(self, transform_class: Callable[[HTTPServerRequest], Any]) -> None:
        """Adds an OutputTransform, behind those there are."""
        self.transforms += fitted([transform_class])

    # -- routing

    def _shortcut(
        self,
    ) -> Callable[..., tuple[HTTPMessageDelegate, HTTPHeaders] | None] | None:
        """What a connection may call instead of ``start_request``; None if the program has put
        something of its own in the place of a step that would be skipped."""
        for name, ours in _SKIPPED.items():
            if getattr(getattr(self, name), "__func__", None) is not ours:
                return None
        return self._take_request

    def _take_request(
        self,
        server_conn: object,
        request_conn: HTTPConnection,
        line: Any,
        fields: dict[str, str | list[str]],
        bodiless: bool,
    ) -> tuple[HTTPMessageDelegate, HTTPHeaders] | None:
        """Routes a request and, if it has no body, runs its handler at once. Otherwise returns the
        delegate that receives it, and the headers."""
        request = _new_request(line, fields, request_conn, server_conn)
        router = self._router
        if router is None or router._indexed != len(router.rules):
            return self.find_handler(request), request.headers
        args = kwargs = None
        path = request.path
        rule = router._exact.get(path)
        if rule is None:
            found = router.resolve(path)
            if found is None:
                return self.find_handler(request), request.headers
            rule, args, kwargs = found
        if bodiless:
            # `run_handler`, said here to save a call.
            context = copy_context()
            unfinished = context.run(
                start_handler, self, request, rule.target, rule.target_kwargs, args, kwargs
            )
            if unfinished is not None:
                follow(*unfinished, context)
            return None
        target = HandlerDelegate(self, request, rule.target, rule.target_kwargs, args, kwargs)
        return target, request.headers

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        first = self.default_router.rules[0]
        router = first.target if is_everything(first) else self.default_router
        found: HTTPMessageDelegate | None = router.find_handler(request)
        if found is not None:
            return found
        custom = self.settings.get("default_handler_class")
        if custom is not None:
            return self.get_handler_delegate(
                request, custom, self.settings.get("default_handler_args", {})
            )
        return self.get_handler_delegate(request, ErrorHandler, {"status_code": 404})

    def get_handler_delegate(
        self,
        request: HTTPServerRequest,
        target_class: type[RequestHandler],
        target_kwargs: dict[str, Any] | None = None,
        path_args: list[bytes] | None = None,
        path_kwargs: dict[str, bytes] | None = None,
    ) -> HandlerDelegate:
        """The delegate that runs ``target_class`` for ``request``. For routers of your own."""
        return HandlerDelegate(self, request, target_class, target_kwargs, path_args, path_kwargs)

    def __call__(self, request: HTTPServerRequest) -> None:
        """Answers a request that is complete already, body and all."""
        delegate = self.find_handler(request)
        if isinstance(delegate, HandlerDelegate):
            delegate.execute()
        else:
            delegate.finish()

    def reverse_url(self, name: str, /, *args: Any, **kwargs: Any) -> str:
        """The path of the route called ``name``, with ``args`` for its groups in order, and
        ``kwargs`` for those that have names. Optional groups may be left out.

        Raises KeyError if there is no such route, ValueError if the arguments do not fit it.
        """
        url = self.default_router.reverse_url(name, *args, **kwargs)
        if url is None:
            raise KeyError(f"no route is named {name!r}")
        return url

    # -- what all handlers share

    def log_request(self, handler: RequestHandler) -> None:
        """Logs a finished request. The setting ``log_function`` takes its place."""
        function = self.settings.get("log_function")
        if function is not None:
            function(handler)
            return
        status = handler._status_code
        if status < 400:
            level = logging.INFO
        elif status < 500:
            level = logging.WARNING
        else:
            level = logging.ERROR
        if access_log.isEnabledFor(level):
            took = 1000.0 * handler.request.request_time()
            access_log.log(level, "%d %s %.2fms", status, handler._request_summary(), took)

    def _error_handler(self, request: HTTPServerRequest) -> RequestHandler:
        """For a request whose own handler cannot be made."""
        return RequestHandler(self, request)

    def _before_request(self, request: HTTPServerRequest) -> None:
        """In applications that want something done before each request (see ``_volatile``)."""
        if self.settings.get("request_context"):
            _request_context.begin(request)
        self._forget_caches()

    def _forget_caches(self) -> None:
        """In debug mode, before each request: templates and file versions are read anew."""
        if not self.settings.get("compiled_template_cache", True):
            with RenderMixin._template_loader_lock:
                for loader in RenderMixin._template_loaders.values():
                    loader.reset()
        if not self.settings.get("static_hash_cache", True):
            self.settings.get("static_handler_class", StaticFileHandler).reset()


_SKIPPED = {
    name: getattr(Application, name)
    for name in ("start_request", "find_handler", "get_handler_delegate")
}
"""The steps that ``Application._take_request`` does in one."""
