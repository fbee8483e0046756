"""A room: members, the news for them, and who is there.

Laws:
1. Every member is in one place: *idle* (has been told everything), *due* (there is something to
   tell) or *busy* (has not taken the last news yet). Nobody waits for a busy one.
2. Those who are due are told in turns of a few; between two turns the loop does everything else.
3. The log is the only list of messages. What it has forgotten nobody is told.
4. Messages come from the bus (``_take``), also those that were said right here.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import Future
from collections import deque
from collections.abc import Iterable
from enum import Enum
from math import inf
from typing import TYPE_CHECKING, Any

from tornado.ioloop import IOLoop
from tornado.rooms._errors import MessageTooLargeError, RoomsAwayError
from tornado.rooms._listener import Listener
from tornado.rooms._log import Log, newest_of_each_key
from tornado.rooms._members import Member, Seat, Slow
from tornado.rooms._messages import NOTHING, Message, News, Person, checked_name, dumps
from tornado.rooms._roster import Roster

if TYPE_CHECKING:
    from tornado.rooms._rooms import Rooms

TURN = 200
"""So many members are told something in one turn: a few milliseconds."""

NAME_LIMIT = 200

DIFFERENT_NEWS = 32
"""So many different pieces of news are kept for others in the same situation."""

PRESENCE_SECONDS = 0.1
"""Those who come and go within this time are told about together."""

app_log = logging.getLogger("tornado.application")


class State(Enum):
    """CLOSED: nothing is known of the room's messages. OPENING: the bus fetches them. OPEN: the log
    has them, and the bus brings what is new."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"


