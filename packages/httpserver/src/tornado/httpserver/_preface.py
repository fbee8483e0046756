"""Reads the PROXY header of an accepted connection, and not a byte more: what follows may be TLS.

Only connections from trusted proxies come here. What belongs to the header is peeked at first.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

from tornado.httpserver._proxy_protocol import (
    ProxiedAddress,
    ProxyProtocolError,
    parse,
    wanted,
)

gen_log = logging.getLogger("tornado.general")

MOST = 16 + 65535


class Preface:
    """``done(client)`` is called once the header is there; ``client`` is None if it names none.
    ``ended(preface)`` is called in any case. What is malformed, slow or gone is closed."""

    def __init__(
        self,
        connection: socket.socket,
        address: Any,
        timeout: float,
        done: Callable[[ProxiedAddress | None], None],
        ended: Callable[[Preface], None],
    ) -> None:
        self._connection = connection
        self._address = address
        self._done = done
        self._ended = ended
        self._data = b""
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(timeout, self._fail, "its PROXY header took too long")
        self._loop.add_reader(connection, self._on_readable)

    def _on_readable(self) -> None:
        try:
            ahead = self._connection.recv(MOST - len(self._data), socket.MSG_PEEK)
            if not ahead:
                self.close()
                return
            before = len(self._data)
            self._data += self._connection.recv(wanted(self._data + ahead) - before)
            complete, client = parse(self._data)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        except ProxyProtocolError as error:
            self._fail(str(error))
            return
        if complete:
            self._leave()
            self._done(client)

    def _fail(self, why: str) -> None:
        gen_log.info("Closing a connection from the proxy %s: %s", self._address, why)
        self.close()

    def _leave(self) -> None:
        self._timer.cancel()
        self._loop.remove_reader(self._connection)
        self._ended(self)

    def close(self) -> None:
        """Gives the connection up."""
        self._leave()
        self._connection.close()
