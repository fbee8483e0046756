"""enable_pretty_logging, and the options that steer it.

`tornado.options` belongs to another distribution, which may not be installed. It is looked up when
somebody calls without options of their own; without it the defaults below hold.
"""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any, NamedTuple

from tornado.log._formatter import LogFormatter


class LoggingOption(NamedTuple):
    """One row of the table that both the command line and the defaults are made from."""

    name: str
    default: Any
    type: type
    help: str
    metavar: str | None = None


LEVELS = ("debug", "info", "warning", "error", "critical")

LOGGING_OPTIONS = (
    LoggingOption(
        "logging",
        "info",
        str,
        "least severe level to log; 'none' leaves the logging module alone",
        "|".join((*LEVELS, "none")),
    ),
    LoggingOption(
        "log_to_stderr",
        None,
        bool,
        "write the log to standard error, in color on a terminal "
        "(what happens anyway if the log goes nowhere else)",
    ),
    LoggingOption(
        "log_file_prefix",
        None,
        str,
        "write the log to this file, rotated; give each of several processes a file of its own",
        "PATH",
    ),
    LoggingOption("log_file_max_size", 100_000_000, int, "bytes in a log file before it rotates"),
    LoggingOption("log_file_num_backups", 10, int, "how many rotated log files to keep"),
    LoggingOption(
        "log_rotate_when",
        "midnight",
        str,
        "unit of log_rotate_interval when rotating by time",
        "S|M|H|D|W0-W6|midnight",
    ),
    LoggingOption("log_rotate_interval", 1, int, "how many units between two rotations by time"),
    LoggingOption("log_rotate_mode", "size", str, "what makes log files rotate", "size|time"),
)


def enable_pretty_logging(options: Any = None, logger: logging.Logger | None = None) -> None:
    """Send the log where the options say, in the format of `LogFormatter`.

    ``options`` is an object with the attributes that `define_logging_options` defines, by default
    ``tornado.options.options``; ``logger`` is the logger to equip, by default the root logger.
    Does nothing if ``options.logging`` is None or "none". `tornado.options.parse_command_line`
    calls this by itself. Raises `ValueError` for an unknown level or rotation mode.
    """
    if options is None:
        options = _default_options()
    if options.logging is None or options.logging.lower() == "none":
        return
    if logger is None:
        logger = logging.getLogger()
    logger.setLevel(level_number(options.logging))
    if options.log_file_prefix:
        to_file = _file_handler(options)
        to_file.setFormatter(LogFormatter(color=False))
        logger.addHandler(to_file)
    if options.log_to_stderr or (options.log_to_stderr is None and not logger.handlers):
        to_stderr = logging.StreamHandler()
        to_stderr.setFormatter(LogFormatter())
        logger.addHandler(to_stderr)


def define_logging_options(options: Any = None) -> None:
    """Define ``--logging``, ``--log_file_prefix`` and the others on a parser of options.

    ``options`` is a `tornado.options.OptionParser`, by default the one of the module; that one has
    them already. Once it has parsed a command line or a file, the log is set up accordingly.
    """
    if options is None:
        import tornado.options

        options = tornado.options.options
    for row in LOGGING_OPTIONS:
        options.define(
            row.name,
            default=row.default,
            type=row.type,
            help=row.help,
            metavar=row.metavar,
            group="logging",
            callback=CHECKS.get(row.name),
        )
    options.add_parse_callback(lambda: enable_pretty_logging(options))


def level_number(name: str) -> int:
    """The number of a level by its name, in any case; "none" is not one."""
    number = logging.getLevelNamesMapping().get(name.upper())
    if number is None:
        raise ValueError(f"{name!r} is no level of logging: give one of {', '.join(LEVELS)}, none")
    return number


def _check_level(name: str | None) -> None:
    if name is not None and name.lower() != "none":
        level_number(name)


def _check_mode(mode: str) -> None:
    if mode not in ("size", "time"):
        raise ValueError(f"{mode!r} is no way to rotate a log: give size or time")


CHECKS = {"logging": _check_level, "log_rotate_mode": _check_mode}


def _file_handler(options: Any) -> logging.Handler:
    import logging.handlers  # sockets, pickles, queues: not for programs that log to stderr

    _check_mode(options.log_rotate_mode)
    path, keep = options.log_file_prefix, options.log_file_num_backups
    if options.log_rotate_mode == "size":
        return logging.handlers.RotatingFileHandler(
            path, maxBytes=options.log_file_max_size, backupCount=keep, encoding="utf-8"
        )
    return logging.handlers.TimedRotatingFileHandler(
        path,
        when=options.log_rotate_when,
        interval=options.log_rotate_interval,
        backupCount=keep,
        encoding="utf-8",
    )


def _default_options() -> Any:
    try:
        from tornado.options import options
    except ModuleNotFoundError as error:
        if error.name not in ("tornado.options", "tornado.escape"):
            raise
        return SimpleNamespace(**{row.name: row.default for row in LOGGING_OPTIONS})
    return options
