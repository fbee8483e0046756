"""The WebSocket scenario on picows: ``python picows_app.py PORT [uvloop]``."""

import asyncio
import sys

from picows import WSListener, WSMsgType, ws_create_server


class Echo(WSListener):
    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        else:
            transport.send(frame.msg_type, frame.get_payload_as_bytes())


async def main(port):
    server = await ws_create_server(lambda request: Echo(), "127.0.0.1", int(port))
    await server.serve_forever()


def new_loop(kind):
    if kind == "uvloop":
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


if __name__ == "__main__":
    port, *kind = sys.argv[1:]
    with asyncio.Runner(loop_factory=lambda: new_loop(*kind or ["asyncio"])) as runner:
        runner.run(main(port))
