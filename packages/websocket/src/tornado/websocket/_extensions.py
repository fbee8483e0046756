"""The Sec-WebSocket-Extensions header, and what two sides agree on about permessage-deflate.

RFC 6455 section 9.1 has the syntax, RFC 7692 sections 7.1 and 7.1.2 the four parameters. The
*server's* parameters are about what the server sends, the *client's* about what the client sends.
An offer with a parameter that is unknown, repeated or wrong is declined, not repaired.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

NAME = "permessage-deflate"
TAKEOVERS = ("server_no_context_takeover", "client_no_context_takeover")
WINDOWS = ("server_max_window_bits", "client_max_window_bits")

#: What ``compression_options`` may hold.
KNOWN_OPTIONS = frozenset(["compression_level", "mem_level", "max_ratio", *TAKEOVERS, *WINDOWS])

_RANGES = dict.fromkeys(WINDOWS, (8, 15)) | {"compression_level": (-1, 9), "mem_level": (1, 9)}

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_item = re.compile(
    rf'[ \t]*({_TOKEN})[ \t]*(?:=[ \t]*(?:({_TOKEN})|"((?:[^"\\]|\\.)*)")[ \t]*)?([;,]|$)'
)
_bits = re.compile(r"[89]|1[0-5]").fullmatch

Extension = tuple[str, list[tuple[str, str | None]]]


def parse_extensions(header: str) -> list[Extension]:
    """``[(name, [(parameter, value or None), ...]), ...]``. ValueError for bad syntax."""
    return list(_parse(header))


def _parse(header: str) -> Iterator[Extension]:
    position = 0
    current: Extension | None = None
    while position < len(header):
        found = _item.match(header, position)
        if found is None:
            raise ValueError(f"Sec-WebSocket-Extensions is malformed: {header[:200]!r}")
        name, token, quoted, end = found.groups()
        position = found.end()
        value = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        if current is None:
            if value is not None:
                raise ValueError(f"an extension's name has no value: {header[:200]!r}")
            current = (name, [])
        else:
            current[1].append((name.lower(), value))
        if end != ";":
            yield current
            current = None
    if current is not None:
        raise ValueError(f"Sec-WebSocket-Extensions ends too early: {header[:200]!r}")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides have agreed on. ``*_takeover``: whether that side's compressor goes on from
    message to message; ``*_bits``: the size of its window, as a power of two."""

    server_takeover: bool = True
    client_takeover: bool = True
    server_bits: int = 15
    client_bits: int = 15

    def without_takeover(self, side: str) -> Agreement:
        if side == "server":
            return replace(self, server_takeover=False)
        return replace(self, client_takeover=False)

    def with_bits(self, side: str, bits: int) -> Agreement:
        return (
            replace(self, server_bits=bits) if side == "server" else replace(self, client_bits=bits)
        )


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ValueError, in a sentence, for options that mean nothing."""
    if unknown := sorted(set(options) - KNOWN_OPTIONS):
        raise ValueError(
            f"compression options {unknown} mean nothing; these do: {sorted(KNOWN_OPTIONS)}"
        )
    for name, (least, most) in _RANGES.items():
        if (value := options.get(name)) is not None and value not in range(least, most + 1):
            raise ValueError(f"{name} is a number from {least} to {most}, got {value!r}")


def accept_offer(header: str, options: Mapping[str, Any]) -> tuple[Agreement, str] | None:
    """The server's side: what is agreed on, and the header that says so.

    Takes the first acceptable offer; None if there is none, the connection goes uncompressed then.
    """
    try:
        offers = parse_extensions(header)
    except ValueError:
        return None
    for name, parameters in offers:
        if name.lower() == NAME and (agreed := _accept(parameters, options)) is not None:
            return agreed
    return None


def _accept(
    parameters: list[tuple[str, str | None]], options: Mapping[str, Any]
) -> tuple[Agreement, str] | None:
    offered = dict(parameters)
    if len(offered) != len(parameters) or not _well_formed(offered, client_bits_optional=True):
        return None
    agreement, answer = Agreement(), [NAME]
    for side in ("server", "client"):
        takeover, window = f"{side}_no_context_takeover", f"{side}_max_window_bits"
        if takeover in offered or options.get(takeover):
            agreement = agreement.without_takeover(side)
            answer.append(takeover)
        asked = int(offered.get(window) or 15)
        bits = min(asked, options.get(window) or 15)
        # Section 7.1.2.2: a client that does not name its window is not told one.
        if bits < 15 and (side == "server" or window in offered):
            agreement = agreement.with_bits(side, bits)
            answer.append(f"{window}={bits}")
        elif offered.get(window) and side == "server":
            answer.append(f"{window}={bits}")
    return agreement, "; ".join(answer)


def _well_formed(parameters: Mapping[str, str | None], client_bits_optional: bool) -> bool:
    for name, value in parameters.items():
        if name in TAKEOVERS:
            good = value is None
        elif name in WINDOWS:
            optional = client_bits_optional and name.startswith("client")
            good = optional if value is None else _bits(value) is not None
        else:
            good = False
        if not good:
            return False
    return True


def make_offer(options: Mapping[str, Any]) -> str:
    """The client's side: the header that offers compression."""
    offer = [NAME]
    offer += [name for name in TAKEOVERS if options.get(name)]
    if bits := options.get("server_max_window_bits"):
        offer.append(f"server_max_window_bits={bits}")
    bits = options.get("client_max_window_bits")
    offer.append(f"client_max_window_bits={bits}" if bits else "client_max_window_bits")
    return "; ".join(offer)


def read_answer(header: str, options: Mapping[str, Any]) -> Agreement:
    """The client's side: what the server's header agrees to.

    Raises ValueError for what was not offered (RFC 6455 section 4.1: the connection fails).
    """
    found = parse_extensions(header)
    if len(found) != 1 or found[0][0].lower() != NAME:
        raise ValueError(f"the server uses extensions that were not offered: {header[:200]!r}")
    parameters = found[0][1]
    answer = dict(parameters)
    if len(answer) != len(parameters) or not _well_formed(answer, client_bits_optional=False):
        raise ValueError(f"the server's answer about compression is wrong: {header[:200]!r}")
    agreement = Agreement()
    for side in ("server", "client"):
        takeover, window = f"{side}_no_context_takeover", f"{side}_max_window_bits"
        wished = options.get(window) or 15
        # Section 7.1.1.1: what the client asks of the server, the server has to confirm.
        if side == "server" and options.get(takeover) and takeover not in answer:
            raise ValueError(f"the server does not confirm {takeover}")
        if takeover in answer or options.get(takeover):
            agreement = agreement.without_takeover(side)
        bits = int(answer.get(window) or 15)
        if bits > wished:
            if side == "server":
                raise ValueError(f"the server does not confirm {window}={wished}")
            bits = wished
        agreement = agreement.with_bits(side, bits)
    return agreement
