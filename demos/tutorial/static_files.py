"""Static files that a browser fetches once: the address changes with the contents.

python static_files.py   then open http://localhost:8888/
curl -i http://localhost:8888/static/images/logo.svg
curl http://localhost:8888/robots.txt
"""

import os

from listening import serve

import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        self.render("static_files.html")


settings = {
    "static_path": os.path.join(os.path.dirname(__file__), "static"),
    "template_path": os.path.join(os.path.dirname(__file__), "templates"),
    "cookie_secret": "61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=",
    "login_url": "/login",
    "xsrf_cookies": True,
}
application = tornado.web.Application(
    [
        (r"/", MainHandler),
    ],
    **settings,
)

if __name__ == "__main__":
    serve(application)
