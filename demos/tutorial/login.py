"""Signing in with a nickname, which is kept in a signed cookie.

python login.py          then open http://localhost:8888/

``/`` looks for the user itself; ``/authenticated`` leaves that to a decorator.
"""

from listening import serve

import tornado.escape
import tornado.web


class BaseHandler(tornado.web.RequestHandler):
    def get_current_user(self):
        return self.get_secure_cookie("user")


class MainHandler(BaseHandler):
    def get(self):
        if not self.current_user:
            self.redirect("/login")
            return
        name = tornado.escape.xhtml_escape(self.current_user)
        self.write("Hello, " + name)


class AuthenticatedHandler(BaseHandler):
    @tornado.web.authenticated
    def get(self):
        name = tornado.escape.xhtml_escape(self.current_user)
        self.write("Hello, " + name)

    @tornado.web.authenticated
    def post(self):
        self.write("Posted")


class LoginHandler(BaseHandler):
    def get(self):
        self.write(
            '<html><body><form action="/login" method="post">'
            'Name: <input type="text" name="name">'
            '<input type="submit" value="Sign in">'
            "</form></body></html>"
        )

    def post(self):
        self.set_secure_cookie("user", self.get_argument("name"))
        self.redirect("/")


settings = {
    "cookie_secret": "61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=",
    "login_url": "/login",
}
application = tornado.web.Application(
    [
        (r"/", MainHandler),
        (r"/authenticated", AuthenticatedHandler),
        (r"/login", LoginHandler),
    ],
    **settings,
)

if __name__ == "__main__":
    serve(application)
