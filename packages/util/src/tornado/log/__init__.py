"""Logging as Tornado programs know it: three named loggers and a readable, colored format.

Libraries write to the loggers; the program decides where that goes, with `enable_pretty_logging`,
with the ``--logging`` options of `tornado.options`, or with the standard `logging` module alone.
"""

from tornado.log._formatter import LogFormatter
from tornado.log._loggers import access_log, app_log, gen_log
from tornado.log._pretty import define_logging_options, enable_pretty_logging

__all__ = [
    "LogFormatter",
    "access_log",
    "app_log",
    "define_logging_options",
    "enable_pretty_logging",
    "gen_log",
]

for _shown in (LogFormatter, define_logging_options, enable_pretty_logging):
    _shown.__module__ = __name__
del _shown
