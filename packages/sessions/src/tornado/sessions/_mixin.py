"""SessionMixin: the way of a session through a request.

Laws:
1. A request that does not ask for its session pays nothing, and gets no cookie.
2. A key that the store does not know begins nothing: names are made here only (session fixation).
3. What a request did is in the store before its response leaves, so that the next request finds it.
4. A request that failed (5xx) changes nothing, but a session that it destroyed stays destroyed.

The cookie is decided before the head is written. To bring the head here, the session makes an
entry in the response's cookies when it is first asked for; the real cookie takes its place.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import math
from collections.abc import Awaitable, Iterable
from typing import Any

from tornado.sessions._config import Sessions, digest, is_key, new_key
from tornado.sessions._session import Outcome, Session
from tornado.sessions._stores import Store
from tornado.web import RequestHandler

app_log = logging.getLogger("tornado.application")

_DEFAULT = Sessions()
_TOO_LATE = (
    "the head of the response has been sent, and {}: change the session before the first flush()"
)
_NOT_SAVED = "A session could not be saved, and the head of the response is on its way"


class SessionMixin(RequestHandler):
    """Gives a request handler ``self.session``: ``class Page(SessionMixin, RequestHandler)``.

    The application setting ``sessions`` has the rules, a `Sessions`; without it sessions are kept
    in signed cookies. Saving is nobody's concern: it happens when the request is finished.
    """

    _session: Session | None = None
    _session_outcome: Outcome | None = None
    _session_is_new = False  # to the store
    _session_entry: str | None = None
    _session_task: asyncio.Task[None] | None = None

    @property
    def sessions(self) -> Sessions:
        """The rules for the sessions of this handler: the setting ``sessions``."""
        rules = self.settings.get("sessions", _DEFAULT)
        if not isinstance(rules, Sessions):
            raise TypeError(f"the setting 'sessions' must be a Sessions(...), got {rules!r}")
        return rules

    @property
    def session(self) -> Session:
        """The session of this visitor, a new one if there is none.

        With a store whose methods are ``async def``, ``await self.load_session()`` has to come
        first; RuntimeError says so.
        """
        if self._session is None:
            rules = self.sessions
            if rules._waits:
                raise RuntimeError(
                    f"sessions in {type(rules.store).__name__} have to be waited for: "
                    "await self.load_session() first, in prepare() for instance"
                )
            key, found = self._ask_for_session(rules)
            assert found is None or isinstance(found, (str, bytes)), "a plain store cannot wait"
            return self._begin_session(rules, key, found)
        return self._session

    async def load_session(self) -> Session:
        """Fetch the session of this visitor, and return it; ``self.session`` is it from then on.

        Works with every store. Without a cookie the store is not asked.
        """
        if self._session is None:
            rules = self.sessions
            key, found = self._ask_for_session(rules)
            if inspect.isawaitable(found):
                found = await found
            if self._session is None:  # nobody was faster
                self._begin_session(rules, key, found)
        assert self._session is not None, "begun above"
        return self._session

    def _ask_for_session(self, rules: Sessions) -> tuple[str | None, Any]:
        """The key, and what is written under it (or an awaitable of that)."""
        if rules.store is None:
            self.require_setting("cookie_secret", "sessions without a store")
        cookie = self.get_cookie(rules.cookie)
        if not cookie:
            return None, None
        if rules.store is None:
            return None, self.get_signed_cookie(
                rules._signed_name, value=cookie, max_age_days=math.inf, min_version=2
            )
        if not is_key(cookie):
            return None, None
        return cookie, rules.store.load(digest(cookie))

    def _begin_session(
        self, rules: Sessions, key: str | None, found: str | bytes | None
    ) -> Session:
        session = rules._read(found, key) if found is not None else None
        self._session = session = session or Session()
        if self._headers_written:
            self._session_outcome = Outcome.NOTHING
            self._close_session(rules, session)
        else:
            self.set_cookie(rules.cookie, "-", **self._session_attributes(rules))
            self._session_entry = self._new_cookie[rules.cookie]
        return session

    # -- the end of the request

    def _decide_session(self, rules: Sessions, session: Session) -> None:
        """What becomes of the session, and with it of its cookie. Once, before the head."""
        self.add_header("Vary", "Cookie")
        if self.get_status() >= 500 and not (session._destroyed and not session):
            self._drop_changes(rules, session)
            return
        outcome = session._outcome(rules._clock(), rules.idle)
        if outcome is Outcome.WRITE:
            value = self._session_in_cookie(rules, session)
            age = rules._seconds_left(session) if rules.persistent else None
            self.set_cookie(rules.cookie, value, max_age=age, **self._session_attributes(rules))
            if rules.store is None:
                rules._check_size(self._new_cookie[rules.cookie])
        elif outcome is Outcome.REMOVE:
            self.clear_cookie(rules.cookie, **self._session_attributes(rules))
        else:
            self._remove_entry(rules)
        self._session_outcome = outcome

    def _session_in_cookie(self, rules: Sessions, session: Session) -> str | bytes:
        written = rules._write(session)  # of use or not, it raises what is wrong with it now
        if rules.store is None:
            return self.create_signed_value(rules._signed_name, written)
        if session._key is None:
            session._key = new_key()
            self._session_is_new = True
        return session._key

    def _session_attributes(self, rules: Sessions) -> dict[str, Any]:
        secure = self.request.protocol == "https" if rules.secure is None else rules.secure
        return {
            "domain": rules.domain,
            "path": rules.path,
            "samesite": rules.samesite,
            "secure": secure,
            "httponly": True,
        }

    def _remove_entry(self, rules: Sessions) -> None:
        """Take back what brings the head here, unless the program has put a cookie in its place."""
        cookies = self._new_cookie
        if isinstance(cookies, dict) and cookies.get(rules.cookie) is self._session_entry:
            del cookies[rules.cookie]

    def _drop_changes(self, rules: Sessions, session: Session) -> None:
        session._abandon()
        if isinstance(self._new_cookie, dict):
            self._new_cookie.pop(rules.cookie, None)
        self._session_outcome = Outcome.NOTHING

    def _cookie_headers(self) -> Iterable[str]:
        session = self._session
        if session is not None:
            rules = self.sessions
            if self._session_outcome is None:
                self._decide_session(rules, session)
            self._close_session(rules, session)
            if self.get_status() == 101 and rules.store is not None:
                self._save_at_the_handshake(rules, rules.store, session)
        return super()._cookie_headers()

    def _close_session(self, rules: Sessions, session: Session) -> None:
        """The head is out: only what a store has under a key can still change."""
        if rules.store is None:
            session._too_late = _TOO_LATE.format("the session went with it")
        elif session._key is None:
            session._too_late = _TOO_LATE.format("it had no cookie for this session")

    def _save_at_the_handshake(self, rules: Sessions, store: Store, session: Session) -> None:
        """The connection becomes a WebSocket, say, and this response is never finished."""
        session._too_late = _TOO_LATE.format("the connection is not one of HTTP anymore")
        if not self._has_to_save(session):
            return
        saving = self._save(rules, store, session)
        if rules._waits:
            self._session_task = task = asyncio.ensure_future(saving)
            task.add_done_callback(_report)
            return
        try:
            _run_now(saving)
        except Exception:
            app_log.exception(_NOT_SAVED)

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> asyncio.Future[None]:
        """As ``RequestHandler.finish``. The session is saved first; if its store is one to wait
        for, the response leaves when that is done."""
        session = self._session
        if session is None or self._finished:
            return super().finish(chunk)
        rules = self.sessions
        if chunk is not None:
            self.write(chunk)
        try:
            if self._session_outcome is None:
                self._decide_session(rules, session)
            if rules.store is not None and self._has_to_save(session):
                saving = self._save(rules, rules.store, session)
                if rules._waits:
                    self._finished = True  # for everybody else it is over
                    self._session_task = task = asyncio.ensure_future(self._finish_after(saving))
                    task.add_done_callback(_look_at)
                    return task
                _run_now(saving)
        except Exception:
            self._drop_changes(rules, session)
            raise
        return super().finish()

    def _has_to_save(self, session: Session) -> bool:
        if self._session_outcome is Outcome.WRITE or session._given_up:
            return True
        return session._key is not None and session._changed()  # after the head was sent

    async def _finish_after(self, saving: Awaitable[None]) -> None:
        error: Exception | None = None
        try:
            await saving
        except Exception as failed:
            error = failed
        self._finished = False
        self._session_task = None
        try:
            if error is not None:
                assert self._session is not None, "it was to be saved"
                self._drop_changes(self.sessions, self._session)
                raise error
            done = super().finish()
        except Exception as failed:
            self._handle_request_exception(failed)
        else:
            await done

    def _forget_session(self, session: Session) -> None:
        session._abandon()
        self._session_outcome = Outcome.NOTHING

    async def _save(self, rules: Sessions, store: Store, session: Session) -> None:
        if session._key is not None:
            kept = digest(session._key), rules._write(session), rules._expires(session)
            await _result(store.create(*kept) if self._session_is_new else store.update(*kept))
        for key in session._given_up:
            await _result(store.delete(digest(key)))


async def _result(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def _run_now(saving: Any) -> None:
    """Run a coroutine of a store with plain methods, which has nothing to wait for."""
    try:
        saving.send(None)
    except StopIteration:
        return
    saving.close()
    raise TypeError("a method of the store returned an awaitable: define it with async def")


def _report(task: asyncio.Task[None]) -> None:
    """Nobody awaits this one."""
    if not task.cancelled() and (error := task.exception()):
        app_log.error(_NOT_SAVED, exc_info=error)


def _look_at(task: asyncio.Task[None]) -> None:
    """Whoever awaits finish() gets the exception; if nobody does, it is not reported again."""
    if not task.cancelled():
        task.exception()
