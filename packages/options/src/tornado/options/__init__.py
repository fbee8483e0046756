"""Options of a program, from its command line and its configuration files.

Each module defines the options that it needs, and reads them wherever it needs them::

    from tornado.options import define, options, parse_command_line

    define("port", default=8888, help="port to listen on")

    def main():
        parse_command_line()
        app.listen(options.port)

`options` is the `OptionParser` that the functions here work on. It has the options of logging
(``--logging=debug`` and so on, see `tornado.log`) from the start. Mistakes on the command line and
in files raise `Error`, whose text is meant for the user.
"""

from tornado.log import define_logging_options, enable_pretty_logging
from tornado.options._errors import BadValue, Error, UnknownOption
from tornado.options._parser import OptionParser
from tornado.options._program import (
    add_parse_callback,
    define,
    options,
    parse_command_line,
    parse_config_file,
    print_help,
)

__all__ = [
    "BadValue",
    "Error",
    "OptionParser",
    "UnknownOption",
    "add_parse_callback",
    "define",
    "define_logging_options",
    "enable_pretty_logging",
    "options",
    "parse_command_line",
    "parse_config_file",
    "print_help",
]

for _shown in (BadValue, Error, OptionParser, UnknownOption):
    _shown.__module__ = __name__
del _shown
