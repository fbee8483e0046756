"""Long polling in its shortest form: a request waits until somebody says something.

python long_polling.py
curl http://localhost:8888/listen                  waits ...
curl http://localhost:8888/say -d text=Hello       ... and the first one answers: Hello

demos/chat is the same idea with everything that a real page needs.
"""

import asyncio

from listening import serve

import tornado.web

listeners = set()


class ListenHandler(tornado.web.RequestHandler):
    waiting = None

    async def get(self):
        self.waiting = asyncio.get_running_loop().create_future()
        listeners.add(self.waiting)
        text = await self.waiting
        self.write(text)

    def on_connection_close(self):
        if self.waiting in listeners:
            listeners.remove(self.waiting)
            self.waiting.set_result("")


class SayHandler(tornado.web.RequestHandler):
    def post(self):
        text = self.get_argument("text")
        heard = len(listeners)
        while listeners:
            listeners.pop().set_result(text)
        self.write({"heard": heard})


application = tornado.web.Application(
    [
        (r"/listen", ListenHandler),
        (r"/say", SayHandler),
    ]
)

if __name__ == "__main__":
    serve(application)
