"""Rooms: who is there, what was said, and everybody hears it.

::

    from tornado.rooms import Rooms, RoomEvents, RoomPoll, RoomWebSocket
    from tornado.web import Application

    class Talk:
        def accept(self, data):
            return {"text": str(data["text"])[:1000]}

    class Socket(Talk, RoomWebSocket): ...
    class Events(Talk, RoomEvents): ...
    class Poll(Talk, RoomPoll): ...

    app = Application(
        [(r"/(\\w+)/socket", Socket), (r"/(\\w+)/events", Events), (r"/(\\w+)/poll", Poll)],
        rooms=Rooms(),
    )

Three ways into the same rooms. ``Rooms("redis://...")`` shares them between processes.

One noun a file: ``_messages`` is what is said and told, ``_log`` what is remembered, ``_roster``
who is there, ``_members`` who is told; ``_room`` and ``_rooms`` put them together. ``_bus`` is
where messages get their place, ``_redis*`` the same in Redis. ``_handlers``, ``_websocket``,
``_events`` and ``_poll`` are the ways in.
"""

from tornado.rooms._errors import (
    MessageTooLargeError,
    RoomsAwayError,
    RoomsBusyError,
    RoomsClosedError,
    RoomsError,
)
from tornado.rooms._events import RoomEvents
from tornado.rooms._handlers import RoomHandler
from tornado.rooms._listener import Listener
from tornado.rooms._members import Member, Slow
from tornado.rooms._messages import Message, News, Person
from tornado.rooms._poll import RoomPoll
from tornado.rooms._room import Room
from tornado.rooms._rooms import Rooms
from tornado.rooms._websocket import RoomWebSocket

__all__ = [
    "Listener",
    "Member",
    "Message",
    "MessageTooLargeError",
    "News",
    "Person",
    "Room",
    "RoomEvents",
    "RoomHandler",
    "RoomPoll",
    "RoomWebSocket",
    "Rooms",
    "RoomsAwayError",
    "RoomsBusyError",
    "RoomsClosedError",
    "RoomsError",
    "Slow",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
