"""The limits within which request bodies are taken apart, and the process-wide default.

Laws:
1. A limit is checked before the work it limits is done.
2. The default applies to every server of the process; a call that is given a ``config`` uses that
   one and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class ParseUrlEncodedConfig:
    """Limits for ``application/x-www-form-urlencoded`` bodies, and for query strings.

    ``max_arguments``: how many ``name=value`` fields one body may have.
    """

    max_arguments: int = 1000


@dataclass
class ParseMultipartConfig:
    """Limits for ``multipart/form-data`` bodies.

    ``enabled``: with ``False`` every such body is refused.
    ``max_parts``: how many parts one body may have.
    ``max_part_header_size``: bytes of headers, line ends included, that one part may have.
    """

    enabled: bool = True
    max_parts: int = 100
    max_part_header_size: int = 10 * 1024


@dataclass
class ParseBodyConfig:
    """What `parse_body_arguments` accepts: one group of limits per kind of body."""

    multipart: ParseMultipartConfig = field(default_factory=ParseMultipartConfig)
    urlencoded: ParseUrlEncodedConfig = field(default_factory=ParseUrlEncodedConfig)


_default = ParseBodyConfig()


def current_config() -> ParseBodyConfig:
    """The limits in force where no others are given."""
    return _default


def set_parse_body_config(config: ParseBodyConfig) -> None:
    """Make ``config`` the default of this process, for all servers and applications in it.

    Call it once, before serving. It raises TypeError for anything but a `ParseBodyConfig`.
    """
    global _default
    if not isinstance(config, ParseBodyConfig):
        raise TypeError(f"set_parse_body_config() wants a ParseBodyConfig, got {config!r}")
    _default = config
