"""Sessions in a SQLite file, which several processes of one machine may share.

SQLite blocks while it reads and writes, so all of it happens in one thread of the store's own, in
the order of the calls. Each call is a single statement, and by that atomic.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tornado.sessions._stores import Store

_TABLE = """
create table if not exists sessions (
    key text primary key, data text not null, expires real not null
) without rowid
"""
_BUSY_SECONDS = 10
_CLEAN_SECONDS = 600
"""At most this often, sessions whose time is over are deleted."""


class SQLiteStore(Store):
    """Keeps sessions in the SQLite file ``path``, which is made if it is not there.

    It opens the file when it is first used, in whichever process that is: make it before a server
    forks, if you like. ``await close()`` when the program ends. Errors are those of ``sqlite3``.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._path = os.fspath(path)
        self._clock = clock
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._clean_at = 0.0

    async def load(self, key: str) -> str | None:
        row = await self._run(
            "select data from sessions where key = ? and expires > ?", key, self._clock()
        )
        return None if row is None else str(row[0])

    async def create(self, key: str, text: str, expires: float) -> None:
        await self._run("insert into sessions values (?, ?, ?) returning 1", key, text, expires)
        if self._clock() >= self._clean_at:
            self._clean_at = self._clock() + _CLEAN_SECONDS
            await self._run("delete from sessions where expires <= ?", self._clock())

    async def update(self, key: str, text: str, expires: float) -> bool:
        row = await self._run(
            "update sessions set data = ?, expires = ? where key = ? and expires > ? returning 1",
            *(text, expires, key, self._clock()),
        )
        return row is not None

    async def delete(self, key: str) -> None:
        await self._run("delete from sessions where key = ?", key)

    async def close(self) -> None:
        """Close the file, after what is being done. The next use would open it again."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.wrap_future(thread.submit(self._disconnect))
            thread.shutdown(wait=False)

    async def _run(self, statement: str, *values: Any) -> tuple[Any, ...] | None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="sessions")
        return await asyncio.wrap_future(self._thread.submit(self._execute, statement, values))

    # -- in the thread

    def _execute(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        connection = self._connection or self._connect()
        rows = connection.execute(statement, values).fetchall()
        return rows[0] if rows else None

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            try:
                _use_wal(connection)
                connection.execute("pragma synchronous = normal")
                connection.execute(_TABLE)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            error.add_note(f"in the store of sessions {self._path}")
            raise
        self._connection = connection
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once. For two that switch a new file to it at the same time
    SQLite does not wait, whatever its timeout."""
    give_up = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
