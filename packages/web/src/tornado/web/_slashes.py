"""Decorators for handlers whose address has, or has not, a slash at its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from tornado.web._base import HandlerBase
from tornado.web._errors import HTTPError

_Verb = TypeVar("_Verb", bound=Callable[..., Any])

# Browsers read a backslash as a slash, drop tabs and line ends, and take what follows two slashes
# for the name of a host. Anything but one slash in front is not a path of this site.
_OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f]*")


def removeslash(method: _Verb) -> _Verb:
    """Answer a GET or HEAD of ``/path/`` with a permanent redirect to ``/path``.

    The route must match both: ``r"/path/?"``. Slashes alone (``/``) are left as they are. Other
    methods get 404, and a path that a browser would take for another site, 403.
    """

    @wraps(method)
    def verb(self: HandlerBase, *args: Any, **kwargs: Any) -> Any:
        path = self.request.path
        bare = path.rstrip("/")
        if bare and bare != path:
            return _redirect(self, bare)
        return method(self, *args, **kwargs)

    return verb  # type: ignore[return-value]  # it takes and gives what the method does


def addslash(method: _Verb) -> _Verb:
    """Answer a GET or HEAD of ``/path`` with a permanent redirect to ``/path/``.

    The route must match both: ``r"/path/?"``. Other methods get 404, and a path that a browser
    would take for another site, 403.
    """

    @wraps(method)
    def verb(self: HandlerBase, *args: Any, **kwargs: Any) -> Any:
        path = self.request.path
        if not path.endswith("/"):
            return _redirect(self, path + "/")
        return method(self, *args, **kwargs)

    return verb  # type: ignore[return-value]  # it takes and gives what the method does


def _redirect(handler: HandlerBase, path: str) -> None:
    request = handler.request
    if request.method not in ("GET", "HEAD"):
        raise HTTPError(404)
    if not _OWN_PATH.fullmatch(path):
        raise HTTPError(403, "%r could lead to another site: not redirected", path)
    handler.redirect(f"{path}?{request.query}" if request.query else path, permanent=True)
