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
        self.name = name
        self.matcher = matcher
        self.target_kwargs = dict(target_kwargs) if target_kwargs else {}
        self.target = import_object(target) if isinstance(target, str) else target

    def reverse(self, *args: Any, **kwargs: Any) -> str | None:
        """The URL that leads here with these arguments; None if the matcher cannot tell."""
        return self.matcher.reverse(*args, **kwargs)

    def _shown(self) -> str:
        return repr(self.matcher)

    def __repr__(self) -> str:
        parts = [self._shown(), repr(self.target)]
        if self.target_kwargs:
            parts.append(f"kwargs={self.target_kwargs!r}")
        if self.name is not None:
            parts.append(f"name={self.name!r}")
        return f"{type(self).__name__}({', '.join(parts)})"


class URLSpec(Rule):
    """The rule for a path: ``URLSpec(r"/story/([0-9]+)", StoryHandler, {"db": db}, "story")``.

    ``pattern``: a regular expression for the whole path. ``handler``: a RequestHandler class or
    another target. ``kwargs`` go to the handler's ``initialize``.
    """

    matcher: PathMatches

    def __init__(
        self,
        pattern: str | Pattern[str],
        handler: Any,
        kwargs: dict[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(PathMatches(pattern), handler, kwargs, name)

    @property
    def regex(self) -> Pattern[str]:
        """The compiled pattern."""
        return self.matcher.regex

    @property
    def handler_class(self) -> Any:
        """The target, by the name it had before there were others than handlers."""
        return self.target

    @property
    def kwargs(self) -> dict[str, Any]:
        """The target's keyword arguments."""
        return self.target_kwargs

    def _shown(self) -> str:
        return repr(self.regex.pattern)