class Room:
    """One room of :class:`Rooms`; ``rooms["name"]`` gives it."""

    def __init__(self, rooms: Rooms, name: str) -> None:
        self.name = name
        self._rooms = rooms
        self._state = State.CLOSED
        self._opened: asyncio.Event = asyncio.Event()
        self._log = Log(rooms._limits, rooms._clock)
        self._seats: dict[Member, Seat] = {}
        self._idle: dict[Seat, None] = {}
        self._due: deque[Seat] = deque()
        self._busy: dict[Seat, None] = {}
        self._turn_comes = False
        self._news: dict[tuple[Any, ...], tuple[News, int]] = {}
        self._roster = Roster()
        self._names: dict[str, int] = {}
        self._lingering: dict[str, object] = {}
        self._version = 0
        self._change: tuple[tuple[Person, ...], tuple[Person, ...]] = ((), ())
        self._announcing = False

    def __repr__(self) -> str:
        return f"<Room {self.name!r}: {len(self._seats)} members, {self._state.value}>"

    # -- what programs call

    @property
    def size(self) -> int:
        """How many members the room has in this process."""
        return len(self._seats)

    def __contains__(self, member: object) -> bool:
        return member in self._seats

    @property
    def cursor(self) -> str:
        """The id of the newest message, as far as this process knows."""
        return self._log.cursor

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who is there under a name, in all processes, as far as this one knows: it knows
        while it has members here."""
        return self._roster.people

    def broadcast(
        self, data: Any, *, sender: str | None = None, key: str | None = None
    ) -> Future[Message]:
        """Tells everybody in the room, and remembers it for those who come later.

        ``data`` is anything that JSON can hold; ``sender`` says whose words they are; with ``key``
        a later message of the same key makes this one worthless to members who lag behind
        (``Slow.COALESCE``).

        The future, which need not be awaited, is done with the :class:`Message` when the message
        has its place. In one process that is at once. With Redis it is when Redis has it; as long
        as Redis is away messages wait in their order. Raises RoomsBusyError when too many do,
        RoomsClosedError after ``rooms.close()``, TypeError or ValueError for data that is not JSON
        (MessageTooLargeError for too much of it).
        """
        self._rooms._check_open()
        text = dumps(data)
        if len(text) > self._rooms.max_message:
            raise MessageTooLargeError(
                f"a message has at most {self._rooms.max_message} characters of JSON, got "
                f"{len(text)}: Rooms(max_message=...) sets the limit"
            )
        return self._rooms._bus.send(self, text, sender, key)

    def join(
        self,
        member: Member,
        since: str | None = "",
        *,
        name: str | None = None,
        data: Any = None,
        presence: bool = False,
        slow: Slow = Slow.SKIP,
    ) -> None:
        """Makes ``member`` one of those who are told.

        ``since`` is the id that it has seen last, and everything later follows; ``""`` means that
        it has seen nothing, so that all that is remembered follows; None means that only what is
        said from now on follows.

        With ``name`` it is one of the room's ``people``, with ``data`` as what is known of it. With
        ``presence`` it is told who comes and goes. Raises ValueError if it is a member already, or
        for a name that is empty or longer than 200 characters.
        """
        self._rooms._check_open()
        if member in self._seats:
            raise ValueError(f"{member!r} is in the room {self.name!r} already")
        if name is not None:
            checked_name(name, "member", NAME_LIMIT)
            dumps(data)
        seat = self._seats[member] = Seat(member, since, name, presence, slow)
        self._rooms._keep(self)
        if name is not None:
            self._enter(name, data)
        if self._state is State.OPEN:
            self._place(seat)
        self._open()

    def leave(self, member: Member) -> None:
        """The opposite of ``join``; nothing happens if ``member`` is not there.

        Its name stays among the ``people`` for a while (``Rooms(linger=...)``), so that one who
        loads a page again, or polls again, has not left in between.
        """
        seat = self._seats.pop(member, None)
        if seat is None:
            return
        seat.gone = True
        self._idle.pop(seat, None)
        self._busy.pop(seat, None)
        if seat.name is not None:
            self._exit(seat.name)
        self._rest()

    async def history(self, since: str = "") -> News:
        """Everything that is remembered, or what was said after the id ``since``, as ``join``
        would tell it, at once. Raises RoomsAwayError if Redis does not answer in time."""
        await self.ready()
        self._log.forget()
        position = self._log.position(since)
        start = self._log.start if position is None else position
        messages = self._log.after(start, size=inf)
        return News(messages, self._log.cursor, reset=position is None)

    def listen(self, since: str | None = None) -> Listener:
        """The messages as they are said, for ``async for message in room.listen()``; ``since`` as
        in ``join``. Closing the iterator (``aclose``, or the end of ``async with``) leaves."""
        return Listener(self, since)

    async def ready(self) -> None:
        """Waits until the room is open here. In one process it always is. With Redis, those who
        join with ``since=None`` hear what is said from this moment on. Raises RoomsAwayError if
        Redis does not answer in time."""
        self._rooms._check_open()
        if self._state is not State.OPEN:
            self._rooms._keep(self)
            self._open()
            try:
                await asyncio.wait_for(self._opened.wait(), self._rooms.patience)
            except TimeoutError:
                raise RoomsAwayError(
                    f"Redis did not tell within {self._rooms.patience} seconds what was said in "
                    f"the room {self.name!r}"
                ) from None
            self._rooms._check_open()
        self._rest()

    # -- opening

    def _open(self) -> None:
        if self._state is State.CLOSED:
            self._state = State.OPENING
        self._rooms._bus.open(self)

    def _load(self, messages: Iterable[Message], base: str) -> None:
        """The bus has what the room remembers, for the first time or after a gap."""
        self._log.replace(messages, base)
        self._news.clear()
        if self._state is State.OPEN:
            self._wake()
            return
        self._state = State.OPEN
        self._opened.set()
        for seat in self._seats.values():
            self._place(seat)

    def _forget_all(self) -> None:
        """The bus no longer follows the room."""
        self._state = State.CLOSED
        self._opened.clear()
        self._log.replace((), NOTHING)
        self._news.clear()
        self._roster = Roster()

    def _rest(self) -> None:
        """Lets go of a room that nobody is in."""
        if not (self._seats or self._lingering):
            self._rooms._bus.rest(self)

    # -- telling

    def _take(self, message: Message) -> None:
        """The bus brings a message."""
        self._log.append(message)
        self._rooms._keep(self)
        self._news.clear()
        self._wake()
        first = self._log.first
        for seat in [s for s in self._busy if s.slow is Slow.CLOSE and s.position < first]:
            self._dismiss(seat, "slow")

    def _place(self, seat: Seat) -> None:
        """Gives a member that is new in the open log its position."""
        self._log.forget()
        position = self._log.end if seat.since is None else self._log.position(seat.since)
        seat.reset = position is None
        seat.position = self._log.start if position is None else position
        self._due.append(seat)
        self._ask_for_turn()

    def _wake(self) -> None:
        self._due.extend(self._idle)
        self._idle.clear()
        self._ask_for_turn()

    def _ask_for_turn(self) -> None:
        if self._due and not self._turn_comes:
            self._turn_comes = True
            IOLoop.current().add_callback(self._turn)

    def _turn(self) -> None:
        self._turn_comes = False
        due = self._due
        for _ in range(min(len(due), TURN)):
            seat = due.popleft()
            if not seat.gone:
                try:
                    self._tell(seat)
                except Exception as error:
                    self._failed(seat, error)
        self._ask_for_turn()

    def _tell(self, seat: Seat) -> None:
        log = self._log
        if (
            seat.position == log.end
            and not seat.reset
            and (seat.version is None or seat.version == self._version)
        ):
            self._idle[seat] = None
            return
        coalesce = seat.slow is Slow.COALESCE
        situation = (seat.position, seat.reset, seat.version, coalesce)
        found = self._news.get(situation)
        if found is None:
            if len(self._news) >= DIFFERENT_NEWS:
                self._news.clear()
            found = self._news[situation] = self._compose(*situation)
        news, seat.position = found
        seat.reset = False
        if seat.version is not None:
            seat.version = self._version
        taken = seat.member.deliver(news)
        if seat.gone:
            return
        if taken is not None and not taken.done():
            self._busy[seat] = None
            taken.add_done_callback(lambda taken: self._go_on(seat, taken))
        elif taken is not None and (error := _problem(taken)):
            self._failed(seat, error)
        elif seat.position == log.end:
            self._idle[seat] = None
        else:
            self._due.append(seat)

    def _compose(
        self, position: int, reset: bool, version: int | None, coalesce: bool
    ) -> tuple[News, int]:
        """The news for everybody in this situation, and their position after it."""
        log = self._log
        if position < log.first:
            position, reset = log.start, True
        messages = log.after(position)
        position += len(messages)
        cursor = messages[-1].id if messages else log.cursor
        if coalesce:
            messages = newest_of_each_key(messages)
        if version is None or version == self._version:
            return News(messages, cursor, reset), position
        if version == self._version - 1 and version >= 0:
            return News(messages, cursor, reset, None, *self._change), position
        return News(messages, cursor, reset, self._roster.people), position

    def _go_on(self, seat: Seat, taken: Future[Any]) -> None:
        """A busy member has taken what it was told."""
        error = _problem(taken)
        if seat.gone:
            return
        del self._busy[seat]
        if error is not None:
            self._failed(seat, error)
        else:
            self._due.append(seat)
            self._ask_for_turn()

    def _failed(self, seat: Seat, error: BaseException) -> None:
        # A connection that ended is no news; a bug of a member is.
        if not isinstance(error, (OSError, asyncio.CancelledError)):
            app_log.error("%r in the room %r failed", seat.member, self.name, exc_info=error)
        self._dismiss(seat, "failed")

    def _dismiss(self, seat: Seat, reason: str) -> None:
        self.leave(seat.member)
        try:
            seat.member.dismiss(reason)
        except Exception:
            app_log.exception("%r in the room %r failed", seat.member, self.name)

    def _dismiss_all(self) -> None:
        for seat in list(self._seats.values()):
            self._dismiss(seat, "closed")
        for timer in self._lingering.values():
            IOLoop.current().remove_timeout(timer)
        self._lingering.clear()
        self._names.clear()
        self._opened.set()

    # -- presence

    def _knows_people(self, member: Member) -> None:
        """``member`` need be told of changes only."""
        seat = self._seats[member]
        if seat.version is not None:
            seat.version = self._version

    def _enter(self, name: str, data: Any) -> None:
        self._names[name] = self._names.get(name, 0) + 1
        timer = self._lingering.pop(name, None)
        if timer is not None:
            IOLoop.current().remove_timeout(timer)
        here = self._roster.of(self._rooms._origin)
        if name not in here or here[name] != data:
            self._roster.update(self._rooms._origin, {name: data})
            self._presence_changed()
            self._rooms._bus.presence(self, name)

    def _exit(self, name: str) -> None:
        self._names[name] -= 1
        if not self._names[name]:
            del self._names[name]
            later = IOLoop.current().call_later(self._rooms.linger, self._gone, name)
            self._lingering[name] = later

    def _gone(self, name: str) -> None:
        del self._lingering[name]
        self._roster.update(self._rooms._origin, left=[name])
        self._presence_changed()
        self._rooms._bus.presence(self, name)
        self._rest()

    def _presence_changed(self) -> None:
        self._news.clear()
        if self._roster.changed and not self._announcing:
            self._announcing = True
            IOLoop.current().call_later(PRESENCE_SECONDS, self._announce)

    def _announce(self) -> None:
        self._announcing = False
        joined, left = self._roster.changes()
        if joined or left:
            self._version += 1
            self._change = (joined, left)
            self._news.clear()
            watching = [seat for seat in self._idle if seat.version is not None]
            for seat in watching:
                del self._idle[seat]
            self._due.extend(watching)
            self._ask_for_turn()


def _problem(taken: Future[Any]) -> BaseException | None:
    return asyncio.CancelledError() if taken.cancelled() else taken.exception()
