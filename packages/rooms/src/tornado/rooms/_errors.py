"""What goes wrong, by whose fault it is.

::

    RoomsError
        RoomsClosedError      the program: the rooms were closed
        RoomsBusyError        too much was said while Redis could not take it
        RoomsAwayError        Redis cannot be reached
        MessageTooLargeError  a message is longer than may be; also a ValueError
"""


class RoomsError(Exception):
    """What all errors of rooms have in common. Bad arguments are TypeError and ValueError."""


class RoomsClosedError(RoomsError):
    """The rooms were closed, nobody can join or speak anymore."""


class RoomsBusyError(RoomsError):
    """As many messages as may wait for Redis do so (``Rooms(queue=...)``). Say it again later."""


class RoomsAwayError(RoomsError):
    """What a room remembers is in Redis, which did not answer in time."""


class MessageTooLargeError(RoomsError, ValueError):
    """A message has more characters, as JSON, than ``Rooms(max_message=...)`` allows."""
