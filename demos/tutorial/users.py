"""A JSON service: a dictionary that is written becomes JSON.

python users.py --port=8080
curl http://localhost:8080/users -d '{"name": "Ada"}'
    {"id": "1", "name": "Ada"}
curl http://localhost:8080/users/1
    {"id": "1", "name": "Ada"}
"""

import json

from listening import serve

from tornado.web import Application, HTTPError, RequestHandler


class Database:
    """Stands for a real one: documents, each with an id."""

    def __init__(self):
        self._documents = {}

    def save(self, document):
        id = len(self._documents) + 1
        self._documents[id] = document
        return id

    def find(self, id):
        return self._documents.get(id)


class Users(RequestHandler):
    def post(self):
        try:
            content = json.loads(self.request.body)
            name = content["name"]
        except (ValueError, KeyError, TypeError):
            raise HTTPError(400, 'the body has to be JSON like {"name": "Ada"}')
        # application is available from the handler
        id = self.application.settings["database"].save(content)
        # a dictionary passed to write == JSON
        self.write(
            {
                "id": "%s" % (id),
                "name": name,
            }
        )


class User(RequestHandler):
    def get(self, id):
        user = self.application.settings["database"].find(int(id))
        if user is None:
            raise HTTPError(404)
        self.write({"id": id, "name": user["name"]})


app = Application(
    [
        ("/users", Users),
        (r"/users/([0-9]{1,9})", User),
    ],
    debug=True,  # for automatic reloading
    database=Database(),
)

if __name__ == "__main__":
    serve(app, 8080)
