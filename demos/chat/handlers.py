"""The pages of the chat, one class for each address.

Everything works without JavaScript: signing in, reading, posting by a plain form, signing out.
With it, a page posts in the background and hears of news by long polling (see static/chat.js).
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from room import Member, Message, News, Room

from tornado.escape import json_decode, json_encode
from tornado.web import Application, HTTPError, RequestHandler, UIModule, authenticated

NICKNAME_LIMIT = 24
MESSAGE_LIMIT = 1000
# Shorter than the minute after which many proxies give an idle request up.
POLL_SECONDS = 45.0

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
}


class BaseHandler(RequestHandler):
    """Who is asking, and how errors look."""

    current_user: Member | None

    @property
    def room(self) -> Room:
        room: Room = self.settings["room"]
        return room

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


class MainHandler(BaseHandler):
    """The room."""

    @authenticated
    def get(self) -> None:
        self.render("room.html", news=self.room.news(), draft="", error=None)


class MessagesHandler(BaseHandler):
    """Somebody says something."""

    def post(self) -> None:
        member = self.current_user
        if member is None:
            raise HTTPError(403, "to post a message one has to be signed in")
        text = self.get_argument("text", "").replace("\r\n", "\n").strip()
        error = None
        if not text:
            error = self.locale.translate("Write something first.")
        elif len(text) > MESSAGE_LIMIT:
            error = self.locale.translate("This is longer than %(limit)d characters.")
            error %= {"limit": MESSAGE_LIMIT}
        if error is not None:
            self.set_status(400)
            if self.wants_json:
                self.write({"error": error})
            else:
                self.render("room.html", news=self.room.news(), draft=text, error=error)
            return
        message = self.room.say(member, text)
        if self.wants_json:
            self.set_status(201)
            self.write({"number": message.number})
        else:
            self.redirect("/#newest", status=303)


class NewsHandler(BaseHandler):
    """Long polling: the answer comes when there is something to tell.

    ``GET /news?cursor=C`` answers ``{"messages": [html, ...], "cursor": C, "reset": bool}``, at
    once when something was said since C, otherwise when somebody speaks, and with no messages
    after POLL_SECONDS.
    """

    waiter: asyncio.Future[None] | None = None

    async def get(self) -> None:
        if self.current_user is None:
            raise HTTPError(403, "to hear the news one has to be signed in")
        cursor = self.get_argument("cursor", "")
        news = self.room.news(cursor)
        if not (news.messages or news.reset):
            self.waiter = waiter = self.room.wait()
            await asyncio.wait([waiter], timeout=POLL_SECONDS)
            self.room.leave(waiter)
            news = self.room.news(cursor)
        self.tell(news)

    def tell(self, news: News) -> None:
        module = MessageModule(self)
        self.set_header("Cache-Control", "no-store")
        self.write(
            {
                "messages": [module.render(message).decode() for message in news.messages],
                "cursor": news.cursor,
                "reset": news.reset,
            }
        )

    def on_connection_close(self) -> None:
        if self.waiter is not None:
            self.room.leave(self.waiter)


class SignInHandler(BaseHandler):
    """A nickname is all it takes; it is kept in a signed cookie."""

    def get(self) -> None:
        if self.current_user is not None:
            self.redirect("/")
        else:
            self.render("signin.html", nickname="", error=None)

    def post(self) -> None:
        nickname = " ".join(self.get_argument("nickname", "").split())
        error = None
        if not nickname:
            error = self.locale.translate("Choose a nickname.")
        elif len(nickname) > NICKNAME_LIMIT:
            error = self.locale.translate("A nickname has at most %(limit)d characters.")
            error %= {"limit": NICKNAME_LIMIT}
        if error is not None:
            self.set_status(400)
            self.render("signin.html", nickname=nickname, error=error)
            return
        value = json_encode({"id": secrets.token_hex(6), "nickname": nickname})
        self.set_signed_cookie("member", value, httponly=True, samesite="Lax")
        self.redirect("/", status=303)


class SignOutHandler(BaseHandler):
    """By POST, so that no link and no picture on another site can do it."""

    def post(self) -> None:
        self.clear_cookie("member", httponly=True, samesite="Lax")
        self.redirect("/signin", status=303)


class NotFoundHandler(BaseHandler):
    """Every other address, in the looks of the rest."""

    def prepare(self) -> None:
        raise HTTPError(404)


class MessageModule(UIModule):
    """One message, as the page and the news show it to the person who reads."""

    def render(self, message: Message) -> bytes:
        html: bytes = self.handler.render_string(
            "modules/message.html",
            message=message,
            own=message.author == self.current_user,
            hue=int(message.author.id, 16) % 8,
        )
        return html


def make_app(room: Room, **settings: Any) -> Application:
    """The application; ``settings`` are added to what is set here (``cookie_secret`` is needed)."""
    return Application(
        [
            (r"/", MainHandler),
            (r"/messages", MessagesHandler),
            (r"/news", NewsHandler),
            (r"/signin", SignInHandler),
            (r"/signout", SignOutHandler),
        ],
        room=room,
        login_url="/signin",
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Lax"},
        ui_modules={"Message": MessageModule},
        default_handler_class=NotFoundHandler,
        **settings,
    )
