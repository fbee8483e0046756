"""libcurl's transfers on an event loop: the multi-socket interface.

libcurl says which descriptors it waits for, and until when; the loop tells it when something has
happened there.

Laws:
1. libcurl does not like to be called from its own callbacks: what is asked for there is done as
   soon as libcurl has returned.
2. The end of a transfer is told outside of libcurl. Its handle can still be asked then, and is gone
   afterwards.
3. A handle serves one transfer. Connections, names that were looked up and TLS sessions stay, but
   they belong to the multi handle; nothing of a request does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from tornado.curl_httpclient._libcurl import pycurl

gen_log = logging.getLogger("tornado.general")

Ended = Callable[[int, str], None]
"""Is called with libcurl's code, 0 for success, and its message."""


class Multi:
    """``loop`` watches descriptors (``add_reader``, ``add_writer``) and the clock.

    With a Windows proactor that is :attr:`tornado.ioloop.IOLoop.selector_loop`.
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._handle = pycurl.CurlMulti()
        self._handle.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._handle.setopt(pycurl.M_TIMERFUNCTION, self._wait)
        self._watched: dict[int, int] = {}
        self._timer: asyncio.Handle | None = None
        self._running: dict[pycurl.Curl, Ended] = {}
        self._inside = False
        self._later: list[Callable[[], None]] = []
        self._closed = False

    def add(self, curl: pycurl.Curl, ended: Ended) -> None:
        """Start a transfer, whose handle belongs to this object from now on."""
        self._outside(lambda: self._add(curl, ended))

    def discard(self, curl: pycurl.Curl) -> None:
        """Give a transfer up; nobody is told."""
        if self._running.pop(curl, None) is not None:
            self._outside(lambda: self._remove(curl))

    def resume(self, curl: pycurl.Curl) -> None:
        """Go on with a transfer one of whose callbacks has asked for a pause."""
        self._outside(lambda: self._resume(curl))

    def close(self) -> None:
        """Give everything up and close all connections."""
        if not self._closed:
            self._closed = True
            for curl in list(self._running):
                self.discard(curl)
            self._outside(self._close)

    # Towards libcurl

    def _outside(self, action: Callable[[], None]) -> None:
        if self._inside:
            self._later.append(action)
        else:
            self._call(action)
            self._settle()

    def _call(self, action: Callable[[], None]) -> None:
        self._inside = True
        try:
            action()
        finally:
            self._inside = False

    def _settle(self) -> None:
        """What has waited for libcurl to return."""
        while self._later:
            self._call(self._later.pop(0))

    def _add(self, curl: pycurl.Curl, ended: Ended) -> None:
        self._running[curl] = ended
        self._handle.add_handle(curl)

    def _remove(self, curl: pycurl.Curl) -> None:
        self._handle.remove_handle(curl)
        curl.close()

    def _resume(self, curl: pycurl.Curl) -> None:
        if curl in self._running:
            curl.pause(pycurl.PAUSE_CONT)

    def _close(self) -> None:
        self._handle.close()
        for descriptor in list(self._watched):
            self._forget(descriptor)
        self._wait(-1)

    def _act(self, descriptor: int, events: int) -> None:
        self._call(lambda: self._socket_action(descriptor, events))
        self._settle()
        self._collect()

    def _socket_action(self, descriptor: int, events: int) -> None:
        try:
            self._handle.socket_action(descriptor, events)
        except pycurl.error as error:
            gen_log.error("libcurl: %s", error, exc_info=True)

    def _collect(self) -> None:
        """Tell of transfers that have ended."""
        over = True
        ended: list[tuple[pycurl.Curl, int, str]] = []
        while over and not self._closed:
            left, succeeded, failed = self._handle.info_read()
            ended += [(curl, 0, "") for curl in succeeded]
            ended += [(curl, int(code), str(message)) for curl, code, message in failed]
            over = bool(left)
        for curl, code, message in ended:
            tell = self._running.get(curl)
            if tell is not None:
                tell(code, message)
                self.discard(curl)

    # From libcurl

    def _watch(self, action: int, descriptor: int, *_: object) -> None:
        before = self._watched.get(descriptor, pycurl.POLL_NONE)
        if action == pycurl.POLL_REMOVE:
            self._forget(descriptor)
            return
        self._watched[descriptor] = action
        reads, read = action & pycurl.POLL_IN, before & pycurl.POLL_IN
        writes, wrote = action & pycurl.POLL_OUT, before & pycurl.POLL_OUT
        if reads and not read:
            self._loop.add_reader(descriptor, self._act, descriptor, pycurl.CSELECT_IN)
        elif read and not reads:
            self._loop.remove_reader(descriptor)
        if writes and not wrote:
            self._loop.add_writer(descriptor, self._act, descriptor, pycurl.CSELECT_OUT)
        elif wrote and not writes:
            self._loop.remove_writer(descriptor)

    def _forget(self, descriptor: int) -> None:
        watched = self._watched.pop(descriptor, pycurl.POLL_NONE)
        if watched & pycurl.POLL_IN:
            self._loop.remove_reader(descriptor)
        if watched & pycurl.POLL_OUT:
            self._loop.remove_writer(descriptor)

    def _wait(self, milliseconds: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if milliseconds == 0:
            self._timer = self._loop.call_soon(self._timed_out)
        elif milliseconds > 0 and not self._closed:
            self._timer = self._loop.call_later(milliseconds / 1000, self._timed_out)

    def _timed_out(self) -> None:
        self._timer = None
        self._act(pycurl.SOCKET_TIMEOUT, 0)
