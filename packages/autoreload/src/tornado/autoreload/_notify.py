"""Word of changes from the operating system, by the package watchfiles where it is installed.

It only says that it is time to look; what has changed is found by looking.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

_TIMEOUT_MS = 1000


class Notifier:
    """Calls ``on_news()`` from a thread of its own when something happens in the directories."""

    def __init__(self, on_news: Callable[[], None], directories: frozenset[str]) -> None:
        self._on_news = on_news
        self._directories = directories
        self._changed = threading.Event()
        self._closed = False
        self._watchfiles: Any = None
        try:
            # Whether it is there when types are checked is unknown: both ignores are needed.
            import watchfiles  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            return
        self._watchfiles = watchfiles
        self._thread = threading.Thread(target=self._run, name="tornado.autoreload", daemon=True)
        self._thread.start()

    @property
    def works(self) -> bool:
        """Whether there is anybody to bring word."""
        return self._watchfiles is not None

    def follow(self, directories: frozenset[str]) -> None:
        """Watch these directories from now on."""
        if self.works and directories != self._directories:
            self._directories = directories
            self._changed.set()

    def close(self) -> None:
        """Be silent from now on."""
        self._closed = True
        self._changed.set()
        # Native code that wakes up while the interpreter ends can take the process down.
        if self.works and threading.current_thread() is not self._thread:
            self._thread.join(_TIMEOUT_MS / 1000)

    def _run(self) -> None:
        while True:
            self._changed.clear()
            if self._closed:  # looked at after clear(), so that no close() is missed
                return
            try:
                for news in self._watchfiles.watch(
                    *filter(os.path.isdir, self._directories),
                    watch_filter=None,
                    stop_event=self._changed,
                    rust_timeout=_TIMEOUT_MS,
                    yield_on_timeout=True,
                    raise_interrupt=False,
                    recursive=False,
                ):
                    if news:
                        self._on_news()
            except Exception:
                # There may be more directories than the system can watch, or one has vanished
                # just now. The looks at intervals go on, and may bring other directories.
                self._changed.wait()
