"""The pages of the chat, one class for each address.

Everything works without JavaScript: signing in, reading, posting by a plain form, signing out.
With it, a page hears and speaks by one of the three ways in live.py.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from base import NICKNAME_LIMIT, BaseHandler
from live import Events, Live, News, Socket

from tornado.escape import json_encode
from tornado.rooms import Message, Rooms, RoomsAwayError
from tornado.web import Application, HTTPError, UIModule, authenticated

PING_SECONDS = 20.0
CONFIRM_SECONDS = 5.0

# What the script fills in for each message that it hears of.
BLANK = Message("0-0", json_encode({"nickname": "?", "text": ""}), sender="0")


class RoomPage(Live):
    """The page of the room, empty or with a draft that was not taken."""

    async def show(self, draft: str = "", error: str | None = None) -> None:
        try:
            news = await self.room.history()
        except RoomsAwayError as away:
            raise HTTPError(503, "%s", away)
        self.render("room.html", news=news, blank=BLANK, draft=draft, error=error)


class MainHandler(RoomPage):
    """The room."""

    @authenticated
    async def get(self) -> None:
        await self.show()


class MessagesHandler(RoomPage):
    """Somebody says something, by the form of the page."""

    async def post(self) -> None:
        if self.current_user is None:
            raise HTTPError(403, "to post a message one has to be signed in")
        text = self.get_argument("text", "")
        try:
            said = await self.say({"text": text})
        except HTTPError as error:
            if error.status_code != 400:
                raise
            self.set_status(400)
            if self.wants_json:
                self.write({"error": error.reason})
            else:
                await self.show(text.strip(), error.reason)
            return
        assert said is not None
        # If Redis is away the message waits here; the room will have it later.
        await asyncio.wait([said], timeout=CONFIRM_SECONDS)
        if self.wants_json:
            self.set_status(201 if said.done() else 202)
            self.write({"id": said.result().id if said.done() else None})
        else:
            self.redirect("/#newest", status=303)


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
    """One message, as the page shows it to the person who reads."""

    def render(self, message: Message) -> bytes:
        html: bytes = self.handler.render_string(
            "modules/message.html",
            message=message,
            own=message.sender == self.current_user.id,
            hue=int(message.sender or "0", 16) % 8,
        )
        return html


def make_app(rooms: Rooms, **settings: Any) -> Application:
    """The application; ``settings`` are added to what is set here (``cookie_secret`` is needed)."""
    return Application(
        [
            (r"/", MainHandler),
            (r"/messages", MessagesHandler),
            (r"/socket", Socket),
            (r"/events", Events),
            (r"/news", News),
            (r"/signin", SignInHandler),
            (r"/signout", SignOutHandler),
        ],
        rooms=rooms,
        login_url="/signin",
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Lax"},
        ui_modules={"Message": MessageModule},
        default_handler_class=NotFoundHandler,
        websocket_ping_interval=PING_SECONDS,
        **settings,
    )
