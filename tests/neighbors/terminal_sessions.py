"""terminado, the terminals of Jupyter: a shell behind a WebSocket, typed at and read."""

import asyncio
import json

import terminado

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.websocket import websocket_connect


async def read_until(socket, text):
    """What the terminal prints until ``text`` is in it."""
    printed = ""
    while text not in printed:
        kind, *rest = json.loads(await asyncio.wait_for(socket.read_message(), 20))
        if kind == "stdout":
            printed += rest[0]
        elif kind == "disconnect":
            return printed
    return printed


async def main():
    manager = terminado.NamedTermManager(shell_command=["/bin/sh"], max_terminals=2)
    routes = [(r"/terminals/(\w+)", terminado.TermSocket, {"term_manager": manager})]
    server = HTTPServer(tornado.web.Application(routes))
    server.listen(0, "127.0.0.1")
    (listening,) = server._sockets.values()
    url = f"ws://127.0.0.1:{listening.getsockname()[1]}/terminals/one"

    one = await websocket_connect(url)
    assert json.loads(await one.read_message()) == ["setup", {}]
    await one.write_message(json.dumps(["set_size", 30, 100, 600, 800]))
    await one.write_message(json.dumps(["stdin", "echo $((40 + 2))-answers; stty size\n"]))
    assert "30 100" in await read_until(one, "42-answers\r\n30 100")

    other = await websocket_connect(url)  # the same terminal, seen by somebody else
    await other.write_message(json.dumps(["stdin", "echo again-$((20 + 1))\n"]))
    assert "again-21" in await read_until(one, "again-21")
    await other.write_message(json.dumps(["stdin", "seq 1 20000\n"]))
    assert "\n19999\r\n" in await read_until(other, "\n20000\r\n")

    await one.write_message(json.dumps(["stdin", "exit\n"]))
    await read_until(one, "never printed")
    one.close()
    other.close()
    await manager.kill_all()
    server.stop()
    await server.close_all_connections()


asyncio.run(main())
print("as it should be")
