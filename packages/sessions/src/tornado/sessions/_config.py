"""Sessions: the rules for all sessions of an application, and how one is written down.

In a cookie without a store: ``{"c": created, "s": saved, "d": data}``, signed under a name of its
own, so that no other signed cookie of the program can pass for a session. In a store: the same,
under the SHA-256 of the random key that the cookie holds.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import re
import secrets
import time
from collections.abc import Callable

from tornado.sessions._session import Session
from tornado.sessions._stores import Store

_DAY = 86400
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
_KEY_BYTES = 32
_HOST_PREFIX = "__Host-"
_MOST_BYTES = 4096
"""Of a cookie: its name, value and attributes. Browsers need not keep more (RFC 6265, 6.1)."""


class SessionTooLargeError(ValueError):
    """A session without a store holds more than a cookie can."""


class Sessions:
    """The rules for sessions: the application setting ``sessions``.

    - ``store``: where they are kept; None keeps each in a signed cookie of its own, readable for
      the browser's user but not to be altered or made up (needs the setting ``cookie_secret``).
    - ``idle``: a session ends when it was not used for so many seconds. Use is noted twenty times
      in that time at most.
    - ``lifetime``: it ends in any case so many seconds after it began, or after the last
      ``login``; None for never.
    - ``cookie``: the name of the cookie. ``samesite``, ``domain`` and ``path`` are as in
      ``set_cookie``; it is always HttpOnly.
    - ``secure``: only over TLS; None when the request came that way.
    - ``host_prefix``: name it ``__Host-...``, which neither a subdomain nor a page without TLS can
      overwrite; browsers take it over TLS only.
    - ``persistent``: False lets the browser forget it when it is closed.
    - ``clock``: the time, in seconds since 1970.

    Raises ValueError for rules that contradict each other.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        idle: float = 14 * _DAY,
        lifetime: float | None = 90 * _DAY,
        cookie: str = "session",
        samesite: str = "Lax",
        secure: bool | None = None,
        host_prefix: bool = False,
        domain: str | None = None,
        path: str = "/",
        persistent: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if store is not None and not isinstance(store, Store):
            raise TypeError(f"store must be a Store of tornado.sessions, got {store!r}")
        for name, seconds in (("idle", idle), ("lifetime", lifetime)):
            if seconds is not None and not seconds > 0:
                raise ValueError(f"{name} is a number of seconds above 0, got {seconds!r}")
        if host_prefix:
            if secure is False or domain is not None or path != "/":
                raise ValueError(
                    f"a cookie named {_HOST_PREFIX}... is secure, has the path / and no domain: "
                    "leave those out, or host_prefix"
                )
            secure = True
        if samesite.lower() == "none" and secure is False:
            raise ValueError('samesite="None" needs secure=True: browsers refuse the cookie')
        self.store = store
        self.idle = idle
        self.lifetime = lifetime
        self.cookie = _HOST_PREFIX + cookie if host_prefix else cookie
        self.samesite = samesite
        self.secure = secure
        self.domain = domain
        self.path = path
        self.persistent = persistent
        self._clock = clock
        self._waits = store is not None and any(
            map(inspect.iscoroutinefunction, (store.load, store.create, store.update, store.delete))
        )
        self._signed_name = f"tornado.sessions:{self.cookie}"

    # -- for the mixin

    def _read(self, text: str | bytes, key: str | None) -> Session | None:
        """The session written down as ``text``, None if its time is over."""
        try:
            found = json.loads(text)
            created, saved, data = int(found["c"]), int(found["s"]), dict(found["d"])
        except (ValueError, KeyError, TypeError):
            return None
        if self._clock() >= self._end(created, saved):
            return None
        dumped = json.dumps(data, separators=(",", ":"))
        return Session(dumped, key=key, created=created, saved=saved)

    def _write(self, session: Session) -> str:
        created, saved = session._times()
        return f'{{"c":{created},"s":{saved},"d":{session._dump()}}}'

    def _end(self, created: int, saved: int) -> float:
        end = saved + self.idle
        return end if self.lifetime is None else min(end, created + self.lifetime)

    def _expires(self, session: Session) -> float:
        return self._end(*session._times())

    def _seconds_left(self, session: Session) -> int:
        return max(1, math.ceil(self._expires(session) - self._clock()))

    def _check_size(self, cookie: str) -> None:
        if len(cookie) > _MOST_BYTES:
            raise SessionTooLargeError(
                f"the session takes {len(cookie)} bytes as a cookie, and browsers keep "
                f"{_MOST_BYTES}: put less into it, or give Sessions a store such as SQLiteStore"
            )


def new_key() -> str:
    """A name that nobody can guess."""
    return secrets.token_urlsafe(_KEY_BYTES)


def is_key(text: str) -> bool:
    """Whether ``text`` may have come from `new_key`."""
    return _KEY.fullmatch(text) is not None


def digest(key: str) -> str:
    """The key under which a store has the session that the browser calls ``key``."""
    return hashlib.sha256(key.encode()).hexdigest()
