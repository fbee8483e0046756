"""One request and its response by libcurl, from the queue to the end.

Laws, beside those of ``Life``:
1. When ``done`` is called nothing of the exchange is left: no handle, no timer, no place in the
   queue.
2. A handle of libcurl is made for one exchange and thrown away after it. What a request said about
   credentials, certificates, cookies and proxies cannot be found by the next one.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from tornado.curl_httpclient._download import Download, ExpectationFailed
from tornado.curl_httpclient._errors import CLOSED, Circumstances, CurlTimeoutError, error_of
from tornado.curl_httpclient._libcurl import pycurl
from tornado.curl_httpclient._options import options
from tornado.curl_httpclient._upload import Upload
from tornado.httpclient._errors import HTTPTimeoutError, Phase
from tornado.httpclient._journey import Done
from tornado.httpclient._life import Life
from tornado.httpclient._request import _RequestProxy
from tornado.httpclient._response import HTTPResponse
from tornado.httpclient._retry import IDEMPOTENT

if TYPE_CHECKING:
    from tornado.curl_httpclient._engine import Engine

_TIMES = {
    "namelookup": pycurl.NAMELOOKUP_TIME,
    "connect": pycurl.CONNECT_TIME,
    "appconnect": pycurl.APPCONNECT_TIME,
    "pretransfer": pycurl.PRETRANSFER_TIME,
    "starttransfer": pycurl.STARTTRANSFER_TIME,
    "total": pycurl.TOTAL_TIME,
    "redirect": pycurl.REDIRECT_TIME,
}


class _State(Enum):
    QUEUED = auto()
    RUNNING = auto()
    DONE = auto()


class Exchange(Life):
    """``start`` it once; ``cancel`` ends it silently. ``request`` has been checked."""

    _shared: Engine

    def __init__(self, engine: Engine, request: _RequestProxy, done: Done) -> None:
        super().__init__(engine, request, done)
        self._state = _State.QUEUED
        self._curl: Any = None
        self._upload: Upload | None = None
        self._tls_timer: asyncio.TimerHandle | None = None
        self._error: BaseException | None = None
        self._times: dict[str, float] = {}
        self._over = self._finished = self._sending = False
        self._download = self._new_download()

    def _new_download(self) -> Download:
        limit = self._request.max_body_size
        return Download(
            self._request,
            self._shared.max_body_size if limit is None else limit,
            self.host,
            self._headers_done,
            self._go_on,
        )

    def _prepare(self) -> None:
        self._options = options(self._request, self._url, self._route)

    # -- the transfer

    def _go(self) -> None:
        self._state = _State.RUNNING
        request = self._request
        curl = self._curl = pycurl.Curl()
        try:
            self._set_up(curl)
            if request.prepare_curl_callback is not None:
                request.prepare_curl_callback(curl)
        except Exception as error:
            curl.close()
            self._curl = None
            self._fail(error)
            return
        self._limit_all()
        self._shared.multi.add(curl, self._ended)

    def _set_up(self, curl: Any) -> None:
        request, download = self._request, self._download
        for option, value in self._options:
            curl.setopt(option, value)
        curl.setopt(pycurl.HEADERFUNCTION, lambda data: self._guarded(download.header, data))
        curl.setopt(pycurl.WRITEFUNCTION, lambda data: self._guarded(download.body, data))
        if request.body_producer is not None:
            length = dict(self._options).get(pycurl.INFILESIZE_LARGE)
            upload = self._upload = Upload(
                self._shared.loop, request.body_producer, length, self._resume, self._fail
            )
            curl.setopt(pycurl.READFUNCTION, lambda size: self._guarded(upload.read, size))
            curl.setopt(pycurl.SEEKFUNCTION, lambda *place: self._guarded(upload.seek, *place))
            upload.sent_all = self._wait_for_headers
        if request.tls_timeout:
            curl.setopt(pycurl.VERBOSE, 1)
            curl.setopt(pycurl.DEBUGFUNCTION, self._traced)
        if request.tls_timeout or request.headers_timeout:
            curl.setopt(pycurl.PREREQFUNCTION, self._about_to_send)

    def _guarded(self, callback: Any, *arguments: Any) -> Any:
        """A callback of libcurl, unless the exchange was ended by another one."""
        return -1 if self._state is _State.DONE else callback(*arguments)

    def _about_to_send(self, *_: object) -> int:
        """There is a connection, and TLS on it."""
        self._sending = True
        if self._upload is None:
            self._wait_for_headers()
        return int(pycurl.PREREQFUNC_OK)

    def _resume(self) -> None:
        if self._curl is not None:
            self._shared.multi.resume(self._curl)

    def _headers_done(self) -> None:
        request = self._request
        if self._state is _State.DONE:  # header_callback has canceled the fetch
            return
        if request.headers_timeout or request.body_timeout:
            self._stop_timer()
            self._limit_all()
            if request.body_timeout:
                self._limit(Phase.BODY, request.body_timeout)

    def _go_on(self) -> None:
        """The program is ready for more of the body."""
        if self._state is _State.DONE:
            return
        if self._over or self._download.failure is not None:
            self._finish()
        else:
            self._resume()

    def _ended(self, errno: int, message: str) -> None:
        """What libcurl says: this was it."""
        self._over = True
        curl, self._curl = self._curl, None
        self._times = {name: curl.getinfo(info) for name, info in _TIMES.items()}
        if not errno and self._download.headers is None:
            errno, message = pycurl.E_GOT_NOTHING, "there is no complete header"
        if errno in CLOSED and self._was_just_closed(curl):
            self._options = [*self._options, (pycurl.FRESH_CONNECT, 1)]
            self._repeat()
            return
        if errno and self._download.failure is None:
            seen = self._circumstances(curl)
            self._error = error_of(errno, message or curl.errstr(), seen)
        if errno or self._download.gate is None:
            self._finish()

    def _circumstances(self, curl: Any) -> Circumstances:
        proxy = self._route.proxy
        verified = getattr(pycurl, "PROXY_SSL_VERIFYRESULT", None)
        status = curl.getinfo(pycurl.HTTP_CONNECTCODE)
        needs_tunnel = proxy is not None and proxy.is_http and self._route.tls is not None
        return Circumstances(
            self.host,
            None if proxy is None else str(proxy),
            curl.getinfo(pycurl.OS_ERRNO),
            status,
            verified is None or not curl.getinfo(verified),
            not needs_tunnel or 200 <= status < 300 or not curl.getinfo(pycurl.NUM_CONNECTS),
            self._times["connect"] > 0,
            self._times["appconnect"] > 0 or self._route.tls is None,
            self._request.connect_timeout,
        )

    def _finish(self) -> None:
        download = self._download
        if isinstance(download.failure, ExpectationFailed):
            self._repeat_without_expecting()
            return
        if self._error is None and download.failure is None and not self._finished:
            self._finished = True
            download.finish()
            if download.gate is not None:
                return  # and then _go_on()
        error = download.failure or self._error
        body = download.collected if error is None else None
        self._release()
        self._respond(error, body)

    def _was_just_closed(self, curl: Any) -> bool:
        """Whether a kept connection ended without a word to a request that does no harm twice.

        libcurl then tries the next connection it has kept, but five times at most: all of them may
        have been closed.
        """
        request = self._request
        return (
            not curl.getinfo(pycurl.NUM_CONNECTS)
            and not self._download.begun
            and self._download.failure is None
            and request.method in IDEMPOTENT
            and request.body_producer is None
        )

    def _repeat_without_expecting(self) -> None:
        """RFC 9110 section 10.1.1: the request is repeated without the expectation."""
        self._request = self._request.changed(expect_100_continue=False)
        self._prepare()
        self._repeat()

    def _repeat(self) -> None:
        self._stop_timer()
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.close()
        self._download = self._new_download()
        self._over = self._sending = False
        self._go()

    def _is_over(self) -> bool:
        return self._state is _State.DONE

    def _release(self) -> None:
        """Everything that the exchange holds is given back."""
        self._state = _State.DONE
        self._stop_timer()
        curl, self._curl = self._curl, None
        if curl is not None:
            self._shared.multi.discard(curl)
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.close()
        self._download.close()
        self._shared.leave(self)

    def _respond(self, error: BaseException | None, body: bytes | None) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        download = self._download
        self._shared.tell(
            done,
            HTTPResponse(
                self._request,
                download.code if error is None else 599,
                download.headers,
                body,
                self._request.url,
                error,
                self._shared.loop.time() - self._begun,
                {"queue": self._begun - self._entered, **self._times},
                download.reason if error is None else None,
                self._start_time,
            ),
        )

    # -- time

    def _wait_for_headers(self) -> None:
        limit = self._request.headers_timeout
        if limit and self._download.headers is None:
            self._limit(Phase.HEADERS, limit)

    def _traced(self, kind: int, data: bytes) -> None:
        """What libcurl tells of its doings; the first word of TLS begins a handshake."""
        limit = self._request.tls_timeout
        if kind == pycurl.INFOTYPE_SSL_DATA_OUT and limit and self._tls_timer is None:
            self._tls_timer = self._shared.loop.call_later(
                limit, self._handshake_late, Phase.TLS, limit
            )

    def _handshake_late(self, phase: Phase, limit: float) -> None:
        if self._curl is not None and not self._sending:
            self._too_late(phase, limit)

    def _late(self, error: HTTPTimeoutError) -> CurlTimeoutError:
        return CurlTimeoutError(pycurl.E_OPERATION_TIMEDOUT, str(error), error.phase)

    def _stop_timer(self) -> None:
        super()._stop_timer()
        timer, self._tls_timer = self._tls_timer, None
        if timer is not None:
            timer.cancel()
