"""What all handlers of the chat share: who is asking, and how errors look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tornado.escape import json_decode
from tornado.web import RequestHandler

NICKNAME_LIMIT = 24
MESSAGE_LIMIT = 1000

# All scripts and styles are files of this site, so the browser may refuse everything else.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

ERRORS = {
    400: "The request was not understood.",
    403: "This form is too old, or did not come from this site. Go back, reload, try again.",
    404: "There is no such page.",
    405: "This address does not do that.",
    503: "The room cannot be reached now. Try again soon.",
}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who signed in: a random identity, and the name they chose."""

    id: str
    nickname: str


class BaseHandler(RequestHandler):
    current_user: Member | None

    @property
    def wants_json(self) -> bool:
        return "application/json" in self.request.headers.get("Accept", "")

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        # The pages depend on who asks, and in which language.
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Vary", "Accept-Language, Cookie")

    def get_current_user(self) -> Member | None:
        cookie = self.get_signed_cookie("member")
        if cookie is None:
            return None
        value = json_decode(cookie)
        return Member(value["id"], value["nickname"])

    def get_template_namespace(self) -> dict[str, Any]:
        namespace = super().get_template_namespace()
        namespace["nickname_limit"] = NICKNAME_LIMIT
        namespace["message_limit"] = MESSAGE_LIMIT
        # A locale is called "pt_BR" here and "pt-BR" on the web.
        namespace["language"] = self.locale.code.replace("_", "-")
        return namespace

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        what = self.locale.translate(ERRORS.get(status_code, "Something went wrong here."))
        if self.wants_json:
            self.finish({"error": what})
        else:
            self.render("error.html", status=status_code, what=what)
