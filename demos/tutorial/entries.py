"""A page that has to ask another server first: the older way, and the one of today.

The other server is played by this program itself, unless --api is the address of another one.

python entries.py --port=8080
curl http://localhost:8080/            Fetched 3 entries from the API
curl http://localhost:8080/today       the same
"""

from listening import serve

import tornado.escape
import tornado.httpclient
import tornado.web
from tornado.options import define, options

define("api", default="", help="where the API is, such as http://localhost:8081")


class Handler(tornado.web.RequestHandler):
    @property
    def feed(self):
        return (options.api or f"http://{self.request.host}") + "/v2/feed/bret"


class MainHandler(Handler):
    @tornado.web.asynchronous
    def get(self):
        http = tornado.httpclient.AsyncHTTPClient()
        http.fetch(self.feed, callback=self.async_callback(self.on_response))

    def on_response(self, response):
        if response.error:
            raise tornado.web.HTTPError(500)
        json = tornado.escape.json_decode(response.body)
        self.write("Fetched " + str(len(json["entries"])) + " entries from the API")
        self.finish()


class TodayHandler(Handler):
    async def get(self):
        http = tornado.httpclient.AsyncHTTPClient()
        response = await http.fetch(self.feed)
        json = tornado.escape.json_decode(response.body)
        self.write(f"Fetched {len(json['entries'])} entries from the API")


class FeedHandler(tornado.web.RequestHandler):
    """What the other server answers."""

    def get(self, name):
        entries = [{"from": name, "body": body} for body in ("one", "two", "three")]
        self.write({"name": name, "entries": entries})


application = tornado.web.Application(
    [
        (r"/", MainHandler),
        (r"/today", TodayHandler),
        (r"/v2/feed/(\w+)", FeedHandler),
    ]
)

if __name__ == "__main__":
    serve(application, 8080)
