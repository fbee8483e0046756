"""One uploaded file."""

from __future__ import annotations

from tornado.util import ObjectDict


class HTTPFile(ObjectDict):
    """A file that came in a ``multipart/form-data`` body.

    A dict with attribute access, in `HTTPServerRequest.files`, which maps the name of the form
    field to a list of these:

    - ``filename`` (str): as the client sent it. Never use it as a path without checking it: it can
      hold ``..``, slashes and backslashes.
    - ``body`` (bytes): the content.
    - ``content_type`` (str): what the client claims it to be; ``application/unknown`` when it says
      nothing.
    """

    filename: str
    body: bytes
    content_type: str
