"""Templates: a list of items, and a function that the page calls.

python templated.py
curl http://localhost:8888/
curl http://localhost:8888/add          1 + 2 = 3
"""

import os

from listening import serve

import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        items = ["Item 1", "Item 2", "Item <3>"]
        self.render("template.html", title="My title", items=items)


class AddHandler(tornado.web.RequestHandler):
    def get(self):
        self.render("add.html", add=self.add)

    def add(self, x, y):
        return x + y


application = tornado.web.Application(
    [
        (r"/", MainHandler),
        (r"/add", AddHandler),
    ],
    template_path=os.path.join(os.path.dirname(__file__), "templates"),
)

if __name__ == "__main__":
    serve(application)
