"""What is said in a room, and what a member is told.

Laws:
1. A message never changes. Its data is turned to JSON once, where it is said; everybody else, in
   whichever process, passes that text on.
2. An id is ``milliseconds-count``, as in the streams of Redis. Ids of a room only grow, whatever
   the clock does; ``0-0`` is before the first.
3. A News is one document for all members in the same situation, so it is encoded once for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")

NOTHING = "0-0"
"""The id before the first message."""

_UNKNOWN: Any = object()


def dumps(data: Any) -> str:
    """JSON on one line, as short as it gets. Raises TypeError or ValueError for what is none."""
    try:
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text if _is_text(text) else json.dumps(data, separators=(",", ":"), allow_nan=False)
    except RecursionError:
        raise ValueError("what is said is nested too deep") from None


def _is_text(text: str) -> bool:
    """Whether it can be sent: half a surrogate pair, which JSON can hold, cannot."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return False
    return True


def checked_name(name: Any, what: str, limit: int) -> str:
    """``name`` if it can be one; else ValueError."""
    if not (isinstance(name, str) and 0 < len(name) <= limit and _is_text(name)):
        raise ValueError(f"the name of a {what} is a str of 1 to {limit} characters, got {name!r}")
    return name


is_id = re.compile(r"[0-9]{1,20}-[0-9]{1,20}").fullmatch


def order(id: str) -> tuple[int, int]:
    """An id as something to compare. Raises ValueError for what is no id."""
    if not is_id(id):
        raise ValueError(f"an id of a message is like 1700000000000-0, got {id[:40]!r}")
    milliseconds, _, count = id.partition("-")
    return int(milliseconds), int(count)


def next_id(newest: str, seconds: float) -> str:
    """The id of a message said now: after ``newest``, even if the clock went back."""
    now = int(seconds * 1000)
    milliseconds, count = order(newest)
    return f"{now}-0" if now > milliseconds else f"{milliseconds}-{count + 1}"


class Message:
    """Something said in a room.

    ``id`` names it in its room; ``sender`` is who said it, None for the program itself; ``key`` is
    what it is about, where only the newest about that matters to slow members; ``text`` is the data
    as JSON.
    """

    __slots__ = ("_data", "_json", "_order", "id", "key", "sender", "text")

    def __init__(
        self, id: str, text: str, sender: str | None = None, key: str | None = None
    ) -> None:
        self.id = id
        self._order = order(id)
        self.text = text
        self.sender = sender
        self.key = key
        self._data = _UNKNOWN
        self._json: str | None = None

    @property
    def data(self) -> Any:
        """What was said: anything that JSON can hold."""
        if self._data is _UNKNOWN:
            self._data = json.loads(self.text)
        return self._data

    @property
    def at(self) -> datetime:
        """When it was said, in UTC."""
        return datetime.fromtimestamp(self._order[0] / 1000, UTC)

    @property
    def json(self) -> str:
        """``{"id": ..., "data": ...}``, with ``"sender"`` and ``"key"`` where there are any."""
        if self._json is None:
            parts = [f'{{"id":"{self.id}","data":{self.text}']
            if self.sender is not None:
                parts.append(f',"sender":{dumps(self.sender)}')
            if self.key is not None:
                parts.append(f',"key":{dumps(self.key)}')
            self._json = "".join(parts) + "}"
        return self._json

    def __repr__(self) -> str:
        return f"<Message {self.id} {self.text[:60]}>"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is in a room under a name, with what the program added (``data``)."""

    name: str
    data: Any = None

    @property
    def _document(self) -> dict[str, Any]:
        return {"name": self.name} if self.data is None else {"name": self.name, "data": self.data}


class News:
    """What a member is told at once.

    - ``messages``: in their order
    - ``cursor``: the id to come back with (``since``); what is said later comes after it
    - ``reset``: the messages replace whatever the member had seen: it is new, or was away for so
      long that the room has forgotten what came in between
    - ``present``: everybody who is there, or None: nothing to say about that, or only ``joined``
      and ``left``, which change the list that was told before
    """

    __slots__ = ("_forms", "_json", "cursor", "joined", "left", "messages", "present", "reset")

    def __init__(
        self,
        messages: tuple[Message, ...],
        cursor: str,
        reset: bool = False,
        present: tuple[Person, ...] | None = None,
        joined: tuple[Person, ...] = (),
        left: tuple[Person, ...] = (),
    ) -> None:
        self.messages = messages
        self.cursor = cursor
        self.reset = reset
        self.present = present
        self.joined = joined
        self.left = left
        self._json: str | None = None
        self._forms: dict[Any, Any] = {}

    @property
    def json(self) -> str:
        """``{"messages": [...], "cursor": "...", "reset": false}`` on one line, with ``"present"``,
        ``"joined"`` and ``"left"`` where there is something to say."""
        if self._json is None:
            messages = ",".join([message.json for message in self.messages])
            reset = "true" if self.reset else "false"
            parts = [f'{{"messages":[{messages}],"cursor":"{self.cursor}","reset":{reset}']
            for name in ("present", "joined", "left"):
                people = getattr(self, name)
                if people or (people is not None and name == "present"):
                    parts.append(f',"{name}":{dumps([person._document for person in people])}')
            self._json = "".join(parts) + "}"
        return self._json

    def _form(self, shape: Callable[[News, Callable[[News], str]], T], document: Any) -> T:
        """``shape(self, document)``, made once however many members ask."""
        made: T | None = self._forms.get((shape, document))
        if made is None:
            made = self._forms[shape, document] = shape(self, document)
        return made

    def __repr__(self) -> str:
        return f"<News of {len(self.messages)} messages up to {self.cursor}>"
