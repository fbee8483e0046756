"""Credentials of HTTP Basic authentication, before base64 (RFC 7617)."""

from __future__ import annotations

from unicodedata import normalize


def encode_username_password(username: str | bytes, password: str | bytes) -> bytes:
    """``username:password`` in the bytes that Basic authentication sends.

    Text is brought to Unicode normalization form C and encoded as UTF-8 (RFC 7617 section 2.1);
    bytes are taken as they are. A user name with a colon in it cannot be told from the password by
    whoever receives it; that is not checked here.
    """
    parts = (
        part if isinstance(part, bytes) else normalize("NFC", part).encode()
        for part in (username, password)
    )
    return b":".join(parts)
