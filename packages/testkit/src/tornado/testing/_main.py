"""main: unittest's command line, with Tornado's options where those are installed."""

from __future__ import annotations

import signal
import sys
import unittest
from typing import Any

#: The options of unittest that are one letter, and whether a value follows.
UNITTEST_LETTERS = {"-v": False, "-q": False, "-f": False, "-c": False, "-b": False, "-k": True}

#: The options of this module: their default, and what they are for.
OPTIONS = {
    "exception_on_interrupt": (True, "Ctrl-C raises KeyboardInterrupt; false: it ends the process"),
    "verbose": (None, "name each test"),
    "quiet": (None, "print only what failed"),
    "failfast": (None, "stop at the first failure"),
    "catch": (None, "let the present test end on Ctrl-C"),
    "buffer": (None, "show what tests print only if they fail"),
}


def main(**kwargs: Any) -> None:
    """Runs tests and exits, as `unittest.main`, whose keyword arguments it takes.

    Names on the command line choose the tests; without any, it is the suite that a function ``all``
    of the main module returns, or else the tests of that module. Where tornado-options is
    installed, ``--logging=debug`` and all options that the program has defined are understood,
    and ``--verbose``, ``--quiet``, ``--failfast``, ``--catch``, ``--buffer`` and
    ``--exception_on_interrupt=false``, with which Ctrl-C ends the process at once.

    ``python -m tornado.testing mytests.test_chat`` calls this.
    """
    letters, words = _split(sys.argv[1:])
    chosen, names = _read_options(words)
    chosen |= kwargs
    has_suite = callable(getattr(sys.modules["__main__"], "all", None))
    if has_suite and not names and chosen.get("module", "__main__") == "__main__":
        chosen.setdefault("defaultTest", "all")
    unittest.main(argv=[sys.argv[0], *letters, *names], **chosen)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The options of one letter with their values, and all else."""
    letters: list[str] = []
    words: list[str] = []
    rest = iter(arguments)
    for word in rest:
        if word not in UNITTEST_LETTERS:
            words.append(word)
            continue
        letters.append(word)
        if UNITTEST_LETTERS[word]:
            letters += [value for value in [next(rest, None)] if value is not None]
    return letters, words


def _read_options(words: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Keywords for unittest from the options among the words, and the words that are left."""
    try:
        from tornado.options import options
    except ModuleNotFoundError as error:
        if error.name != "tornado.options":
            raise
        return {}, words
    for name, (default, purpose) in OPTIONS.items():
        if name not in options:
            options.define(name, default=default, type=bool, help=purpose, group="tests")
    names = options.parse_command_line([sys.argv[0], *words])
    if not options.exception_on_interrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    chosen: dict[str, Any] = {}
    if options.verbose:
        chosen["verbosity"] = 2
    if options.quiet:
        chosen["verbosity"] = 0
    if options.failfast:
        chosen["failfast"] = True
    if options.catch:
        chosen["catchbreak"] = True
    if options.buffer:
        chosen["buffer"] = True
    return chosen, names
