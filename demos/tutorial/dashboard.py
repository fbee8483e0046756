"""Signing in with a name and a password; a page for those who did.

python dashboard.py --port=8080        then open http://localhost:8080/dashboard
                                       (the user is "ada", the password "engine")
"""

import hashlib
import hmac
import os
import secrets

from listening import serve

import tornado.web
from tornado.web import Application, RequestHandler


class User:
    def __init__(self, username, password):
        self.username = username
        self.token = secrets.token_hex(16)
        self._salt = secrets.token_bytes(16)
        self._digest = self._hash(password)

    def _hash(self, password):
        return hashlib.scrypt(password.encode(), salt=self._salt, n=2**14, r=8, p=1)

    def knows(self, password):
        """Never compare passwords with ==: neither keep them."""
        return hmac.compare_digest(self._hash(password), self._digest)


class Users:
    """Stands for a collection of a database."""

    def __init__(self, *users):
        self._users = users

    def find_one(self, query):
        for user in self._users:
            if all(getattr(user, name) == value for name, value in query.items()):
                return user
        return None


class BaseHandler(RequestHandler):
    @property
    def db(self):
        return self.application.settings["db"]

    def get_current_user(self):
        token = self.get_secure_cookie("token")
        if token is None:
            return None
        return self.db.find_one({"token": token.decode()})


class LoginHandler(BaseHandler):
    def get(self):
        self.render("login.html", action="/login", password=True)

    def post(self):
        if self.current_user:
            return self.redirect("/dashboard")
        username = self.get_argument("username")
        password = self.get_argument("password")
        user = self.db.find_one({"username": username})
        if not user or not user.knows(password):
            return self.redirect("/login")
        self.set_secure_cookie("token", user.token, httponly=True)
        self.redirect("/dashboard")


class Dashboard(BaseHandler):
    @tornado.web.authenticated
    def get(self):
        self.render("dashboard.htm", user=self.current_user)


app = Application(
    [
        ("/login", LoginHandler),
        ("/dashboard", Dashboard),
    ],
    db=Users(User("ada", "engine")),
    cookie_secret=secrets.token_hex(32),
    login_url="/login",
    xsrf_cookies=True,
    template_path=os.path.join(os.path.dirname(__file__), "templates"),
)

if __name__ == "__main__":
    serve(app, 8080)
