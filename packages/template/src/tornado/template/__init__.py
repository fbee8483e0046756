"""Templates: any text, most often HTML, with Python in it, compiled to Python once.

::

    t = Template("<b>{{ name }}</b>")
    t.generate(name="me & you")          # b"<b>me &amp; you</b>"

    loader = Loader("templates")
    loader.load("page.html").generate(items=[1, 2, 3])

The language is described in the README of this distribution. From the text of a template to its
output it is a pipeline, one file a step: ``_lexer`` (text to tokens), ``_parser`` (tokens to
``_nodes``), ``_codegen`` with ``_python`` (nodes, those of base and included templates among them,
to one Python function), ``_runtime`` (what that function calls), ``_traceback`` (what an exception
in it shows).
"""

from tornado.template._errors import ParseError, TemplateNotFoundError, TemplateSyntaxError
from tornado.template._loaders import BaseLoader, DictLoader, Loader
from tornado.template._template import Template
from tornado.template._whitespace import filter_whitespace

__all__ = [
    "BaseLoader",
    "DictLoader",
    "Loader",
    "ParseError",
    "Template",
    "TemplateNotFoundError",
    "TemplateSyntaxError",
    "filter_whitespace",
]

for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
