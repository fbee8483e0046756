"""OptionParser: a set of options, read from the command line and from files.

Laws:
1. The attributes of a parser are its options. What the parser itself needs is in two underscored
   names, and in the methods.
2. ``-`` and ``_`` in a name are the same.
3. Whoever speaks last wins: default, then each file and command line in the order of the calls.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any, TextIO

from tornado.options._config import read_config
from tornado.options._errors import BadValue, Error, UnknownOption, did_you_mean
from tornado.options._help import help_text
from tornado.options._option import Option
from tornado.util import basestring_type

_HERE = os.path.dirname(os.path.abspath(__file__))


def _key(name: str) -> str:
    return name.replace("_", "-")


class OptionParser:
    """A collection of options, read and set like a dictionary or as attributes.

    Programs share the one that is `tornado.options.options`, through the functions of the module;
    separate ones are for tests and for tools with several command lines. Reading or setting an
    option that is not defined raises `AttributeError`.
    """

    _options: dict[str, Option]
    _parse_callbacks: list[Callable[[], None]]

    def __init__(self) -> None:
        # Around __setattr__, which is for options.
        self.__dict__["_options"] = {}
        self.__dict__["_parse_callbacks"] = []
        self.define(
            "help", type=bool, help="show this help and exit", group="", callback=self._on_help
        )

    # The options as attributes and items

    def __getattr__(self, name: str) -> Any:
        option = self._options.get(_key(name))
        if option is not None:
            return option.value()
        if name in _DICT_METHODS:
            return _DICT_METHODS[name].__get__(self)
        raise self._not_defined(name)

    def __setattr__(self, name: str, value: Any) -> None:
        option = self._options.get(_key(name))
        if option is None:
            raise self._not_defined(name)
        option.set(value)

    def __getitem__(self, name: str) -> Any:
        option = self._options.get(_key(name))
        if option is None:
            raise self._not_defined(name)
        return option.value()

    def __setitem__(self, name: str, value: Any) -> None:
        self.__setattr__(name, value)

    def __iter__(self) -> Iterator[str]:
        return (option.name for option in self._options.values())

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._options

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self]

    def _not_defined(self, name: str) -> AttributeError:
        return AttributeError(f"no option {name!r} is defined{did_you_mean(name, self)}")

    def items(self) -> Iterable[tuple[str, Any]]:
        """Pairs of name and value of all options."""
        return [(option.name, option.value()) for option in self._options.values()]

    def as_dict(self) -> dict[str, Any]:
        """All options and their values."""
        return dict(self.items())

    def groups(self) -> set[str]:
        """The names of all groups of options; ``""`` is the one of ``--help``."""
        return {option.group_name or "" for option in self._options.values()}

    def group_dict(self, group: str) -> dict[str, Any]:
        """The options of one group and their values, for example to pass on to an application::

            define("template_path", group="application")
            define("static_path", group="application")
            parse_command_line()
            application = Application(handlers, **options.group_dict("application"))

        An empty or None ``group`` means all options.
        """
        return {
            option.name: option.value()
            for option in self._options.values()
            if not group or group == option.group_name
        }

    # Defining

    def define(
        self,
        name: str,
        default: Any = None,
        type: Callable[[str], Any] | None = None,
        help: str | None = None,
        metavar: str | None = None,
        multiple: bool = False,
        group: str | None = None,
        callback: Callable[[Any], None] | None = None,
    ) -> None:
        """Define an option.

        ``type`` turns text into a value: str, int, float, bool, `datetime.datetime`,
        `datetime.timedelta` or any class or function that takes a str and raises `ValueError`. By
        default it is the type of ``default``, or str. With ``multiple``, the value is a list of
        that type, written with commas (``--ports=8000,8001``, and ranges for integers:
        ``--ports=8000:8003``).

        ``help`` and ``metavar`` are for ``--help``, where options are shown by ``group``: by
        default the file that defines them. ``callback`` is called with each new value, and may
        raise `ValueError` to refuse it.

        Raises `Error` if the option is defined already.
        """
        key = _key(name)
        known = self._options.get(key)
        if known is not None:
            where = f" in {known.file_name}" if known.file_name else ""
            raise Error(
                f"option {name} is defined already{where}: give one of the two another name"
            )
        file_name = _definer(inspect.currentframe())
        if type is None:
            type = default.__class__ if default is not None and not multiple else str
        if group is None:
            group = file_name
        self._options[key] = Option(
            name, default, type, help, metavar, multiple, file_name, group, callback
        )

    # Reading

    def parse_command_line(self, args: list[str] | None = None, final: bool = True) -> list[str]:
        """Set options from ``args``, by default `sys.argv`, and return the arguments after them.

        The first of ``args`` is the name of the program and ignored. Options are
        ``--name=value``, or ``--name`` alone for a bool; they end at the first other argument or
        at ``--``. With ``final=False`` the parse callbacks are not run yet, for programs that
        read several sources.

        Raises `Error` with a sentence for the user about an unknown option or a bad value.
        """
        if args is None:
            args = sys.argv
        rest = list(args[1:])
        while rest and rest[0].startswith("-"):
            word = rest.pop(0)
            if word == "--":
                break
            self._parse_word(word)
        if final:
            self.run_parse_callbacks()
        return rest

    def _parse_word(self, word: str) -> None:
        name, equals, text = word.lstrip("-").partition("=")
        option = self._options.get(_key(name))
        if option is None:
            hint = did_you_mean("--" + _key(name), ["--" + key for key in self._options])
            raise UnknownOption(f"unknown option {word}{hint or '; see --help'}")
        if not equals:
            if option.type is not bool:
                raise BadValue(
                    f"option {option.name} takes {option.wanted()} and got none: "
                    f"write --{_key(name)}=VALUE"
                )
            text = "true"
        option.parse(text)

    def parse_config_file(
        self, path: str | os.PathLike[str], final: bool = True, *, overwrite: bool = True
    ) -> None:
        """Set options from the Python file at ``path``.

        The file is run, and each global name that is an option sets it. A value is of the type of
        the option, or text that is read as on the command line (unless the option is a str)::

            port = 80
            ports = "8000:8003"
            start = "2020-01-31 12:00"

        Names that are no options are the file's own. The file is UTF-8 and finds its path in
        ``__file__``. ``overwrite=False`` leaves alone what has been set before, say by the command
        line; ``final=False`` is that of `parse_command_line`.

        Raises `Error`, with file and line, for bad values and for a file that is not Python.
        """
        for setting in read_config(path):
            option = self._options.get(_key(setting.name))
            if option is None or (option.is_set() and not overwrite):
                continue
            value = setting.value
            if isinstance(value, basestring_type) and (option.multiple or option.type is not str):
                option.parse(value, setting.place)
            else:
                option.set(value, setting.place)
        if final:
            self.run_parse_callbacks()

    def print_help(self, file: TextIO | None = None) -> None:
        """Print all options with their help to ``file``, by default standard error."""
        print(help_text(sys.argv[0], self._options.values()), file=file or sys.stderr)

    def _on_help(self, wanted: bool) -> None:
        if wanted:
            self.print_help(sys.stdout)
            sys.exit(0)

    def add_parse_callback(self, callback: Callable[[], None]) -> None:
        """Have ``callback()`` called when parsing is done."""
        self._parse_callbacks.append(callback)

    def run_parse_callbacks(self) -> None:
        """Call the parse callbacks, as parsing with ``final=True`` does."""
        for callback in self._parse_callbacks:
            callback()

    def mockable(self) -> Mockable:
        """This parser in a form that `unittest.mock.patch.object` can patch and restore::

        with mock.patch.object(options.mockable(), "port", 9999):
            assert options.port == 9999
        """
        return Mockable(self)


class Mockable:
    """What `OptionParser.mockable` gives. Deleting an attribute undoes the last setting of it.

    ``mock.patch`` deletes what it has set and sets the old value again only if that does not help.
    An OptionParser itself has no such thing as deleting.
    """

    def __init__(self, parser: OptionParser) -> None:
        self.__dict__["_parser"] = parser
        self.__dict__["_before"] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._before:
            raise RuntimeError(f"option {name} is patched already; use one mockable() per patch")
        self._before[name] = getattr(self._parser, name)
        setattr(self._parser, name, value)

    def __delattr__(self, name: str) -> None:
        setattr(self._parser, name, self._before.pop(name))


def _keys(self: OptionParser) -> list[str]:
    return list(self)


def _values(self: OptionParser) -> list[Any]:
    return [value for _, value in self.items()]


def _get(self: OptionParser, name: str, default: Any = None) -> Any:
    try:
        return self[name]
    except AttributeError:
        return default


#: Methods of dict, which a parser was until 2.4. They are not methods proper because an option may
#: have their name, and wins.
_DICT_METHODS: dict[str, Callable[..., Any]] = {"keys": _keys, "values": _values, "get": _get}


def _definer(frame: FrameType | None) -> str:
    """The file of the first caller outside of this package; this package if there is none."""
    while frame is not None:
        file_name = frame.f_code.co_filename
        if os.path.dirname(os.path.abspath(file_name)) != _HERE:
            return file_name
        frame = frame.f_back
    return _HERE
