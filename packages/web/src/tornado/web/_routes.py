"""The application's routes: exact paths from a dictionary, then the patterns in order.

The order of the table decides, as ever: a path goes into the dictionary only if no pattern before
it matches it, so that looking there first finds what going through the table would find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import (
    AnyMatches,
    PathMatches,
    ReversibleRuleRouter,
    Rule,
    URLSpec,
)
from tornado.routing._matchers import unquoted
from tornado.web._handler import RequestHandler

if TYPE_CHECKING:
    from tornado.web._application import Application

# Without a rule: what takes its body in pieces goes the general way.
_Entry = tuple[Callable[[str], "re.Match[str] | None"], int, bool, Rule | None]


class HandlerRouter(ReversibleRuleRouter):
    """A router whose rules may lead to RequestHandler classes."""

    def __init__(self, application: Application, rules: Any = None) -> None:
        self.application = application
        self._exact: dict[str, Rule] = {}
        self._table: list[_Entry] = []
        self._indexed = -1
        super().__init__(rules)

    def process_rule(self, rule: Rule) -> Rule:
        rule = super().process_rule(rule)
        if isinstance(rule.target, (list, tuple)):
            rule.target = HandlerRouter(self.application, rule.target)
        return rule

    def add_rules(self, rules: Any) -> None:
        super().add_rules(
            [URLSpec(*r) if _is_tuple_with_pattern(r) else r for r in as_rules(rules)]
        )
        self._index()

    def _index(self) -> None:
        exact: dict[str, Rule] = {}
        table: list[_Entry] = []
        patterns: list[PathMatches] = []
        for rule in self.rules:
            matcher = rule.matcher
            if type(matcher) is not PathMatches:
                break  # from here on a request's host or more decides: in order only
            path = matcher.exact_path
            if not _is_handler(rule.target):
                break  # it may not take the request
            if path is None or rule.target._stream_request_body:
                patterns.append(matcher)
                named = bool(matcher.regex.groupindex)
                known = None if rule.target._stream_request_body else rule
                table.append((matcher.regex.match, matcher.regex.groups, named, known))
            elif path not in exact and not any(p.regex.match(path) for p in patterns):
                exact[path] = rule
        self._exact = exact
        self._table = table
        self._indexed = len(self.rules)

    def resolve(self, path: str) -> tuple[Rule, list[Any] | None, dict[str, Any] | None] | None:
        """The rule for ``path`` and the arguments from its groups; None if the general way has to
        find out."""
        for match, groups, named, rule in self._table:
            found = match(path)
            if found is None:
                continue
            if rule is None:
                return None
            if not groups:
                return rule, None, None
            if named:
                return rule, None, {n: unquoted(v) for n, v in found.groupdict().items()}
            if groups == 1:
                return rule, [unquoted(found[1])], None
            return rule, [unquoted(v) for v in found.groups()], None
        return None

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        if self._indexed != len(self.rules):
            self._index()
        rule = self._exact.get(request.path)
        if rule is not None:
            return self.application.get_handler_delegate(request, rule.target, rule.target_kwargs)
        return super().find_handler(request, **kwargs)

    def get_target_delegate(
        self, target: Any, request: HTTPServerRequest, **target_params: Any
    ) -> HTTPMessageDelegate | None:
        if _is_handler(target):
            return self.application.get_handler_delegate(request, target, **target_params)
        return super().get_target_delegate(target, request, **target_params)


def as_rules(rules: Any) -> list[Any]:
    """A list of ``rules``; TypeError if they are something else."""
    if rules is None:
        return []
    if isinstance(rules, Iterable) and not isinstance(rules, (str, bytes, Mapping)):
        return list(rules)
    raise TypeError(f"handlers is a list of tuples (pattern, handler class), got {rules!r}")


def _is_tuple_with_pattern(rule: Any) -> bool:
    if not isinstance(rule, (tuple, list)) or not 2 <= len(rule) <= 4:
        return False
    return isinstance(rule[0], str) or hasattr(rule[0], "fullmatch")


def _is_handler(target: Any) -> bool:
    return isinstance(target, type) and issubclass(target, RequestHandler)


def is_everything(rule: Rule) -> bool:
    """Whether the rule applies to every request, so that its target may be asked at once."""
    return type(rule.matcher) is AnyMatches and not rule.target_kwargs
