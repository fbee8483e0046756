"""Handlers and arguments: groups of the address, a form, an error, and what a request carries.

python stories.py
curl http://localhost:8888/                         You requested the main page
curl http://localhost:8888/story/7                  You requested the story 7
curl http://localhost:8888/message -d message=Hi    You wrote Hi
curl -i http://localhost:8888/members               403
curl http://localhost:8888/request?a=1 -F f=@stories.py
"""

from listening import serve

import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        self.write("You requested the main page")


class StoryHandler(tornado.web.RequestHandler):
    def get(self, story_id):
        self.write("You requested the story " + story_id)


class MessageHandler(tornado.web.RequestHandler):
    def get(self):
        self.write(
            '<html><body><form action="/message" method="post">'
            '<input type="text" name="message">'
            '<input type="submit" value="Submit">'
            "</form></body></html>"
        )

    def post(self):
        self.set_header("Content-Type", "text/plain")
        self.write("You wrote " + self.get_argument("message"))


class MembersHandler(tornado.web.RequestHandler):
    def user_is_logged_in(self):
        return self.get_cookie("member") == "yes"

    def get(self):
        if not self.user_is_logged_in():
            raise tornado.web.HTTPError(403)
        self.write("Welcome, member")


class RequestObjectHandler(tornado.web.RequestHandler):
    """arguments, files, path, headers, and where it came from: what a request carries."""

    def post(self):
        arguments = {
            name: [value.decode() for value in values]
            for name, values in self.request.arguments.items()
        }
        files = {
            name: [{"filename": file.filename, "bytes": len(file.body)} for file in files]
            for name, files in self.request.files.items()
        }
        self.write(
            {
                "arguments": arguments,
                "files": files,
                "path": self.request.path,
                "host": self.request.headers["Host"],
                "remote_ip": self.request.remote_ip,
                "protocol": self.request.protocol,
            }
        )


application = tornado.web.Application(
    [
        (r"/", MainHandler),
        (r"/story/([0-9]+)", StoryHandler),
        (r"/message", MessageHandler),
        (r"/members", MembersHandler),
        (r"/request", RequestObjectHandler),
    ]
)

if __name__ == "__main__":
    serve(application)
