"""The same address read and changed: GET shows a widget, POST changes it.

python widget.py --port=8000
curl http://localhost:8000/widget/1
    {"foo": "bar"}
curl http://localhost:8000/widget/1 -d foo=new
curl http://localhost:8000/widget/1
    {"foo": "new"}
"""

from listening import serve

import tornado.escape
import tornado.web


class Widget(dict):
    """widget: small mechanism, small component"""

    def serialize(self):
        return tornado.escape.json_encode(self)


database = {"1": Widget(foo="bar")}


def retrieve_from_db(widget_id):
    if widget_id not in database:
        raise tornado.web.HTTPError(404, "there is no widget %s", widget_id)
    return Widget(database[widget_id])


def save_to_db(widget_id, widget):
    database[widget_id] = widget


# matched with (r"/widget/(\d+)", WidgetHandler)
class WidgetHandler(tornado.web.RequestHandler):
    def get(self, widget_id):
        widget = retrieve_from_db(widget_id)
        self.write(widget.serialize())

    def post(self, widget_id):
        widget = retrieve_from_db(widget_id)
        widget["foo"] = self.get_argument("foo")
        save_to_db(widget_id, widget)


application = tornado.web.Application(
    [
        (r"/widget/(\d+)", WidgetHandler),
    ]
)

if __name__ == "__main__":
    serve(application, 8000)
