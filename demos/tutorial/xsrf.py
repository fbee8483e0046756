"""Forms that other sites cannot send: xsrf_cookies.

python xsrf.py           then open http://localhost:8888/
curl -i http://localhost:8888/new_message -d message=Hi     403
"""

import os

from listening import serve

import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        self.render("new_message.html")


class NewMessageHandler(tornado.web.RequestHandler):
    def post(self):
        self.set_header("Content-Type", "text/plain")
        self.write("You wrote " + self.get_argument("message"))


settings = {
    "cookie_secret": "61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=",
    "login_url": "/login",
    "xsrf_cookies": True,
    "static_path": os.path.join(os.path.dirname(__file__), "static"),
    "template_path": os.path.join(os.path.dirname(__file__), "templates"),
}
application = tornado.web.Application(
    [
        (r"/", MainHandler),
        (r"/new_message", NewMessageHandler),
    ],
    **settings,
)

if __name__ == "__main__":
    serve(application)
