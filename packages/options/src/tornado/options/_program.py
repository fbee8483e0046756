"""The options that a program's modules share, and what is done with them."""

from __future__ import annotations

from tornado.log import define_logging_options
from tornado.options._parser import OptionParser

#: The options of this program.
options = OptionParser()

define = options.define
parse_command_line = options.parse_command_line
parse_config_file = options.parse_config_file
print_help = options.print_help
add_parse_callback = options.add_parse_callback

define_logging_options(options)
