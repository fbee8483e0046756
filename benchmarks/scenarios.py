"""What is asked of every contender, and what it must answer before it is measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ITEM = {
    "id": 42,
    "name": "A thing of some use",
    "tags": ["red", "round", "shop"],
    "price": 12.5,
    "stock": {"here": 7, "elsewhere": 120},
    "description": "Two hundred bytes or so, as an answer of an API often is.",
}
"""The answer of the json scenario; the server programs written in Python import it from here."""

BROWSER = {
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;"
    "q=0.8",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Accept-Encoding": "identity",
    "Accept-Language": "en-US,en;q=0.9,de;q=0.8",
    "Cookie": "theme=dark; visit=100000",
}
"""With Host, eleven headers as a browser sends them; no compression, to keep answers alike."""

FORM = "&".join(f"field{n}=" + "plain+words+and+%C3%A9tc.+" * 3 for n in range(12)) + "&last=42"
STATIC_BYTES = 100 * 1024


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    path: str
    answer: bytes | None
    """The body to expect; None where contenders may differ in form (JSON spacing)."""
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    answer_headers: dict[str, str] = field(default_factory=dict)
    new_cookie: bool = False
    """Whether each request has a cookie that no other had: no server may profit from the last."""
    message_bytes: int = 0
    """More than zero: a WebSocket is opened at the path, and messages of this size come back."""
    connections: int = 64


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("hello", "routed GET, 12-byte body", "/", b"Hello, world"),
        Scenario(
            "browser",
            "hello with 11 browser headers, one of them new each time",
            "/",
            b"Hello, world",
            headers=BROWSER,
            new_cookie=True,
        ),
        Scenario(
            "params",
            "path group, query argument, cookie read, header set",
            "/items/42?q=shoes",
            b"42 shoes ann",
            headers={"Cookie": "theme=dark; user=ann"},
            answer_headers={"X-Item": "42"},
        ),
        Scenario("json", "dict answer of about 200 bytes", "/json", None),
        Scenario(
            "post",
            f"form of {len(FORM)} bytes, urlencoded, parsed",
            "/form",
            b"42",
            method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=FORM,
        ),
        Scenario("static", "100 KB file from disk", "/static/file.bin", b"x" * STATIC_BYTES),
        Scenario(
            "websocket",
            "text messages of 32 bytes, sent back",
            "/echo",
            None,
            message_bytes=32,
            connections=50,
        ),
    )
}
HTTP = frozenset(name for name, scenario in SCENARIOS.items() if not scenario.message_bytes)
WEBSOCKET = frozenset(SCENARIOS) - HTTP


def write_static_file(folder: Path) -> None:
    """The folder that the static scenario serves, with its file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "file.bin"
    if not file.exists() or file.stat().st_size != STATIC_BYTES:
        file.write_bytes(b"x" * STATIC_BYTES)
