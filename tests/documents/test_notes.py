"""The notes: cookies, users, forms with the module for their hidden field, a template."""

import re

from tornado.template import Template


def test_cookies(visit):
    visitor = visit("tutorial/cookies.py")
    assert visitor.get("/secure").text == "Your cookie was not set yet!"
    assert visitor.get("/secure").text == "Your cookie was set!"


def test_post_put_and_delete_need_the_token(visit):
    visitor = visit("tutorial/xsrf.py")
    for method in ("POST", "PUT", "DELETE"):
        assert visitor.ask(method, "/new_message").status == 403
    # The rule comes first: there is no PUT here, and without a token nobody is told.
    page = visitor.get("/").text
    token = re.search(r'<input type="hidden" name="_xsrf" value="([^"]+)"', page)[1]
    assert visitor.ask("PUT", "/new_message", headers={"X-XSRFToken": token}).status == 405
    sent = visitor.submit("/", "/new_message", {"message": "Hi"})
    assert (sent.status, sent.text) == (200, "You wrote Hi")


def test_template(visit):
    page = visit("tutorial/templated.py").get("/").text
    assert "<title>My title</title>" in page
    assert re.findall("<li>(.*?)</li>", page) == ["Item 1", "Item 2", "Item &lt;3&gt;"]


def test_escape_as_it_is_printed_escapes_once():
    text = "{% for item in items %}<li>{{ escape(item) }}</li>{% end %}"
    assert Template(text).generate(items=["Item 1", "<3>"]) == b"<li>Item 1</li><li>&lt;3&gt;</li>"


def test_if_for_while_and_try_end_with_end():
    text = """{% for i in range(2) %}{{ i }}{% end %}
{% set n = 3 %}{% while n %}{{ n }}{% set n = n - 1 %}{% end %}
{% if n %}some{% elif n is None %}no n{% else %}none{% end %}
{% try %}{{ 1 / n }}{% except ZeroDivisionError %}by zero{% finally %}!{% end %}"""
    assert Template(text).generate().decode().split() == ["01", "321", "none", "by", "zero!"]
