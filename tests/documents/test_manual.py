"""The manual: the walkthrough of the web framework, program by program."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from programs import ROOT, running
from visitor import Visitor

from tornado import locale
from tornado.template import Template
from tornado.web import StaticFileHandler, create_signed_value

# Hello


def test_hello(hello, curl):
    program = hello("hello.py")
    assert curl(program, "http://localhost:8888/") == "Hello, world"


# Request handlers and request arguments


def test_groups_of_the_pattern_are_arguments(visit):
    visitor = visit("tutorial/stories.py")
    assert visitor.get("/").text == "You requested the main page"
    assert visitor.get("/story/42").text == "You requested the story 42"
    assert visitor.get("/story/none").status == 404


def test_a_form_and_its_post(visit):
    visitor = visit("tutorial/stories.py")
    assert 'name="message"' in visitor.get("/message").text
    answer = visitor.post("/message", {"message": "Grüße & more"})
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.text == "You wrote Grüße & more"


def test_an_error_that_is_raised_is_sent(visit):
    visitor = visit("tutorial/stories.py")
    assert visitor.get("/members").status == 403
    assert visitor.get("/members", Cookie="member=yes").text == "Welcome, member"


def test_arguments_files_path_and_headers_of_a_request(run, curl):
    program = run("tutorial/stories.py")
    upload = ROOT / "demos/tutorial/stories.py"
    line = f"http://localhost:8888/request?a=1 -F a=2 -F 'f=@{upload};filename=stories.py'"
    assert json.loads(curl(program, line)) == {
        "arguments": {"a": ["1", "2"]},
        "files": {"f": [{"filename": "stories.py", "bytes": upload.stat().st_size}]},
        "path": "/request",
        "host": f"127.0.0.1:{program.port}",
        "remote_ip": "127.0.0.1",
        "protocol": "http",
    }


# Templates


def test_a_function_passed_to_a_template(visit):
    assert "1 + 2 = 3" in visit("tutorial/templated.py").get("/add").text


def test_functions_that_every_template_has():
    text = "{% raw escape('<') %} {% raw url_escape('a b') %} {% raw json_encode([1]) %}"
    assert Template(text).generate() == b"&lt; a+b [1]"


def test_expressions_are_python():
    assert Template("{{ items[0] }}").generate(items=["first"]) == b"first"
    with pytest.raises(ZeroDivisionError):
        Template("{{ 1 / 0 }}").generate()


# Cookies


def test_cookies(visit):
    visitor = visit("tutorial/cookies.py")
    assert visitor.get("/").text == "Your cookie was not set yet!"
    assert visitor.cookies == {"mycookie": "myvalue"}
    assert visitor.get("/").text == "Your cookie was set!"


def test_a_signed_cookie_cannot_be_forged_or_changed(visit):
    visitor = visit("tutorial/cookies.py")
    assert visitor.get("/secure", Cookie="mycookie=myvalue").text == "Your cookie was not set yet!"
    signed = visitor.cookies["mycookie"]
    assert visitor.get("/secure").text == "Your cookie was set!"
    changed = signed.replace("bXl2YWx1ZQ==", "bXl2YWx1ZR==")
    assert changed != signed
    visitor.cookies = {"mycookie": changed}
    assert visitor.get("/secure").text == "Your cookie was not set yet!"


@pytest.mark.parametrize("days, state", [(30, "was set"), (32, "was not set yet")])
def test_an_old_signed_cookie_is_as_none(visit, days, state):
    visitor = visit("tutorial/cookies.py")
    secret = "61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo="
    made = time.time() - days * 24 * 3600
    old = create_signed_value(secret, "mycookie", "myvalue", clock=lambda: made)
    visitor.cookies = {"mycookie": old.decode()}
    assert visitor.get("/secure").text == f"Your cookie {state}!"


# Users


def test_signing_in_with_a_nickname(visit):
    visitor = visit("tutorial/login.py")
    assert visitor.get("/").headers["Location"] == "/login"
    sent = visitor.post("/login", {"name": "<Ada>"})
    assert (sent.status, sent.headers["Location"]) == (302, "/")
    assert visitor.get("/").text == "Hello, &lt;Ada&gt;"
    assert visitor.get("/authenticated").text == "Hello, &lt;Ada&gt;"
    assert visitor.post("/authenticated").text == "Posted"


def test_authenticated_redirects_a_get_and_refuses_a_post(visit):
    visitor = visit("tutorial/login.py")
    answer = visitor.get("/authenticated")
    assert (answer.status, answer.headers["Location"]) == (302, "/login?next=%2Fauthenticated")
    assert visitor.post("/authenticated").status == 403


# Forms of other sites


def test_xsrf_refuses_what_does_not_carry_the_token(visit):
    visitor = visit("tutorial/xsrf.py")
    assert visitor.post("/new_message", {"message": "Hi"}).status == 403
    visitor.get("/")
    assert visitor.post("/new_message", {"message": "Hi"}).status == 403
    assert visitor.post("/new_message", {"message": "Hi", "_xsrf": "made up"}).status == 403
    assert visitor.post("/new_message", X_Requested_With="XMLHttpRequest").status == 403
    assert visitor.submit("/", "/new_message", {"message": "Hi"}).text == "You wrote Hi"


def test_a_script_posts_the_value_of_the_cookie(visit):
    visitor = visit("tutorial/xsrf.py")
    visitor.get("/")
    form = {"message": "from a script", "_xsrf": visitor.cookies["_xsrf"]}
    assert visitor.post("/new_message", form).text == "You wrote from a script"


# Static files


def test_static_url_is_a_hash_of_the_contents_and_the_file_may_be_kept(visit):
    visitor = visit("tutorial/static_files.py")
    link = re.search(r'src="(/static/images/logo\.svg\?v=([0-9a-f]+))"', visitor.get("/").text)
    contents = (ROOT / "demos/tutorial/static/images/logo.svg").read_bytes()
    assert len(link[2]) >= 5
    answer = visitor.get(link[1])
    assert answer.body == contents
    assert answer.headers["Content-Type"] == "image/svg+xml"
    age = re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])
    assert int(age[1]) >= 365 * 24 * 3600
    # Without the version nothing is promised about tomorrow.
    bare = visitor.get("/static/images/logo.svg")
    assert "max-age" not in (bare.headers["Cache-Control"] or "")
    assert visitor.get(link[1], If_None_Match=answer.headers["Etag"]).status == 304


def test_a_changed_file_has_a_new_address_after_a_restart(tmp_path):
    settings = {"static_path": str(tmp_path), "static_url_prefix": "/static/"}
    addresses = []
    for contents in (b"old", b"new", b"old"):
        (tmp_path / "foo.txt").write_bytes(contents)
        StaticFileHandler.reset()
        addresses.append(StaticFileHandler.make_static_url(settings, "foo.txt"))
    assert addresses[0] == addresses[2] != addresses[1]


def test_robots_txt_comes_from_the_static_folder(visit):
    visitor = visit("tutorial/static_files.py")
    assert visitor.get("/robots.txt").text.startswith("User-agent: *")
    assert visitor.get("/favicon.ico").status == 404, "looked for there too, and not found"


def test_nothing_outside_the_static_folder_is_served(visit):
    visitor = visit("tutorial/static_files.py")
    for path in (
        "/static/../static_files.py",
        "/static/%2e%2e/static_files.py",
        "/static//etc/passwd",
    ):
        assert visitor.get(path).status in (403, 404), path


# Localization


@pytest.mark.parametrize(
    "wish, title, language",
    [
        ("es-GT", "Entrar", "es"),
        ("es", "Entrar", "es"),
        ("fr-CA,en;q=0.5", "Ouvrir une session", "fr-CA"),
        ("xx, es;q=0.2, fr-CA;q=0.7", "Ouvrir une session", "fr-CA"),
        ("en-US", "Sign in", "en-US"),
        ("xx", "Sign in", "en-US"),
    ],
)
def test_the_browser_s_language(visit, wish, title, language):
    page = visit("tutorial/localized.py", wish).get("/").text
    assert f"<title>FriendFeed - {title}</title>" in page
    assert f'<html lang="{language}">' in page


def test_a_preference_goes_before_the_browser_s_wish(visit):
    visitor = visit("tutorial/localized.py", "es")
    assert "Mot de passe" in visitor.get("/", Cookie="locale=fr_CA").text


def test_one_and_many(visit):
    english = visit("tutorial/localized.py")
    assert "A person liked this" in english.get("/likes?people=1").text
    assert "3 people liked this" in english.get("/likes?people=3").text
    spanish = visit("tutorial/localized.py", "es-GT")
    assert "A una persona le gustó esto" in spanish.get("/likes").text
    assert "A 3 personas les gustó esto" in spanish.get("/likes?people=3").text


def test_supported_locales_are_the_files_and_the_default():
    try:
        locale.load_translations(str(ROOT / "demos/tutorial/translations"))
        assert set(locale.get_supported_locales()) == {"en_US", "es", "fr_CA"}
    finally:
        locale.load_translations(str(ROOT / "demos/tutorial/static"))


# UI modules


def test_ui_modules_and_their_css_once(visit):
    visitor = visit("tutorial/blog.py")
    home = visitor.get("/").text
    assert home.count('<div class="entry">') == 2
    assert home.count(".entry { margin-bottom: 1em; }") == 1
    assert home.index(".entry {") < home.index("</head>")
    assert home.index("Modules &amp; pages") < home.index("A web server"), "newest first"
    assert "No comments yet." not in home


def test_the_same_module_with_another_argument(visit):
    visitor = visit("tutorial/blog.py")
    link = re.search('href="(/entry/2)"', visitor.get("/").text)[1]
    page = visitor.get(link).text
    assert "<title>Modules &amp; pages</title>" in page
    assert "No comments yet." in page
    assert visitor.get("/entry/99").status == 404


# Requests that stay open


def test_long_polling(run):
    site = run("tutorial/long_polling.py").url
    with ThreadPoolExecutor() as pool:
        listeners = [pool.submit(Visitor(site).get, "/listen") for _ in range(3)]
        heard = 0
        while heard < 3:  # a listener may come after the first call
            heard += Visitor(site).post("/say", {"text": "Hello"}).json()["heard"]
        assert [listener.result().text for listener in listeners] == ["Hello"] * 3


@pytest.mark.parametrize("path", ["/", "/today"])
def test_a_page_that_asks_another_server(visit, path):
    answer = visit("tutorial/entries.py").get(path)
    assert (answer.status, answer.text) == (200, "Fetched 3 entries from the API")


@pytest.mark.parametrize("path", ["/", "/today"])
@pytest.mark.parametrize("api", ["tutorial/home.py", "127.0.0.1:1"])
def test_another_server_that_has_no_answer_is_an_error(run, path, api):
    address = run(api).url if api.endswith(".py") else f"http://{api}"
    with running("demos/tutorial/entries.py", "--port=0", f"--api={address}") as program:
        assert Visitor(program.url).get(path).status == 500
