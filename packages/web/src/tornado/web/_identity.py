"""Who is asking: the current user, and the decorator that wants there to be one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from tornado.web._base import HandlerBase
from tornado.web._errors import HTTPError

_Verb = TypeVar("_Verb", bound=Callable[..., Any])

_ORIGIN_FORM = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]*)?[/\\\x00-\x20]*")
"""What comes before the first character of a path: host of an absolute target, and slashes."""


class IdentityMixin(HandlerBase):
    """The methods of a request handler that deal with the user behind the request."""

    @property
    def current_user(self) -> Any:
        """The user who is signed in; ``None``, or anything false, if nobody is.

        Worked out once per request by ``get_current_user``, when first asked for. Assign to it
        where finding the user takes an ``await``::

            async def prepare(self):
                self.current_user = await find_user(self.get_signed_cookie("user"))
        """
        # The attribute appears when the user is known, as programs that look for it expect.
        state = self.__dict__
        if "_current_user" not in state:
            state["_current_user"] = self.get_current_user()
        return state["_current_user"]

    @current_user.setter
    def current_user(self, user: Any) -> None:
        self.__dict__["_current_user"] = user

    def get_current_user(self) -> Any:
        """Override to say who is asking, from a cookie for example. Called once per request."""
        return None

    def get_login_url(self) -> str:
        """Override to send different requests to different places for signing in. This is the
        setting ``login_url``."""
        self.require_setting("login_url", "@tornado.web.authenticated")
        url: str = self.settings["login_url"]
        return url


def authenticated(method: _Verb) -> _Verb:
    """Let only users who are signed in through to a handler's method.

    If ``current_user`` is false, a GET or HEAD is redirected to ``get_login_url()``, which gets
    the address that was asked for as its argument ``next`` unless it has a query already: the path
    and query, or the full URL if the login URL is itself a full one. Other methods get 403.

    ``next`` never begins with two slashes, so a login page that redirects to it stays on the site.
    A login page on another host should accept only full URLs of hosts that it knows.

    Works on plain methods, coroutines and generators alike.
    """

    @wraps(method)
    def verb(self: IdentityMixin, *args: Any, **kwargs: Any) -> Any:
        user = self.current_user
        if user:
            if inspect.isawaitable(user):
                if inspect.iscoroutine(user):
                    user.close()
                raise TypeError(
                    f"{type(self).__name__}.get_current_user() is asynchronous, so that anybody "
                    "would count as signed in; await the user in prepare() and assign it to "
                    "self.current_user there"
                )
            return method(self, *args, **kwargs)
        if self.request.method not in ("GET", "HEAD"):
            raise HTTPError(403)
        self.redirect(_with_next(self.get_login_url(), self))
        return None

    return verb  # type: ignore[return-value]  # it takes and gives what the method does


def _with_next(login_url: str, handler: HandlerBase) -> str:
    if "?" in login_url:
        return login_url
    request = handler.request
    back = _ORIGIN_FORM.sub("/", request.uri or "", count=1)
    where = urlsplit(login_url)
    if where.scheme or where.netloc:
        back = f"{request.protocol}://{request.host}{back}"
    page, hash_mark, fragment = login_url.partition("#")
    return f"{page}?{urlencode({'next': back})}{hash_mark}{fragment}"
