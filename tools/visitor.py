"""A visitor of a site under test: speaks HTTP through the standard library, keeps its cookies.

It follows no redirects and hides nothing, so that a test sees what a browser is sent.
"""

from __future__ import annotations

import http.client
import json
import re
from email.message import Message
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE = 20


class Answer:
    """What came back. ``headers`` is a mapping that ignores case, with ``get_all(name)``."""

    def __init__(self, status: int, headers: Message, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<Answer {self.status} {self.body[:200]!r}>"


class Visitor:
    """``url`` is the site; ``language`` goes into Accept-Language."""

    def __init__(self, url: str, language: str = "en-US") -> None:
        self._site = urlsplit(url)
        self.headers = {"Accept-Language": language}
        self.cookies: dict[str, str] = {}

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {**self.headers, **(headers or {})}
        if self.cookies:
            jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            sent.setdefault("Cookie", jar)
        connection = http.client.HTTPConnection(
            str(self._site.hostname), self._site.port, timeout=PATIENCE
        )
        try:
            connection.request(method, path, body, sent)
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            connection.close()
        self._keep(answer)
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, None, {k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
        """Posts a form as a browser does, its fields encoded in the body."""
        sent = {k.replace("_", "-"): v for k, v in headers.items()}
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(form or {}), sent)

    def submit(self, page: str, action: str, form: dict[str, str], **headers: str) -> Answer:
        """Takes the hidden _xsrf field of a form on ``page`` and posts with it to ``action``."""
        found = re.search(r'name="_xsrf" value="([^"]+)"', self.get(page).text)
        assert found, f"no form with an _xsrf field at {page}"
        return self.post(action, {"_xsrf": found[1], **form}, **headers)

    def _keep(self, answer: Answer) -> None:
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
