"""Tests of asynchronous programs: test cases, expectations of the log, and a pytest plugin.

    class HelloTest(AsyncHTTPTestCase):
        def get_app(self):
            return Application([("/", Hello)])

        def test_hello(self):
            self.assertEqual(self.fetch("/").body, b"Hello")

``python -m tornado.testing mytests`` runs them, as ``python -m unittest`` and ``pytest`` do. For
tests that are functions pytest has the fixtures ``io_loop``, ``http_server``, ``http_client`` and
others: ``pytest --fixtures`` lists them.

What is here is loaded when it is first asked for: pytest imports this module wherever it is
installed, and most of its runs use none of it.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tornado.testing._asynccase import AsyncTestCase
    from tornado.testing._expectlog import ExpectLog
    from tornado.testing._gentest import gen_test
    from tornado.testing._httpcase import AsyncHTTPSTestCase, AsyncHTTPTestCase
    from tornado.testing._isolated import IsolatedAsyncHTTPTestCase
    from tornado.testing._logtrap import LogTrapTestCase
    from tornado.testing._main import main
    from tornado.testing._managers import setup_with_context_manager
    from tornado.testing._ports import bind_unused_port, get_unused_port
    from tornado.testing._timeout import get_async_test_timeout

__all__ = [
    "AsyncHTTPSTestCase",
    "AsyncHTTPTestCase",
    "AsyncTestCase",
    "ExpectLog",
    "IsolatedAsyncHTTPTestCase",
    "LogTrapTestCase",
    "bind_unused_port",
    "gen_test",
    "get_async_test_timeout",
    "get_unused_port",
    "main",
    "setup_with_context_manager",
]

_HOMES = {
    "AsyncHTTPSTestCase": "_httpcase",
    "AsyncHTTPTestCase": "_httpcase",
    "AsyncTestCase": "_asynccase",
    "ExpectLog": "_expectlog",
    "IsolatedAsyncHTTPTestCase": "_isolated",
    "LogTrapTestCase": "_logtrap",
    "bind_unused_port": "_ports",
    "gen_test": "_gentest",
    "get_async_test_timeout": "_timeout",
    "get_unused_port": "_ports",
    "main": "_main",
    "setup_with_context_manager": "_managers",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module(f"{__name__}.{_HOMES[name]}")
    for shown, home in _HOMES.items():
        found = getattr(sys.modules.get(f"{__name__}.{home}"), shown, None)
        if found is not None:
            found.__module__ = __name__
            globals()[shown] = found
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
