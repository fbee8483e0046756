"""The three ways to treat the white space of a template's own text (never of what it inserts)."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"\s+")
_SPACES = re.compile(r"[\t ]+")

MODES = ("all", "single", "oneline")


def _line_or_space(blanks: re.Match[str]) -> str:
    run = blanks.group()
    return "\n" if "\n" in run else _SPACES.sub(" ", run)


def filter_whitespace(mode: str, text: str) -> str:
    """``text`` with its white space treated as ``mode`` says.

    - ``all``: nothing is changed.
    - ``single``: white space with a line break in it becomes one line break, other runs of spaces
      and tabs become one space.
    - ``oneline``: all runs of white space, line breaks among them, become one space.

    Raises ValueError for another mode. Linear in the length of the text.
    """
    match mode:
        case "all":
            return text
        case "single":
            return _BLANKS.sub(_line_or_space, text)
        case "oneline":
            return _BLANKS.sub(" ", text)
    raise ValueError(f"no whitespace mode {mode!r}: choose one of {', '.join(MODES)}")


def default_mode(name: str) -> str:
    """The mode of a template that says nothing: ``single`` for HTML and JavaScript by its name."""
    return "single" if name.endswith((".html", ".js")) else "all"


def filter_text(mode: str, text: str) -> str:
    """What happens to one stretch of text between tags: left alone where ``<pre>`` is in it."""
    return text if "<pre>" in text else filter_whitespace(mode, text)
