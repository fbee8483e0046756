"""A browser for tests: headless Chromium through WebDriver (W3C), over plain HTTP.

Nothing is downloaded: ``chromium`` and ``chromedriver`` are those of the system. Each browser has
a new, empty profile, so two of them are two people.

    with driver() as chrome, chrome.browser(language="de") as page:
        page.go("http://127.0.0.1:8888/")
        page.find("#nickname").type("Ada")
        page.find("button").click()
"""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from programs import Program

BINARIES = ("chromium", "chromedriver")
HOW_TO_GET = "headless Chromium is not here; on Debian: apt-get install chromium chromium-driver"
PATIENCE = 15.0
# The name under which WebDriver hands out elements (W3C WebDriver, section 12.1).
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


class WebDriverError(Exception):
    """The driver refused a command: what it said."""


def available() -> bool:
    return all(shutil.which(name) for name in BINARIES)


class Driver:
    """One chromedriver process; it can run several browsers."""

    def __init__(self, port: int) -> None:
        self._port = port

    def command(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise WebDriverError(f"{method} {path}: {value['error']}: {value['message']}")
        return value

    @contextmanager
    def browser(
        self, language: str = "en-US", size: tuple[int, int] = (900, 700), *flags: str
    ) -> Iterator[Browser]:
        """A new browser with an empty profile; ``language`` is its Accept-Language."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            arguments = [*FLAGS, *flags, f"--user-data-dir={profile}", f"--lang={language}"]
            arguments += [f"--accept-lang={language}", f"--window-size={size[0]},{size[1]}"]
            options = {"binary": shutil.which("chromium"), "args": arguments}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options}
            made = self.command("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            page = Browser(self, f"/session/{made['sessionId']}")
            try:
                yield page
            finally:
                page.close()


class Browser:
    """One window."""

    def __init__(self, driver: Driver, session: str) -> None:
        self._driver = driver
        self._session = session

    def command(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._driver.command(method, self._session + path, body)

    def close(self) -> None:
        self.command("DELETE", "")

    def go(self, url: str) -> None:
        """Loads a page and waits until it has loaded."""
        self.command("POST", "/url", {"url": url})

    @property
    def url(self) -> str:
        return str(self.command("GET", "/url"))

    def run(self, script: str, *arguments: Any) -> Any:
        """Runs JavaScript in the page; its ``return`` value comes back."""
        return self.command("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find_all(self, selector: str) -> list[Element]:
        query = {"using": "css selector", "value": selector}
        return [Element(self, e[ELEMENT]) for e in self.command("POST", "/elements", query)]

    def find(self, selector: str) -> Element:
        """The first element that the CSS selector finds, as soon as there is one."""
        found: list[Element] = self.until(lambda: self.find_all(selector), selector)
        return found[0]

    def until(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """Asks again until ``condition()`` is true, and gives its value."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                text = self.run("return document.documentElement.outerHTML")
                raise AssertionError(f"waited {seconds} s for {what} at {self.url}: {text}")
            time.sleep(0.05)
        return value

    def screenshot(self, path: str | Path) -> None:
        Path(path).write_bytes(base64.b64decode(self.command("GET", "/screenshot")))


class Element:
    def __init__(self, browser: Browser, name: str) -> None:
        self._browser = browser
        self._path = f"/element/{name}"

    @property
    def text(self) -> str:
        """What a reader sees."""
        return str(self._browser.command("GET", f"{self._path}/text"))

    def click(self) -> None:
        self._browser.command("POST", f"{self._path}/click", {})

    def type(self, text: str) -> None:
        self._browser.command("POST", f"{self._path}/value", {"text": text})


@contextmanager
def driver() -> Iterator[Driver]:
    """Starts chromedriver on a free port, and ends it."""
    with tempfile.TemporaryDirectory() as where:
        errors = Path(where, "stderr")
        with open(errors, "wb") as log:
            process = subprocess.Popen(
                [str(shutil.which("chromedriver")), "--port=0"], stdout=subprocess.PIPE, stderr=log
            )
        try:
            found = Program(process, errors).wait_for(r"successfully on port (\d+)")
            yield Driver(int(found[1]))
        finally:
            process.terminate()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()
