"""What test cases with a server share: which server, which client, which addresses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing._ports import bind_unused_port

if TYPE_CHECKING:
    from tornado.web import Application

CERTIFICATE = Path(__file__).parent / "certificate"
"""A certificate for localhost, 127.0.0.1 and ::1, signed by itself, good until 2120."""


def certificate_files() -> dict[str, str]:
    return {
        "certfile": str(CERTIFICATE / "localhost.crt"),
        "keyfile": str(CERTIFICATE / "localhost.key"),
    }


class HTTPParts:
    """The methods that subclasses override to say what is tested."""

    http_server: HTTPServer
    http_client: AsyncHTTPClient
    _app: Any
    __port: int

    def get_app(self) -> Application:
        """What is tested: an `Application`, or anything else that `HTTPServer` takes."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a method get_app() that returns what is to be tested, "
            "such as a tornado.web.Application"
        )

    def get_http_server(self) -> HTTPServer:
        """The server, which will be given its port; ``self._app`` is what `get_app` returned."""
        return HTTPServer(self._app, **self.get_httpserver_options())

    def get_http_client(self) -> AsyncHTTPClient:
        """The client that becomes ``http_client``."""
        return AsyncHTTPClient()

    def get_httpserver_options(self) -> dict[str, Any]:
        """Further arguments of the `HTTPServer`."""
        return {}

    def get_http_port(self) -> int:
        """The port of the server, another one for each test."""
        return self.__port

    def get_protocol(self) -> str:
        """How addresses begin: ``http`` or ``https``."""
        return "http"

    def get_url(self, path: str) -> str:
        """The address of ``path`` on the server, ``http://127.0.0.1:PORT/path``."""
        return f"{self.get_protocol()}://127.0.0.1:{self.get_http_port()}{path}"

    def _http_address(self, path: str) -> str:
        """An address as it is, a path on the server."""
        return path if path.startswith(("http://", "https://")) else self.get_url(path)

    def _open_http(self) -> None:
        """To be called where the loop of the test is the current one."""
        sock, self.__port = bind_unused_port()
        try:
            self.http_client = self.get_http_client()
            self._app = self.get_app()
            self.http_server = self.get_http_server()
        except BaseException:
            sock.close()
            raise
        self.http_server.add_socket(sock)

    async def _close_http(self) -> None:
        """Close the connections of both sides, as far as `_open_http` came."""
        server: HTTPServer | None = vars(self).pop("http_server", None)
        client: AsyncHTTPClient | None = vars(self).pop("http_client", None)
        vars(self).pop("_app", None)
        if server is not None:
            server.stop()
            await server.close_all_connections()
        if client is not None:
            client.close()
