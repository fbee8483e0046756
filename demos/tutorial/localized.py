"""A page in the language of its reader: English, Spanish or French.

python localized.py
curl -H 'Accept-Language: es-GT' http://localhost:8888/
curl -b locale=fr_CA http://localhost:8888/             a preference goes before the browser's wish
curl http://localhost:8888/likes?people=3
"""

import os

from listening import serve

import tornado.locale
import tornado.web


class BaseHandler(tornado.web.RequestHandler):
    def get_user_locale(self):
        preference = self.get_cookie("locale")
        if preference is None:
            # Use the Accept-Language header
            return None
        return tornado.locale.get(preference)


class SignInHandler(BaseHandler):
    def get(self):
        self.render("sign_in.html")


class LikesHandler(BaseHandler):
    def get(self):
        people = ["somebody"] * int(self.get_argument("people", "1"))
        self.render("likes.html", people=people)


tornado.locale.load_translations(os.path.join(os.path.dirname(__file__), "translations"))

application = tornado.web.Application(
    [
        (r"/", SignInHandler),
        (r"/likes", LikesHandler),
    ],
    template_path=os.path.join(os.path.dirname(__file__), "templates"),
    xsrf_cookies=True,
)

if __name__ == "__main__":
    serve(application)
