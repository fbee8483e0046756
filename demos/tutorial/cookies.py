"""Cookies, plain ones and signed ones.

python cookies.py
curl -i http://localhost:8888/                            Your cookie was not set yet!
curl -b mycookie=myvalue http://localhost:8888/           Your cookie was set!
curl -b mycookie=myvalue http://localhost:8888/secure     Your cookie was not set yet!
"""

from listening import serve

import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        if not self.get_cookie("mycookie"):
            self.set_cookie("mycookie", "myvalue")
            self.write("Your cookie was not set yet!")
        else:
            self.write("Your cookie was set!")


class SecureHandler(tornado.web.RequestHandler):
    """Nobody can forge this one: it carries a time and a signature."""

    def get(self):
        if not self.get_secure_cookie("mycookie"):
            self.set_secure_cookie("mycookie", "myvalue")
            self.write("Your cookie was not set yet!")
        else:
            self.write("Your cookie was set!")


application = tornado.web.Application(
    [
        (r"/", MainHandler),
        (r"/secure", SecureHandler),
    ],
    cookie_secret="61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=",
)

if __name__ == "__main__":
    serve(application)
