"""A blog whose entries are drawn by one UI module, on the home page and on their own.

python blog.py           then open http://localhost:8888/
"""

import os
import sqlite3

import uimodules
from listening import serve

import tornado.web


class Database:
    """A few entries in an SQLite database that lives as long as the program."""

    def __init__(self):
        self._db = sqlite3.connect(":memory:")
        self._db.row_factory = sqlite3.Row
        self._db.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, date, title, text)")
        self._db.executemany(
            "INSERT INTO entries (date, title, text) VALUES (?, ?, ?)",
            [
                ("2009-09-10", "A web server", "It does not block."),
                ("2009-11-17", "Modules & pages", "One module, many pages."),
            ],
        )

    def query(self, text, *parameters):
        return self._db.execute(text, parameters).fetchall()

    def get(self, text, *parameters):
        return self._db.execute(text, parameters).fetchone()


class BaseHandler(tornado.web.RequestHandler):
    @property
    def db(self):
        return self.settings["db"]


class HomeHandler(BaseHandler):
    def get(self):
        entries = self.db.query("SELECT * FROM entries ORDER BY date DESC")
        self.render("home.html", entries=entries)


class EntryHandler(BaseHandler):
    def get(self, entry_id):
        entry = self.db.get("SELECT * FROM entries WHERE id = ?", entry_id)
        if not entry:
            raise tornado.web.HTTPError(404)
        self.render("entry.html", entry=entry)


settings = {
    "ui_modules": uimodules,
    "template_path": os.path.join(os.path.dirname(__file__), "templates", "blog"),
    "db": Database(),
}
application = tornado.web.Application(
    [
        (r"/", HomeHandler),
        tornado.web.url(r"/entry/([0-9]+)", EntryHandler, name="entry"),
    ],
    **settings,
)

if __name__ == "__main__":
    serve(application)
