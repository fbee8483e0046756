"""Option: one named value, with its type and where it may come from."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from tornado.options._errors import BadValue
from tornado.options._values import Expected, parse_list, parser_of


class Unset(enum.Enum):
    """What the value of an option is while nobody has said anything."""

    UNSET = enum.auto()


UNSET = Unset.UNSET


class Option:
    """One option: how it was defined and, once somebody said so, what its value is."""

    UNSET = UNSET

    def __init__(
        self,
        name: str,
        default: Any = None,
        type: Callable[[str], Any] = str,
        help: str | None = None,
        metavar: str | None = None,
        multiple: bool = False,
        file_name: str | None = None,
        group_name: str | None = None,
        callback: Callable[[Any], None] | None = None,
    ) -> None:
        self.name = name
        self.default = [] if default is None and multiple else default
        self.type = type
        self.help = help
        self.metavar = metavar
        self.multiple = multiple
        self.file_name = file_name
        self.group_name = group_name
        self.callback = callback
        self._value: Any = UNSET

    def value(self) -> Any:
        """What was set, else the default."""
        return self.default if self._value is UNSET else self._value

    def is_set(self) -> bool:
        """Whether a value was given anywhere."""
        return self._value is not UNSET

    def unset(self) -> None:
        """Go back to the default. The callback does not hear of it."""
        self._value = UNSET

    def parse(self, text: str, place: str = "") -> Any:
        """Set the value from text, as the command line has it. Raises `BadValue`.

        ``place`` is what to say in the error about where the text stands.
        """
        try:
            if self.multiple:
                value = parse_list(text, self.type)
            else:
                value = parser_of(self.type)(text)
        except (ValueError, ArithmeticError) as error:
            # What int() and float() have to say, the sentence says by itself.
            told = None if self.type in (int, float) and type(error) is ValueError else error
            raise self._bad(text, place, told) from error
        return self._take(value, text, place)

    def set(self, value: Any, place: str = "") -> None:
        """Set the value, which must be of the option's type or None. Raises `BadValue`."""
        if self.multiple:
            fits = isinstance(value, list) and all(self._fits(item) for item in value)
        else:
            fits = self._fits(value)
        if not fits:
            raise self._bad(value, place)
        if self.type is float and isinstance(value, int):
            value = float(value)
        self._take(value, value, place)

    def _take(self, value: Any, given: Any, place: str) -> Any:
        self._value = value
        if self.callback is not None:
            try:
                self.callback(value)
            except ValueError as error:  # the callback refuses the value
                raise self._bad(given, place, error) from error
        return value

    def _fits(self, value: Any) -> bool:
        if value is None or not isinstance(self.type, type):
            return True  # a function that makes the value does not tell of which type it is
        if self.type is float and isinstance(value, int):
            return True
        return isinstance(value, self.type)

    def _bad(self, value: Any, place: str, why: Exception | None = None) -> BadValue:
        got = repr(value) if isinstance(value, str) else f"{value!r} ({type(value).__name__})"
        wanted = str(why) if isinstance(why, Expected) else self.wanted()
        sentence = f"{place}option {self.name} takes {wanted}, got {got}"
        if why is not None and wanted != str(why):
            sentence += f": {why}"
        return BadValue(sentence)

    def wanted(self) -> str:
        """What this option takes, in words: ``an int``, ``a list of str (as text, ...)``."""
        name: str = getattr(self.type, "__name__", repr(self.type))
        if self.multiple:
            return f"a list of {name} (as text, separated by commas)"
        return f"an {name}" if name[0] in "aeio" else f"a {name}"
