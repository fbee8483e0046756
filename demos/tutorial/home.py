"""A whole site in one handler.

python home.py --port=8080
curl -i http://localhost:8080/          Content-Type: text/plain    Hello, world!
"""

from listening import serve

from tornado.web import Application, RequestHandler


class HomeHandler(RequestHandler):
    def get(self):
        self.set_header("Content-type", "text/plain")
        self.write("Hello, world!")


app = Application([("/", HomeHandler)])

if __name__ == "__main__":
    serve(app, 8080)
