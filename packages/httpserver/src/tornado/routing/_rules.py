"""Rules: a matcher, where it leads, and under which name to find it again."""

from __future__ import annotations

from re import Pattern
from typing import Any

from tornado.routing._matchers import Matcher, PathMatches
from tornado.util import import_object


class Rule:
    """If ``matcher`` applies, ``target`` answers.

    ``target``: whatever the router takes; a RuleRouter takes another router, an
    HTTPServerConnectionDelegate, a callable of one request, or a list of rules; an Application also
    takes RequestHandler classes, and strings that name them. ``target_kwargs`` go to the target,
    ``name`` makes the rule known to ``reverse_url``.
    """

    def __init__(
        self,
        matcher: Matcher,
        target: Any,
        target_kwargs: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        if isinstance(target, str):
            target = import_object(target)
        self.matcher = matcher
        self.target = target
        self.target_kwargs = target_kwargs or {}
        self.name = name

    def reverse(self, *args: Any) -> str | None:
        """The URL that leads here with ``args``; None if the matcher cannot tell."""
        return self.matcher.reverse(*args)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.matcher!r}, {self.target!r}, "
            f"kwargs={self.target_kwargs!r}, name={self.name!r})"
        )


class URLSpec(Rule):
    """The rule for a path: ``URLSpec(r"/story/([0-9]+)", StoryHandler, {"db": db}, "story")``.

    ``pattern``: a regular expression for the whole path. ``handler``: a RequestHandler class or
    another target. ``kwargs`` go to the handler's ``initialize``.
    """

    def __init__(
        self,
        pattern: str | Pattern[str],
        handler: Any,
        kwargs: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        matcher = PathMatches(pattern)
        super().__init__(matcher, handler, kwargs, name)
        self.regex = matcher.regex
        self.handler_class = self.target
        self.kwargs = kwargs

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.regex.pattern!r}, {self.handler_class!r}, "
            f"kwargs={self.kwargs!r}, name={self.name!r})"
        )
