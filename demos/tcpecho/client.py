"""Sends lines to the echo server and prints what comes back.

python client.py --port=9000 [--host=localhost] [words ...]      the words, one line each
python client.py --port=9000 < file                              the lines of the file
"""

import asyncio
import sys

from tornado.iostream import StreamClosedError
from tornado.options import define, options, parse_command_line
from tornado.tcpclient import TCPClient

define("host", default="localhost", help="where the server is")
define("port", default=9000, type=int, help="its port")
define("timeout", default=10.0, type=float, help="seconds to wait for a connection")


async def talk(lines) -> None:
    stream = await TCPClient().connect(options.host, options.port, timeout=options.timeout)
    try:
        for line in lines:
            await stream.write(line.rstrip("\n") + "\n")
            answer = await stream.read_until(b"\n")
            print(answer.decode().rstrip("\n"))
    finally:
        stream.close()


def main() -> None:
    words = parse_command_line()
    try:
        asyncio.run(talk(words or sys.stdin))
    except (StreamClosedError, OSError) as error:
        sys.exit(f"client.py: {error}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
