"""A part of the path as an argument, and a form that is posted.

python reverse_wrap.py --port=8000
curl http://localhost:8000/reverse/slipup
    pupils
curl http://localhost:8000/wrap -d text=Lorem+ipsum+dolor+sit+amet,+consectetuer+adipiscing+elit.
    Lorem ipsum dolor sit amet, consectetuer
    adipiscing elit.
"""

import textwrap

from listening import serve

import tornado.web


class ReverseHandler(tornado.web.RequestHandler):
    def get(self, input):
        self.write(input[::-1])


class WrapHandler(tornado.web.RequestHandler):
    def post(self):
        text = self.get_argument("text")
        width = self.get_argument("width", "40")
        self.write(textwrap.fill(text, int(width)))


application = tornado.web.Application(
    handlers=[
        (r"/reverse/(\w+)", ReverseHandler),
        (r"/wrap", WrapHandler),
    ]
)

if __name__ == "__main__":
    serve(application, 8000)
