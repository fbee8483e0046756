"""Functions written in C run in a template as in any module."""

import datetime

from tornado.template import Template


def test_a_function_that_imports():
    # strftime imports the time module through the globals of whoever calls it.
    day = datetime.date(2009, 9, 10)
    assert Template('{{ day.strftime("%d.%m.%Y") }}').generate(day=day) == b"10.09.2009"
