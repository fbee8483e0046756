"""Sessions: what a site remembers of a visitor from one request to the next.

::

    from tornado.sessions import SessionMixin
    from tornado.web import Application, RequestHandler

    class Counter(SessionMixin, RequestHandler):
        def get(self):
            self.session["visits"] = self.session.get("visits", 0) + 1
            self.write(f"visit {self.session['visits']}")

    Application([("/", Counter)], cookie_secret="...")

Without further settings a session travels in a signed cookie. With ``sessions=Sessions(store)`` in
the application settings only a random name travels, and the store keeps the rest.

One noun a file: ``_session`` is the data and what is to become of it, ``_config`` the rules for all
sessions, ``_mixin`` the way into request handlers; ``_stores``, ``_sqlite`` and ``_redis`` keep.
"""

from tornado.sessions._config import Sessions, SessionTooLargeError
from tornado.sessions._mixin import SessionMixin
from tornado.sessions._redis import RedisStore
from tornado.sessions._session import Session
from tornado.sessions._sqlite import SQLiteStore
from tornado.sessions._stores import MemoryStore, Store

__all__ = [
    "MemoryStore",
    "RedisStore",
    "SQLiteStore",
    "Session",
    "SessionMixin",
    "SessionTooLargeError",
    "Sessions",
    "Store",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
