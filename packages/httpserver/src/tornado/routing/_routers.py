"""Routers: from a request to the delegate that answers it.

A router is an HTTPServerConnectionDelegate, so it can be given to an HTTPServer as it is, or be the
target of another router's rule.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.routing._matchers import PathMatches
from tornado.routing._rules import Rule

gen_log = logging.getLogger("tornado.general")
app_log = logging.getLogger("tornado.application")

_RuleList = Sequence[Rule | list[Any] | tuple[Any, ...]]


class Router(HTTPServerConnectionDelegate):
    """Finds the delegate for a request. Override ``find_handler``."""

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """The delegate that answers ``request``; None if this router has none."""
        raise NotImplementedError

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        return RoutingDelegate(self, server_conn, request_conn)


class ReversibleRouter(Router):
    """A router that can be asked for the URL of a named rule."""

    def reverse_url(self, name: str, /, *args: Any, **kwargs: Any) -> str | None:
        """The URL of the rule called ``name`` with these arguments for its groups; None if there is
        no such rule here."""
        raise NotImplementedError


class RoutingDelegate(HTTPMessageDelegate):
    """Receives a request's head, asks the router, and is from then on the delegate found."""

    __slots__ = ("_connection", "_router", "_server_connection", "_target")

    def __init__(self, router: Router, server_conn: object, request_conn: HTTPConnection) -> None:
        self._router = router
        self._server_connection = server_conn
        self._connection = request_conn
        self._target: HTTPMessageDelegate | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        request = HTTPServerRequest(
            connection=self._connection,
            server_connection=self._server_connection,
            start_line=start_line,
            headers=headers,
        )
        target = self._router.find_handler(request)
        if target is None:
            app_log.debug("No route for %s %s", start_line.method, start_line.path)
            target = NotFoundDelegate(self._connection)
        self._target = target
        return target.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        assert self._target is not None
        return self._target.data_received(chunk)

    def finish(self) -> None:
        assert self._target is not None
        self._target.finish()

    def on_connection_close(self) -> None:
        if self._target is not None:
            self._target.on_connection_close()


class NotFoundDelegate(HTTPMessageDelegate):
    """Answers 404 with nothing more to say."""

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection

    def finish(self) -> None:
        self._connection.write_headers(
            ResponseStartLine("HTTP/1.1", 404, "Not Found"), HTTPHeaders({"Content-Length": "0"})
        )
        self._connection.finish()


class CallableDelegate(HTTPMessageDelegate):
    """Collects a whole request and calls ``callback(request)``, which answers through
    ``request.connection``, or with ``request.write`` and ``request.finish``."""

    def __init__(
        self, callback: Callable[[HTTPServerRequest], Any], request_conn: HTTPConnection
    ) -> None:
        self._callback = callback
        self._connection = request_conn
        self._request: HTTPServerRequest | None = None
        self._chunks: list[bytes] = []

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        self._request = HTTPServerRequest(
            connection=self._connection, start_line=start_line, headers=headers
        )
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._chunks.append(chunk)
        return None

    def finish(self) -> None:
        assert self._request is not None
        self._request.body = b"".join(self._chunks)
        self._callback(self._request)

    def on_connection_close(self) -> None:
        self._chunks.clear()


class RuleRouter(Router):
    """Tries its rules in order; the first that applies and whose target takes the request wins.

    ``rules``: Rule objects, or tuples ``(matcher, target[, kwargs[, name]])``, where a str in
    place of the matcher is a path pattern.
    """

    def __init__(self, rules: _RuleList | None = None) -> None:
        self.rules: list[Rule] = []
        if rules:
            self.add_rules(rules)

    def add_rules(self, rules: _RuleList) -> None:
        """Adds ``rules`` behind those there are."""
        for rule in rules:
            if isinstance(rule, (tuple, list)):
                if not 2 <= len(rule) <= 4:
                    raise ValueError(
                        "a rule is (pattern, target), (pattern, target, kwargs) or "
                        f"(pattern, target, kwargs, name), got {len(rule)} items: {rule!r}"
                    )
                if isinstance(rule[0], str):
                    rule = Rule(PathMatches(rule[0]), *rule[1:])
                else:
                    rule = Rule(*rule)
            elif not isinstance(rule, Rule):
                raise TypeError(f"a rule is a Rule or a tuple (pattern, target), got {rule!r}")
            self.rules.append(self.process_rule(rule))

    def process_rule(self, rule: Rule) -> Rule:
        """Called with each rule that is added; may return another one in its place."""
        return rule

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        for rule in self.rules:
            matched = rule.matcher.match(request)
            if matched is not None:
                if rule.target_kwargs:
                    matched = {**matched, "target_kwargs": rule.target_kwargs}
                found = self.get_target_delegate(rule.target, request, **matched)
                if found is not None:
                    return found
        return None

    def get_target_delegate(
        self, target: Any, request: HTTPServerRequest, **target_params: Any
    ) -> HTTPMessageDelegate | None:
        """The delegate for a rule's target; None if it is of a kind unknown here or does not take
        the request."""
        connection = request.connection
        match target:
            case Router():
                return target.find_handler(request, **target_params)
            case HTTPServerConnectionDelegate():
                return target.start_request(request.server_connection, connection)
        if not callable(target):
            return None
        return CallableDelegate(partial(target, **target_params), connection)


class ReversibleRuleRouter(ReversibleRouter, RuleRouter):
    """A RuleRouter whose named rules can be reversed, those of nested routers too."""

    def __init__(self, rules: _RuleList | None = None) -> None:
        self.named_rules: dict[str, Rule] = {}
        super().__init__(rules)

    def process_rule(self, rule: Rule) -> Rule:
        kept = super().process_rule(rule)
        name = kept.name
        if name:
            if name in self.named_rules:
                gen_log.warning("Two routes are named %s: the name finds the later one", name)
            self.named_rules[name] = kept
        return kept

    def reverse_url(self, name: str, /, *args: Any, **kwargs: Any) -> str | None:
        if name in self.named_rules:
            return self.named_rules[name].reverse(*args, **kwargs)
        below = (r.target for r in self.rules if isinstance(r.target, ReversibleRouter))
        return next(
            (url for url in (t.reverse_url(name, *args, **kwargs) for t in below) if url), None
        )
