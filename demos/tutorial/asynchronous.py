"""A request that stays open until a callback answers it: the older way, and the one of today.

python asynchronous.py --port=8080
curl http://localhost:8080/            something else
curl http://localhost:8080/nothing     500: We couldn't find it.
curl http://localhost:8080/today       something else
"""

import asyncio

from listening import serve

import tornado.ioloop
import tornado.web
from tornado.web import Application, HTTPError, RequestHandler


class Service:
    """Answers later, as a service on the network does."""

    things = {"/other/thing": "something else"}

    def fetch(self, path, callback):
        loop = tornado.ioloop.IOLoop.current()
        loop.call_later(0.01, callback, self.things.get(path))


service = Service()


class AsyncHandler(RequestHandler):
    path = "/other/thing"

    @tornado.web.asynchronous
    def get(self):
        service.fetch(self.path, callback=self._callback)
        # request stays open...

    def _callback(self, response):
        if response:
            self.write(response)
        else:
            raise HTTPError(500, "We couldn't find it.")
        # without finish, the request never closes
        self.finish()


class NothingHandler(AsyncHandler):
    path = "/no/thing"


class TodayHandler(RequestHandler):
    async def get(self):
        answer = asyncio.get_running_loop().create_future()
        service.fetch("/other/thing", callback=answer.set_result)
        self.write(await answer)


app = Application(
    [
        ("/", AsyncHandler),
        ("/nothing", NothingHandler),
        ("/today", TodayHandler),
    ]
)

if __name__ == "__main__":
    serve(app, 8080)
