"""HTML: escaping, unescaping, and the mark of text that is HTML already.

The mark is the method ``__html__``, which markupsafe, Jinja2 and Django know too. An object that
has it says: "my HTML is this". ``xhtml_escape`` takes it at its word, and so does a template. The
mark is lost in every operation on the string (``+``, ``%``, ``format``, slicing), which errs on the
safe side.

``escape_text`` is the speed of this module: exact ``str`` in, escaped ``str`` out. The plain
version and the one over markupsafe's C give the same characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tornado.escape._text import to_unicode


class SafeString(str):
    """A str that is HTML already: escaping it gives it back.

    Make one only of text that you escaped, or wrote, yourself::

        SafeString("<b>" + xhtml_escape(name) + "</b>")

    It is a str in every other way; what is computed from it is an ordinary str again.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return self


def escape_text_plain(text: str) -> str:
    """Escape a str in plain Python: five searches, and a copy only for what was found."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "'" in text:
        text = text.replace("'", "&#x27;")
    return text


def name_quotes(text: str) -> str:
    """Make ``&#34;`` and ``&#39;`` in what `c_escape` returned what they are elsewhere."""
    return text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


c_escape: Callable[[str], str] | None
"""markupsafe's escape function in C, if there is one. It writes both quotes as decimal references.
Every ampersand of its input becomes ``&amp;``: ``&#3`` in its output can only be one of those."""

try:
    from markupsafe._speedups import _escape_inner as c_escape  # type: ignore[import-not-found,no-redef,unused-ignore]  # an extra
except ImportError:
    c_escape = None


def escape_text_c(text: str) -> str:
    """Escape a str by `c_escape`."""
    assert c_escape is not None
    text = c_escape(text)
    return name_quotes(text) if "&#3" in text else text


escape_text = escape_text_plain if c_escape is None else escape_text_c


def xhtml_escape(value: str | bytes) -> str:
    """Make ``value`` safe to stand in HTML, as text or in a quoted attribute.

    ``& < > " '`` become ``&amp; &lt; &gt; &quot; &#x27;``. Bytes are taken as UTF-8. A value with a
    method ``__html__`` (see `SafeString`) says itself what its HTML is and is not escaped again.

    Raises TypeError for anything else: write ``xhtml_escape(str(value))``.
    """
    if type(value) is str:
        return escape_text(value)
    if hasattr(type(value), "__html__"):
        safe: str = value.__html__()  # type: ignore[union-attr]  # asked for the line before
        return safe
    text = to_unicode(value)
    if text is None:
        raise TypeError("xhtml_escape() takes str or bytes, got None")
    return escape_text(str.__str__(text))


_LEADING_ZEROS = re.compile("&#00+")
_LONG_NUMBER = re.compile("&#[0-9]{9,}")


def xhtml_unescape(value: str | bytes) -> str:
    """Replace the character references of HTML 5 in ``value``, named and numeric, with what they
    stand for.

    A reference to a code point that does not exist gives U+FFFD; an unknown name stays as it is.
    Raises TypeError for anything that is not str or bytes.
    """
    import html  # brings a table of two thousand names, for this function only

    text = to_unicode(value)
    if text is None:
        raise TypeError("xhtml_unescape() takes str or bytes, got None")
    if "&#" in text:
        # No code point has nine digits, and int() of thousands of them is refused by Python.
        text = _LONG_NUMBER.sub("&#1114112", _LEADING_ZEROS.sub("&#0", text))
    return html.unescape(text)
