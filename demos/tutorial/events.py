"""The loop by itself: sockets, callbacks and times. It answers every line with its length.

python events.py --port=8888
printf 'hello\\n' | nc localhost 8888          5

A program seldom has to come down to this: streams.py does the same kind of work with less.
"""

import socket
import time

from tornado.ioloop import IOLoop
from tornado.options import define, options, parse_command_line

define("port", default=8888, help="listen on this port; 0 takes any free one", type=int)


class LineServer:
    """``ioloop`` can be passed in; the one of this thread is the default."""

    def __init__(self, port, ioloop=None):
        self._ioloop = ioloop or IOLoop.instance()
        self._sock = socket.create_server(("127.0.0.1", port))
        self._sock.setblocking(False)
        self.port = self._sock.getsockname()[1]
        # watch for events on a socket / file descriptor
        self._ioloop.add_handler(self._sock.fileno(), self._on_accept, self._ioloop.READ)

    def _on_accept(self, fd, events):
        peer, _ = self._sock.accept()
        peer.setblocking(False)
        Peer(peer, self._ioloop)


class Peer:
    def __init__(self, sock, ioloop):
        self._sock, self._ioloop = sock, ioloop
        self._in, self._out = b"", b""
        self._ended = False
        ioloop.add_handler(sock.fileno(), self._on_event, ioloop.READ)

    def _on_event(self, fd, events):
        try:
            if events & self._ioloop.WRITE:
                self._out = self._out[self._sock.send(self._out) :]
            elif events & self._ioloop.READ:
                self._read()
        except OSError:
            return self._end()
        if not self._ended:
            # update for new events
            waiting = self._ioloop.WRITE if self._out else self._ioloop.READ
            self._ioloop.update_handler(fd, waiting)

    def _read(self):
        data = self._sock.recv(4096)
        if not data:
            return self._end()
        *lines, self._in = (self._in + data).split(b"\n")
        self._out += b"".join(b"%d\n" % len(line) for line in lines)

    def _end(self):
        # remove file descriptors when finished
        self._ended = True
        self._ioloop.remove_handler(self._sock.fileno())
        self._sock.close()


def parse_results(results):
    """A long piece of work, one step each turn of the loop."""
    result = next(results, None)
    if result is not None:
        print("worked on", result, flush=True)
        # let other things work for a while
        IOLoop.instance().add_callback(parse_results, results)


if __name__ == "__main__":
    parse_command_line()
    ioloop = IOLoop.instance()
    server = LineServer(options.port, ioloop)
    print(f"Lines are counted at http://127.0.0.1:{server.port}", flush=True)
    # add a callback to run on the next "cycle"
    ioloop.add_callback(parse_results, iter(["one", "two", "three"]))
    # add a callback to run at (or after) a specific time
    ioloop.add_timeout(time.time() + 0.1, lambda: print("a moment later", flush=True))
    try:
        ioloop.start()
    except KeyboardInterrupt:
        pass
