"""The three loggers. Their names are the interface: the family gets them from `logging`."""

from __future__ import annotations

import logging

#: One record per request served: INFO below 400, WARNING below 500, ERROR from there on.
access_log = logging.getLogger("tornado.access")

#: Errors raised by the program: an exception in a handler or in a callback.
app_log = logging.getLogger("tornado.application")

#: Everything else: the framework's own warnings and errors.
gen_log = logging.getLogger("tornado.general")
