"""Takes files of any size, by form or by PUT, and gives them back, whole or in part.

python server.py --port=8888 --folder=uploads
"""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

from progress import Percents
from store import NAME, Store, Upload, safe_name

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.options import Error, define, options, parse_command_line
from tornado.web import (
    Application,
    HTTPError,
    RequestHandler,
    stream_multipart,
    stream_request_body,
)

define("port", default=8888, type=int, help="listen on this port (0: any free one)")
define("address", default="127.0.0.1", help="listen on this address")
define("folder", default="uploads", help="where the files are kept")

LARGEST = 10 * 2**30  # bytes of one request

log = logging.getLogger("upload")


class Handler(RequestHandler):
    upload: Upload | None = None

    @property
    def store(self) -> Store:
        store: Store = self.settings["store"]
        return store

    def receive(self, name: str) -> Upload:
        """Begins an upload that goes with this request."""
        length = self.request.headers.get("Content-Length")
        total = int(length) if length else None
        tell = Percents(total, lambda percent: log.info("%s: %d %%", name, percent), step=10)
        self.upload = self.store.receive(name, tell)
        return self.upload

    def on_finish(self) -> None:
        if self.upload is not None:
            self.upload.drop()

    on_connection_close = on_finish


class HomeHandler(Handler):
    def get(self) -> None:
        self.render("home.html", files=self.store.files())


@stream_multipart(max_body_size=LARGEST)
class FormHandler(Handler):
    """A form with files: each goes to disk while the next is still on its way."""

    async def post(self) -> None:
        saved = []
        async for part in self.multipart:
            if part.filename:
                upload = self.receive(safe_name(part.filename))
                async for chunk in part:
                    await upload.write(chunk)
                upload.keep()
                saved.append({"name": upload.path.name, "size": upload.size})
        if not saved:
            raise HTTPError(400, "a form without a file")
        if "text/html" in self.request.headers.get("Accept", ""):
            self.redirect("/", status=303)
        else:
            self.set_status(201)
            self.write({"saved": saved})


@stream_request_body
class FileHandler(Handler):
    """One file: PUT takes it, GET gives it back, in ranges too."""

    def prepare(self) -> None:
        if self.request.method == "PUT":
            self.request.connection.set_max_body_size(LARGEST)
            self.receive(self.path_args[0])

    async def data_received(self, chunk: bytes) -> None:
        if self.upload is not None:
            await self.upload.write(chunk)  # the next piece is read when this one is written

    def put(self, name: str) -> None:
        assert self.upload is not None
        self.upload.keep()
        self.set_status(201)
        self.write({"saved": [{"name": name, "size": self.upload.size}]})

    async def get(self, name: str) -> None:
        await self.send_file(self.store.path(name), filename=name)

    head = get


def make_app(store: Store) -> Application:
    return Application(
        [
            ("/", HomeHandler),
            ("/files", FormHandler),
            (f"/files/({NAME})", FileHandler),
        ],
        store=store,
        template_path=str(Path(__file__).with_name("templates")),
        cross_origin_protection=True,  # forms of other sites are refused
    )


async def main() -> None:
    server = HTTPServer(make_app(Store(Path(options.folder))))
    sockets = bind_sockets(options.port, options.address)
    server.add_sockets(sockets)
    print(f"Listening on http://{options.address}:{sockets[0].getsockname()[1]}/", flush=True)
    await server.serve_until_signal(timeout=10)


if __name__ == "__main__":
    try:
        parse_command_line()
        asyncio.run(main())
    except (Error, OSError) as error:
        sys.exit(f"server.py: {error}")
    except KeyboardInterrupt:  # a second Ctrl-C
        sys.exit(130)
