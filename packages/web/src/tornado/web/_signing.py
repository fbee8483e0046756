"""Values that a client may read and send back, but not alter: text, a timestamp and an HMAC.

Laws:
1. Pure: no handler, no setting. What goes in is the secret, the name, the value and a clock.
2. The signature covers the name, so a value signed as one cookie is worth nothing as another.
3. Whatever a client sends, reading it gives the value or None, never an exception. What the program
   itself got wrong (an empty secret, a version that does not exist) is a ValueError.
4. Nothing in a value is used before its signature has been compared, in constant time. The one
   exception is the number of the key that it is to be compared with.

The two formats on the wire, fields separated by ``|``:

* version 2: ``2``, key version, timestamp, name, base64 of the value, and the HMAC-SHA256 in
  hexadecimal of everything before it. Every field but the first and the last carries its length
  (``10:1300000000``), so that no two different sets of fields are written alike.
* version 1, written by releases before 3.2.1: base64 of the value, timestamp, HMAC-SHA1 in
  hexadecimal of name, base64 and timestamp put together. It has no room for a key version.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tornado.escape import utf8

Secret = str | bytes | Mapping[int, str] | Mapping[int, bytes] | Mapping[int, str | bytes]
"""One key, or several by number, of which ``key_version`` names the one that new values get."""

MIN_SUPPORTED_SIGNED_VALUE_VERSION = 1
MAX_SUPPORTED_SIGNED_VALUE_VERSION = 2
DEFAULT_SIGNED_VALUE_VERSION = 2
DEFAULT_SIGNED_VALUE_MIN_VERSION = 1

_DAY = 86400.0
_FUTURE_DAYS = 31
"""How far ahead a timestamp may lie: clocks differ, but one past this was not made by a clock."""

_LONGEST_NUMBER = 20
"""Digits in any number of a signed value; none that we write comes near."""


class _Parsed(NamedTuple):
    """A version 2 value taken apart. ``signed`` is what the signature is of."""

    key_version: int
    timestamp: int
    name: bytes
    payload: bytes
    signed: bytes
    signature: bytes


def create_signed_value(
    secret: Secret,
    name: str | bytes,
    value: str | bytes,
    version: int | None = None,
    clock: Callable[[], float] | None = None,
    key_version: int | None = None,
) -> bytes:
    """Sign ``value`` so that ``decode_signed_value`` of the same secret and name gives it back.

    ``secret`` is a str, bytes, or a dict from key versions to either; ``key_version`` says which
    key of a dict to sign with. ``version`` is the format, 2 unless 1 is asked for. ``clock`` gives
    the time in seconds, ``time.time`` by default.

    The value is signed, not encrypted: whoever holds it can read it.

    Raises ValueError for a secret that is empty, a key version that is missing or unknown, or a
    format that does not exist; TypeError for a secret of another type.
    """
    if version is None:
        version = DEFAULT_SIGNED_VALUE_VERSION
    stamp = b"%d" % int((clock or time.time)())
    payload = base64.b64encode(utf8(value))
    if version == 2:
        key = _key_for_signing(secret, key_version)
        head = b"2|" + b"".join(
            b"%d:%s|" % (len(field), field)
            for field in (b"%d" % (key_version or 0), stamp, utf8(name), payload)
        )
        return head + _signature_2(key, head)
    if version == 1:
        if isinstance(secret, Mapping):
            raise ValueError(
                "signed values of version 1 have no room for a key version: "
                "give one secret, not a dict, or use version 2"
            )
        key = _key_for_signing(secret, None)
        return b"|".join((payload, stamp, _signature_1(key, utf8(name), payload, stamp)))
    raise ValueError(f"signed values have version 1 or 2, not {version!r}")


def decode_signed_value(
    secret: Secret,
    name: str | bytes,
    value: str | bytes | None,
    max_age_days: float = 31,
    clock: Callable[[], float] | None = None,
    min_version: int | None = None,
) -> bytes | None:
    """The value that was signed, or None if ``value`` is not that of an honest client: altered,
    signed as another name or with another secret, older than ``max_age_days``, dated more than 31
    days ahead, or of a format below ``min_version`` (1 unless given).

    Raises ValueError or TypeError for a ``secret`` or ``min_version`` that can never work.
    """
    if min_version is None:
        min_version = DEFAULT_SIGNED_VALUE_MIN_VERSION
    if min_version > MAX_SUPPORTED_SIGNED_VALUE_VERSION:
        raise ValueError(f"min_version can be 1 or 2, not {min_version!r}")
    _check_secret(secret)
    if not value:
        return None
    signed = value if isinstance(value, bytes) else value.encode("utf-8", "replace")
    version = _version_of(signed)
    if version < min_version:
        return None
    if version == 2:
        found = _open_2(secret, utf8(name), signed)
    elif version == 1:
        found = _open_1(secret, utf8(name), signed)
    else:
        return None
    if found is None:
        return None
    payload, timestamp = found
    now = (clock or time.time)()
    if not now - max_age_days * _DAY <= timestamp <= now + _FUTURE_DAYS * _DAY:
        return None
    try:
        return base64.b64decode(payload, validate=True)
    except binascii.Error:
        return None


def get_signature_key_version(value: str | bytes) -> int | None:
    """Which key ``value`` says it was signed with; None if it says nothing, as version 1 does.

    Nothing has been verified: this tells what to expect, not what to trust.
    """
    signed = utf8(value)
    parsed = _parse_2(signed) if _version_of(signed) == 2 else None
    return None if parsed is None else parsed.key_version


# -- keys and signatures


def _check_secret(secret: Secret) -> None:
    if isinstance(secret, (str, bytes)):
        if not secret:
            raise ValueError(
                "the secret for signing is empty: anybody could sign with it. "
                "Make one with secrets.token_urlsafe(32) and keep it out of the source"
            )
    elif not isinstance(secret, Mapping):
        raise TypeError(
            "the secret for signing must be a str, bytes or a dict of key versions, "
            f"not {type(secret).__name__}"
        )


def _key_for_signing(secret: Secret, key_version: int | None) -> bytes:
    _check_secret(secret)
    if isinstance(secret, (str, bytes)):
        return utf8(secret)
    if key_version is None:
        raise ValueError(
            "the secret is a dict of several keys: say with key_version which one signs new values"
        )
    if key_version not in secret:
        known = ", ".join(str(number) for number in secret) or "none at all"
        raise ValueError(f"there is no key of version {key_version!r}; the secret has {known}")
    key = secret[key_version]
    _check_secret(key)
    return utf8(key)


def _signature_1(key: bytes, *parts: bytes) -> bytes:
    return hmac.digest(key, b"".join(parts), "sha1").hex().encode()


def _signature_2(key: bytes, head: bytes) -> bytes:
    return hmac.digest(key, head, "sha256").hex().encode()


# -- reading


def _number(digits: bytes) -> int | None:
    """The number these ASCII digits mean. No sign, no space, no underscore."""
    if digits.isdigit() and len(digits) <= _LONGEST_NUMBER:
        return int(digits)
    return None


def _version_of(signed: bytes) -> int:
    """The format. A version 1 value starts with base64, which is never just one to three digits."""
    head = signed[: signed.find(b"|")] if b"|" in signed[:4] else b""
    return int(head) if head.isdigit() else 1


def _parse_2(signed: bytes) -> _Parsed | None:
    fields = []
    at = len(b"2|")
    for _ in range(4):
        colon = signed.find(b":", at, at + _LONGEST_NUMBER + 1)
        length = _number(signed[at:colon]) if colon >= 0 else None
        if length is None:
            return None
        end = colon + 1 + length
        if signed[end : end + 1] != b"|":
            return None
        fields.append(signed[colon + 1 : end])
        at = end + 1
    key_version, timestamp = _number(fields[0]), _number(fields[1])
    if key_version is None or timestamp is None:
        return None
    return _Parsed(key_version, timestamp, fields[2], fields[3], signed[:at], signed[at:])


def _open_2(secret: Secret, name: bytes, signed: bytes) -> tuple[bytes, int] | None:
    parsed = _parse_2(signed)
    if parsed is None:
        return None
    if isinstance(secret, (str, bytes)):
        key: str | bytes | None = secret
    else:
        key = secret.get(parsed.key_version)
    if not key or not hmac.compare_digest(parsed.signature, _signature_2(utf8(key), parsed.signed)):
        return None
    if parsed.name != name:
        return None
    return parsed.payload, parsed.timestamp


def _open_1(secret: Secret, name: bytes, signed: bytes) -> tuple[bytes, int] | None:
    if not isinstance(secret, (str, bytes)):
        return None
    payload, _, rest = signed.partition(b"|")
    stamp, _, signature = rest.partition(b"|")
    if not hmac.compare_digest(signature, _signature_1(utf8(secret), name, payload, stamp)):
        return None
    # The parts are signed without a mark between them, so a digit could have been moved from the
    # end of the payload to the front of the timestamp. A real one has no leading zero and is
    # refused below if it lies far ahead.
    timestamp = _number(stamp)
    if timestamp is None or stamp.startswith(b"0"):
        return None
    return payload, timestamp
