"""The web application that the tests of the clients fetch from.

It says what it has seen of a request, as JSON: method, target, headers (in small letters), the body
and the address of the peer, by which one connection is told from another.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import zlib
from typing import Any

from tornado.httputil import parse_body_arguments
from tornado.web import Application, RequestHandler, stream_request_body

REALM, NONCE = "origin", "dcd98b7102dd2f0e8b11d0f600bfb0c0"


class Echo(RequestHandler):
    """What was asked for. ``/echo/STATUS`` answers with that status."""

    def handle(self, status: str = "200") -> None:
        request = self.request
        self.set_status(int(status))
        context: Any = request.connection.context
        certificate: Any = request.get_ssl_certificate()
        names = dict(part[0] for part in certificate["subject"]) if certificate else {}
        self.finish(
            {
                "method": request.method,
                "target": request.uri,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "body": request.body.decode("latin-1"),
                "length": len(request.body),
                "digest": hashlib.sha256(request.body).hexdigest(),
                "peer": list(context.address),
                "protocol": request.protocol,
                "client": names.get("commonName"),
            }
        )

    get = post = put = patch = delete = options = handle

    def head(self, status: str = "200") -> None:
        self.set_status(int(status))
        self.set_header("X-Method", "HEAD")
        self.set_header("Content-Length", "1000")


class Strange(Echo):
    SUPPORTED_METHODS = (*RequestHandler.SUPPORTED_METHODS, "PROPFIND")
    propfind = Echo.handle


class Bytes(RequestHandler):
    """``/bytes/N``: so many bytes; ``?chunked=1`` without a Content-Length."""

    async def get(self, size: str) -> None:
        left = int(size)
        if not self.get_argument("chunked", ""):
            self.set_header("Content-Length", size)
        piece = bytes(range(256)) * 256
        while left:
            part = piece[:left]
            self.write(part)
            left -= len(part)
            await self.flush()


class Redirect(RequestHandler):
    """``/redirect/STATUS?to=URL``."""

    def handle(self, status: str) -> None:
        self.set_status(int(status))
        self.set_header("Location", self.get_query_argument("to"))
        self.set_cookie("from", "redirect")
        self.finish("this is the redirect's own body")

    get = post = put = head = delete = handle


class Loop(RequestHandler):
    """``/loop/N``: so many redirects before the end."""

    def get(self, left: str) -> None:
        if int(left):
            self.redirect(f"/loop/{int(left) - 1}")
        else:
            self.write("the end")


class Basic(RequestHandler):
    """``/basic``: for the user ``me`` with the password ``secret``."""

    def get(self) -> None:
        if self.request.headers.get("Authorization") == "Basic bWU6c2VjcmV0":
            self.write("come in")
        else:
            self.set_status(401)
            self.set_header("WWW-Authenticate", f'Basic realm="{REALM}"')


class Digest(RequestHandler):
    """``/digest``: the same by RFC 7616, with MD5."""

    def handle(self) -> None:
        scheme, _, given = self.request.headers.get("Authorization", "").partition(" ")
        fields = {}
        for part in given.split(","):
            name, _, value = part.strip().partition("=")
            fields[name] = value.strip('"')
        if scheme != "Digest" or fields.get("response") != self._expected(fields):
            self.set_status(401)
            self.set_header("WWW-Authenticate",
                            f'Digest realm="{REALM}", qop="auth", nonce="{NONCE}"')  # fmt: skip
            self.write("the wrong body")
        else:
            self.write({"user": fields["username"], "body": self.request.body.decode()})

    get = post = handle

    def _expected(self, fields: dict[str, str]) -> str:
        def digest(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        secret = digest(f"me:{REALM}:secret")
        place = digest(f"{self.request.method}:{self.request.uri}")
        count, own = fields.get("nc"), fields.get("cnonce")
        return digest(f"{secret}:{NONCE}:{count}:{own}:auth:{place}")


class Coded(RequestHandler):
    """``/coded/CODING/N``: N zeros, compressed, whatever the client says it accepts."""

    def get(self, coding: str, size: str) -> None:
        plain = bytes(int(size))
        if coding == "gzip":
            body = gzip.compress(plain, mtime=0)
        elif coding == "deflate":
            body = zlib.compress(plain)
        elif coding == "br":
            import brotli  # type: ignore[import-untyped, import-not-found, unused-ignore]  # as is

            body = brotli.compress(plain, quality=1)
        else:
            try:
                from compression import zstd  # of Python 3.14
            except ImportError:
                from backports import zstd  # type: ignore[no-redef]  # the same for older ones

            body = zstd.compress(plain)
        if self.get_argument("cut", ""):
            body = body[: len(body) // 2]
        self.set_header("Content-Encoding", coding)
        self.finish(body)


class Times(RequestHandler):
    """``/modified``: since 1994."""

    def get(self) -> None:
        if self.request.headers.get("If-Modified-Since") == "Sun, 06 Nov 1994 08:49:37 GMT":
            self.set_status(304)
        else:
            self.write("new")


class Cookies(RequestHandler):
    """``/cookies``: those that came; sets one more."""

    def get(self) -> None:
        self.set_cookie("seen", "yes")
        self.finish({name: morsel.value for name, morsel in self.request.cookies.items()})


@stream_request_body
class Sink(RequestHandler):
    """``/sink``: reads a body slowly, and says how long it was."""

    def initialize(self) -> None:
        self.size = 0
        self.pieces = 0

    async def data_received(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.pieces += 1
        await asyncio.sleep(0)

    def handle(self) -> None:
        self.write({"size": self.size, "pieces": self.pieces})

    post = put = handle


class Held(RequestHandler):
    """``/held``: answers when the test lets it. ``waiting`` is how many are held."""

    async def get(self) -> None:
        application: Any = self.application
        application.waiting += 1
        application.most = max(application.most, application.waiting)
        application.arrived.set()
        try:
            await application.gate.wait()
        finally:
            application.waiting -= 1
        self.write("released")

    def on_connection_close(self) -> None:
        application: Any = self.application
        application.left.set()
        super().on_connection_close()


class Form(RequestHandler):
    """``/form``: the arguments of a body."""

    def post(self) -> None:
        arguments: dict[str, list[bytes]] = {}
        content_type = self.request.headers.get("Content-Type", "")
        parse_body_arguments(content_type, self.request.body, arguments, {})
        self.finish({name: values[0].decode() for name, values in arguments.items()})


class Origin(Application):
    """``gate``, ``arrived``, ``left``, ``waiting`` and ``most`` are about ``/held``."""

    def __init__(self) -> None:
        self.gate, self.arrived, self.left = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.waiting = self.most = 0
        super().__init__(
            [
                (r"/echo", Echo),
                (r"/echo/(\d+)", Echo),
                (r"/strange", Strange),
                (r"/bytes/(\d+)", Bytes),
                (r"/redirect/(\d+)", Redirect),
                (r"/loop/(\d+)", Loop),
                (r"/basic", Basic),
                (r"/digest", Digest),
                (r"/coded/(\w+)/(\d+)", Coded),
                (r"/modified", Times),
                (r"/cookies", Cookies),
                (r"/sink", Sink),
                (r"/held", Held),
                (r"/form", Form),
            ],
            log_function=lambda handler: None,
        )
