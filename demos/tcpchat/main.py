"""A chat for telnet or netcat: lines over TCP, one room.

python main.py --port=9001
nc localhost 9001
"""

import asyncio
import re

from tornado.iostream import StreamBufferFullError, StreamClosedError
from tornado.netutil import bind_sockets
from tornado.options import define, options, parse_command_line
from tornado.tcpserver import TCPServer

define("port", default=9001, type=int, help="listen on this port (0: any free one)")
define("address", default="127.0.0.1", help="listen on this address")

LONGEST_LINE = 1000
# Who reads so slowly that this much waits for him is shown the door.
MOST_UNREAD = 64 * 1024
NAME = re.compile(r"\w{1,20}")
HELP = "/who lists who is here, /name NEW changes your name, /quit leaves"


class Guest:
    """Somebody in the room."""

    def __init__(self, name, stream):
        self.name = name
        self.stream = stream

    def tell(self, text):
        """Send a line without waiting for the guest to read it."""
        try:
            self.stream.send(text.encode() + b"\r\n")
        except StreamBufferFullError:
            self.stream.close()
        except StreamClosedError:
            pass  # his own coroutine will notice


class Room:
    """All the guests, by name."""

    def __init__(self):
        self.guests = {}

    def free(self, name):
        return name.lower() not in self.guests

    def enter(self, guest):
        self.guests[guest.name.lower()] = guest
        self.say(f"* {guest.name} has come", but=guest)

    def leave(self, guest):
        if self.guests.get(guest.name.lower()) is guest:
            del self.guests[guest.name.lower()]
            self.say(f"* {guest.name} has left")

    def rename(self, guest, name):
        self.say(f"* {guest.name} is now {name}")
        del self.guests[guest.name.lower()]
        guest.name = name
        self.guests[name.lower()] = guest

    def say(self, text, but=None):
        for guest in list(self.guests.values()):
            if guest is not but:
                guest.tell(text)


class ChatServer(TCPServer):
    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.room = Room()

    async def handle_stream(self, stream, address):
        stream.max_write_buffer_size = MOST_UNREAD
        guest = Guest("", stream)
        try:
            guest.name = await self.ask_name(guest)
            guest.tell(f"Welcome, {guest.name}. {HELP}")
            self.room.enter(guest)
            while await self.serve(guest):
                pass
        except StreamClosedError:
            pass
        finally:
            self.room.leave(guest)
            stream.close()

    async def read_line(self, guest):
        line = await guest.stream.read_until(b"\n", max_bytes=LONGEST_LINE)
        text = line.decode(errors="replace").strip()
        # Control characters would draw on the terminals of the others.
        return "".join(character for character in text if character.isprintable())

    async def ask_name(self, guest):
        guest.tell("What is your name?")
        while True:
            name = await self.read_line(guest)
            if self.acceptable(guest, name):
                return name

    def acceptable(self, guest, name):
        if not NAME.fullmatch(name):
            guest.tell("A name is 1 to 20 letters or digits. Another one?")
        elif not self.room.free(name):
            guest.tell(f"{name} is here already. Another one?")
        else:
            return True
        return False

    async def serve(self, guest):
        """Do what one line says; False when the guest wants to go."""
        text = await self.read_line(guest)
        command, _, argument = text.partition(" ")
        if command == "/quit":
            return False
        if command == "/who":
            guest.tell("Here are " + ", ".join(g.name for g in self.room.guests.values()))
        elif command == "/name":
            if self.acceptable(guest, argument):
                self.room.rename(guest, argument)
        elif command.startswith("/"):
            guest.tell(HELP)
        elif text:
            self.room.say(f"{guest.name}: {text}", but=guest)
        return True


async def serve() -> None:
    sockets = bind_sockets(options.port, options.address)
    ChatServer().add_sockets(sockets)
    port = sockets[0].getsockname()[1]
    print(f"The chat is at {options.address} port {port}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parse_command_line()
    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
