"""Session: a mapping of what is remembered, and what is to become of it. No I/O, no cookies.

Laws:
1. Whether a session has changed is told from its text, so that a change deep inside a list counts
   as much as an assignment.
2. Only what a program puts in makes a session; an empty one is not kept.
3. A session that has been given up (``destroy``, ``rotate``) is never written under its old key.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, MutableMapping
from typing import Any

_USER = "user"
_FLASHES = "_flashes"
_RENEWALS = 20
"""How often, at most, the end of a session is put off within one idle time."""


class Outcome(enum.Enum):
    """What the end of a request does with its session."""

    NOTHING = enum.auto()
    WRITE = enum.auto()
    """Send the cookie, and keep the data."""
    REMOVE = enum.auto()
    """Tell the browser to forget the cookie."""


class Session(MutableMapping[str, Any]):
    """What is remembered of one visitor: a dict of str to anything that JSON can hold.

    It is saved at the end of the request if it has changed, however deep. Tuples come back as
    lists. Keys must be str, TypeError otherwise; RuntimeError says that a change comes too late,
    after the head of the response was sent.
    """

    def __init__(
        self,
        text: str = "{}",
        *,
        key: str | None = None,
        created: int | None = None,
        saved: int | None = None,
    ) -> None:
        data = json.loads(text)
        self._data: dict[str, Any] = data
        self._text = text
        self._known = saved is not None
        self._key = key
        self._created = created
        self._saved = saved
        self._rotated = self._destroyed = False
        self._given_up: list[str] = []
        self._too_late: str | None = None

    def __repr__(self) -> str:
        return f"<Session {', '.join(self._data) or 'empty'}{' (new)' if self.new else ''}>"

    # -- the mapping

    def __getitem__(self, name: str) -> Any:
        return self._data[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the keys of a session are str, got {name!r}")
        self._check_in_time()
        self._data[name] = value

    def __delitem__(self, name: str) -> None:
        self._check_in_time()
        del self._data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def clear(self) -> None:
        """Forget everything in it. A session that stays empty ends with the request."""
        self._check_in_time()
        self._data.clear()

    # -- its life

    @property
    def new(self) -> bool:
        """Whether it begins with this request: no cookie of a living session came."""
        return not self._known

    @property
    def user(self) -> Any:
        """Who `login` said it belongs to; None for nobody."""
        return self._data.get(_USER)

    def login(self, user: Any) -> None:
        """Make it the session of ``user``: a number, a name, or anything else that JSON can hold.

        It gets a new name, so that one that somebody else made the browser use is worth nothing
        (session fixation), and its lifetime begins anew. What it held before stays, unless another
        user was logged in: then it is forgotten.
        """
        if user is None:
            raise ValueError("login() needs a user, got None; destroy() ends a session")
        self.rotate()
        if self.user not in (None, user):
            self._data.clear()
        self._data[_USER] = user
        self._created = None

    def rotate(self) -> None:
        """Go on under a new name; the old one is worth nothing from the end of this request.

        Call it whenever what the session may do changes. `login` does.
        """
        self._check_in_time()
        self._give_up()
        self._rotated = True

    def destroy(self) -> None:
        """End it: everything is forgotten, in the store and in the browser.

        What is put in afterwards, in the same request, begins a new one.
        """
        self._check_in_time()
        self._give_up()
        self._data.clear()
        self._created = None
        self._rotated = self._destroyed = True

    def flash(self, message: str, category: str = "info") -> None:
        """Keep ``message`` for the next page that asks for it with `flashes`."""
        self._check_in_time()
        self._data.setdefault(_FLASHES, []).append([category, message])

    def flashes(self) -> list[tuple[str, str]]:
        """The messages of `flash` that nobody has asked for yet, as (category, message)."""
        if _FLASHES not in self._data:
            return []
        self._check_in_time()
        return [(category, message) for category, message in self._data.pop(_FLASHES)]

    def _give_up(self) -> None:
        if self._key is not None:
            self._given_up.append(self._key)
            self._key = None

    def _check_in_time(self) -> None:
        if self._too_late is not None:
            raise RuntimeError(self._too_late)

    # -- for the mixin

    def _outcome(self, now: float, idle: float) -> Outcome:
        """What is to be done, decided when the head of the response is about to be written."""
        if not self._data:
            self._give_up()
            return Outcome.REMOVE if self._known else Outcome.NOTHING
        due = self._saved is None or now - self._saved >= idle / _RENEWALS
        if due or self._rotated or self._changed():
            self._saved = int(now)
            if self._created is None:
                self._created = self._saved
            return Outcome.WRITE
        return Outcome.NOTHING

    def _times(self) -> tuple[int, int]:
        """When it began and when it was last saved, the saving that is under way included."""
        assert self._created is not None, "set by _outcome"
        assert self._saved is not None, "set by _outcome"
        return self._created, self._saved

    def _changed(self) -> bool:
        return self._dump() != self._text

    def _dump(self) -> str:
        try:
            return json.dumps(self._data, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise TypeError(f"a session holds what JSON can hold: {error}") from None

    def _abandon(self) -> None:
        """Let nothing of this request's changes happen."""
        self._data = json.loads(self._text)
        self._key = None
        self._given_up.clear()
        self._rotated = False
