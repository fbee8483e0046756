"""A template that extends another, shown by a controller.

python controller.py --port=8080
curl http://localhost:8080/ada
    ... <h1>Hello, ADA.</h1> ... You must still be working on this. ...
"""

import os

from listening import serve

from tornado.web import Application, RequestHandler


class Controller(RequestHandler):
    # regex groups in route passed to method
    def get(self, username):
        ip = self.request.remote_ip  # request on handler
        # tornado includes its own templating system
        self.render("template.html", ip=ip, username=username)


app = Application(
    [
        # routes are regex passed into Application
        (r"/(\w+)", Controller),
    ],
    template_path=os.path.join(os.path.dirname(__file__), "templates", "controller"),
)

if __name__ == "__main__":
    serve(app, 8080)
