"""Cookies: what goes out as Set-Cookie, what is refused, and what comes back."""

import datetime
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tornado.httputil import HTTPHeaders, HTTPServerRequest, parse_cookie
from tornado.web import Application, RequestHandler, decode_signed_value

WHEN = 1300000000
WHEN_TEXT = "Sun, 13 Mar 2011 07:06:40 GMT"


def handler(cookie=None, **settings):
    headers = HTTPHeaders({"Host": "a.example"})
    if cookie is not None:
        headers["Cookie"] = cookie
    return RequestHandler(
        Application([], **settings), HTTPServerRequest("GET", "/", headers=headers)
    )


def written(*args, **kwargs):
    """The one Set-Cookie value that set_cookie of these arguments makes."""
    it = handler()
    it.set_cookie(*args, **kwargs)
    [value] = it._cookie_headers()
    return value


# -- values


@pytest.mark.parametrize(
    "value, expected",
    [
        ("b", "b"),
        (b"b", "b"),
        ("", '""'),
        ("2|aabb|ccdd|130", "2|aabb|ccdd|130"),
        ("a=b", '"a=b"'),
        ("a/b", '"a/b"'),
        ('q"u;o,t\\e', '"q\\"u\\073o\\054t\\\\e"'),
        ("\xe9", '"\\351"'),
        ("a\x7fb", '"a\\177b"'),
    ],
)
def test_values_on_the_wire(value, expected):
    assert written("a", value) == f"a={expected}; Path=/"


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF)))
def test_values_come_back(value):
    pair = written("a", value).partition("; Path")[0]
    assert pair.isascii()
    assert ";" not in pair
    assert parse_cookie(f"x=1; {pair}; y=2") == {"x": "1", "a": value, "y": "2"}
    assert handler(pair).get_cookie("a") == value
    assert handler(pair).cookies["a"].value == value


@pytest.mark.parametrize(
    "value, error, message",
    [
        ("a b", ValueError, "value of cookie 'a' has ' ' in it.*url_escape"),
        ("a\r\nSet-Cookie: x=1", ValueError, r"has '\\r' in it"),
        ("a\nb", ValueError, r"has '\\n' in it"),
        ("a\x00b", ValueError, r"has '\\x00' in it"),
        ("日", ValueError, "has '日' in it"),
        (b"\xff", ValueError, "utf-8"),
        (None, TypeError, "is None; use clear_cookie"),
        (5, TypeError, "int"),
    ],
)
def test_values_no_cookie_can_carry(value, error, message):
    with pytest.raises(error, match=message):
        written("a", value)


# -- names


@pytest.mark.parametrize("name", ["a", "a-b.c_d", "$v", "!#%&'*+^`|~", "a:b", b"bytes"])
def test_names(name):
    text = name if isinstance(name, str) else name.decode()
    assert written(name, "v") == f"{text}=v; Path=/"


@pytest.mark.parametrize(
    "name", ["", "a b", "a=", "a;b", "a,b", "a\r\nb", "é", '"a"', "a[b]", "a/b", "a\x7f", None]
)
def test_names_no_cookie_can_have(name):
    with pytest.raises(ValueError, match="cannot be the name of a cookie: use ASCII letters"):
        written(name, "v")


@pytest.mark.parametrize("name", ["expires", "Path", "SECURE", "max-age", "Partitioned"])
def test_names_of_attributes(name):
    with pytest.raises(ValueError, match="it is that of an attribute"):
        written(name, "v")


# -- attributes


@pytest.mark.parametrize(
    "given, expected",
    [
        ({}, "; Path=/"),
        ({"path": None}, ""),
        ({"path": ""}, ""),
        ({"path": "/a,b"}, "; Path=/a,b"),
        ({"path": "/é"}, "; Path=/%C3%A9"),
        ({"domain": "x.com"}, "; Domain=x.com; Path=/"),
        ({"domain": ".x"}, "; Domain=.x; Path=/"),
        ({"domain": ""}, "; Path=/"),
        ({"max_age": 5}, "; Max-Age=5; Path=/"),
        ({"max_age": 0}, "; Max-Age=0; Path=/"),
        ({"max_age": -1}, "; Max-Age=-1; Path=/"),
        ({"max_age": "5"}, "; Max-Age=5; Path=/"),
        ({"max_age": 5.5}, "; Max-Age=5; Path=/"),
        ({"max_age": None}, "; Path=/"),
        ({"httponly": True}, "; HttpOnly; Path=/"),
        ({"secure": True}, "; Path=/; Secure"),
        ({"secure": 1, "httponly": 0}, "; Path=/; Secure"),
        ({"samesite": "Lax"}, "; Path=/; SameSite=Lax"),
        ({"samesite": "strict"}, "; Path=/; SameSite=Strict"),
        ({"samesite": "NONE", "secure": True}, "; Path=/; SameSite=None; Secure"),
        ({"samesite": None}, "; Path=/"),
        ({"partitioned": True, "secure": True}, "; Partitioned; Path=/; Secure"),
        ({"partitioned": False}, "; Path=/"),
        ({"expires": WHEN}, f"; expires={WHEN_TEXT}; Path=/"),
        ({"expires": WHEN, "expires_days": 6}, f"; expires={WHEN_TEXT}; Path=/"),
        ({"expires": 0}, "; expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/"),
        ({"expires": time.gmtime(WHEN)}, f"; expires={WHEN_TEXT}; Path=/"),
        ({"expires": tuple(time.gmtime(WHEN))}, f"; expires={WHEN_TEXT}; Path=/"),
        ({"expires": datetime.datetime(2011, 3, 13, 7, 6, 40)}, f"; expires={WHEN_TEXT}; Path=/"),
        (
            {
                "expires": datetime.datetime(
                    2011, 3, 13, 9, 6, 40, tzinfo=datetime.timezone(datetime.timedelta(hours=2))
                )
            },
            f"; expires={WHEN_TEXT}; Path=/",
        ),
        # As older programs write them.
        ({"HttpOnly": True}, "; HttpOnly; Path=/"),
        ({"HttpOnly": False}, "; Path=/"),
        ({"httponly": "HttpOnly"}, "; HttpOnly; Path=/"),
        ({"Secure": True}, "; Path=/; Secure"),
        ({"SameSite": "Strict"}, "; Path=/; SameSite=Strict"),
        ({"Max-Age": 7}, "; Max-Age=7; Path=/"),
        ({"MAX_AGE": 7}, "; Max-Age=7; Path=/"),
        ({"Domain": "y", "domain": "x"}, "; Domain=y; Path=/"),
        ({"Path": "/p"}, "; Path=/p"),
        ({"Expires": WHEN_TEXT}, f"; expires={WHEN_TEXT}; Path=/"),
        ({"comment": "c", "version": 1}, "; Comment=c; Path=/; Version=1"),
    ],
)
def test_attributes_on_the_wire(given, expected):
    assert written("a", "b", **given) == f"a=b{expected}"


@pytest.mark.parametrize("junk", ["x;y", "x\r\nSet-Cookie: y", "x\ny", "x\x00", "x\x7f", "x y"])
@pytest.mark.parametrize(
    "word", ["domain", "path", "samesite", "Domain", "PATH", "SameSite", "comment", "Version"]
)
def test_attributes_that_would_end_early(word, junk):
    with pytest.raises(ValueError, match=f"{word.lower()} of cookie 'a' cannot have"):
        written("a", "b", **{word: junk})


@pytest.mark.parametrize("word", ["httponly", "secure", "HttpOnly", "SECURE"])
def test_texts_where_none_is_written(word):
    for junk in ("x;y", "x\r\ny", "x\x00"):
        with pytest.raises(ValueError, match="cannot have"):
            written("a", "b", **{word: junk})


@pytest.mark.parametrize(
    "given, error, message",
    [
        ({"path": 5}, TypeError, "path of cookie 'a' must be a str, not 5"),
        ({"domain": ["x"]}, TypeError, "domain of cookie 'a' must be a str"),
        ({"domain": "é.example"}, ValueError, "domain of cookie 'a' cannot have 'é'"),
        ({"samesite": "weird"}, ValueError, "is Strict, Lax or None, not 'weird'"),
        ({"max_age": "x;y"}, ValueError, "max_age of cookie 'a' must be a number of seconds"),
        ({"max_age": "+5"}, ValueError, "must be a number of seconds"),
        ({"max_age": True}, TypeError, "must be a number of seconds, not True"),
        ({"max_age": [5]}, TypeError, "must be a number of seconds"),
        ({"expires": {}}, TypeError, "seconds, a time tuple or a datetime"),
        ({"expires": "soon"}, ValueError, "expires of cookie 'a' is not a date of HTTP: 'soon'"),
        ({"Expires": f"{WHEN_TEXT}; x"}, ValueError, "is not a date of HTTP"),
        ({"Expires": f"{WHEN_TEXT}\n"}, ValueError, "is not a date of HTTP"),
        ({"expires_days": "5"}, TypeError, "expires_days must be a number of days, not '5'"),
        ({"bogus": 1}, TypeError, "knows no attribute 'bogus'; there are domain, expires"),
        ({"partitioned": True}, ValueError, "partitioned, which needs secure=True"),
    ],
)
def test_attributes_that_make_no_sense(given, error, message):
    with pytest.raises(error, match=message):
        written("a", "b", **given)


def test_name_prefixes_promise_what_the_attributes_must_keep():
    assert written("__Secure-a", "b", secure=True) == "__Secure-a=b; Path=/; Secure"
    assert written("__Host-a", "b", secure=True) == "__Host-a=b; Path=/; Secure"
    for name in ("__Secure-a", "__Host-a"):
        with pytest.raises(ValueError, match="needs secure=True, or browsers ignore it"):
            written(name, "b")
    for more in ({"domain": "x"}, {"path": "/p"}, {"path": None}):
        with pytest.raises(ValueError, match="needs path='/' and no domain"):
            written("__Host-a", "b", secure=True, **more)


def test_expires_days_count_from_now():
    def seconds(days):
        value = written("a", "b", expires_days=days)
        text = value.removeprefix("a=b; expires=").removesuffix("; Path=/")
        parsed = datetime.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT")
        return parsed.replace(tzinfo=datetime.UTC).timestamp() - time.time()

    assert abs(seconds(1.5) - 1.5 * 86400) < 60
    assert abs(seconds(0)) < 60
    assert abs(seconds(-1) + 86400) < 60


# -- clearing


def test_clearing():
    for args, kwargs, middle, end in (
        ((), {}, "", "; Path=/"),
        ((), {"path": "/p", "domain": "d"}, "; Domain=d", "; Path=/p"),
        (("/p", "d"), {}, "; Domain=d", "; Path=/p"),
        ((), {"secure": True, "samesite": "None"}, "", "; Path=/; SameSite=None; Secure"),
        ((), {"httponly": True, "expires_days": 4}, "", "; HttpOnly; Path=/"),
    ):
        it = handler()
        it.clear_cookie("a", *args, **kwargs)
        [value] = it._cookie_headers()
        assert value.startswith(f'a=""{middle}; expires=')
        assert value.endswith(f" GMT{end}")
        year = int(value.partition("expires=")[2].split(" ")[3])
        assert year < datetime.datetime.now().year


@pytest.mark.parametrize("word", ["expires", "max_age", "Expires", "Max-Age", "MAX_AGE"])
def test_a_cleared_cookie_has_expired_already(word):
    with pytest.raises(TypeError, match=f"clear_cookie.. takes no {word}"):
        handler().clear_cookie("a", **{word: 5})


def test_clearing_takes_only_what_setting_does():
    with pytest.raises(TypeError, match="knows no attribute 'bogus'"):
        handler().clear_cookie("a", bogus=1)
    with pytest.raises(TypeError, match="write the rest as keywords"):
        handler().clear_cookie("a", "/", "d", True)
    with pytest.raises(TypeError, match="got the path twice"):
        handler().clear_cookie("a", "/", path="/")


def test_clearing_everything_the_client_sent_whatever_that_was():
    it = handler('b=2; a=1; bad name=3; a=4; "q"=1; =5; __Host-x=1; path=7; ;;')
    it.clear_all_cookies()
    assert sorted(it._new_cookie) == ["__Host-x", "a", "b"]
    assert it._new_cookie["__Host-x"].endswith("; Path=/; Secure")
    it = handler("a=1; b=2")
    it.clear_all_cookies("/p", "d")  # as programs of release 4 wrote it
    assert all("; Domain=d; " in value and "; Path=/p" in value for value in it._cookie_headers())


# -- reading


def test_reading():
    it = handler('b=2; a=1; a=3; q="dark blue"; x')
    assert it.get_cookie("a") == "3"
    assert it.get_cookie("b") == "2"
    assert it.get_cookie("q") == "dark blue"
    assert it.get_cookie("none") is None
    assert it.get_cookie("none", "5") == "5"
    assert handler().get_cookie("a") is None
    assert handler().get_cookie("a", 5) == 5


def test_reading_one_cookie_builds_no_jar():
    it = handler("a=1")
    it.get_cookie("a")
    assert "_cookies" not in it.request.__dict__


def test_the_jar_counts_once_a_program_has_changed_it():
    it = handler("a=1")
    assert it.get_cookie("a") == "1"
    it.cookies["b"] = "2"
    del it.request.cookies["a"]
    assert it.get_cookie("a") is None
    assert it.get_cookie("b", "none") == "2"


def test_a_new_cookie_is_not_seen_before_the_next_request():
    it = handler("a=1")
    it.set_cookie("a", "2")
    assert it.get_cookie("a") == "1"


def test_a_request_without_cookies_makes_nothing():
    it = handler()
    assert not it._new_cookie
    assert "_new_cookie" not in it.__dict__
    assert list(it._cookie_headers()) == []


# -- signed


def test_signed_cookies_come_back():
    it = handler(cookie_secret="sec")
    it.set_signed_cookie("a", "v\xe9\n日", httponly=True)
    [value] = it._cookie_headers()
    pair, _, attributes = value.partition("; ")
    assert attributes.startswith("expires=")
    assert attributes.endswith("; HttpOnly; Path=/")
    back = handler(pair, cookie_secret="sec")
    assert back.get_signed_cookie("a") == "v\xe9\n日".encode()
    assert back.get_secure_cookie("a") == "v\xe9\n日".encode()
    assert back.get_signed_cookie("b") is None
    assert handler(pair, cookie_secret="other").get_signed_cookie("a") is None
    assert back.get_signed_cookie_key_version("a") == 0


def test_a_signed_value_moved_to_another_name_is_worth_nothing():
    it = handler(cookie_secret="sec")
    signed = it.create_signed_value("admin", "no").decode()
    assert handler(f'user="{signed}"', cookie_secret="sec").get_signed_cookie("user") is None
    assert it.get_signed_cookie("user", signed) is None
    assert it.get_signed_cookie("admin", signed) == b"no"


def test_signed_cookies_of_a_session():
    it = handler(cookie_secret="sec")
    it.set_secure_cookie("a", "v", expires_days=None)
    [value] = it._cookie_headers()
    assert value.endswith('"; Path=/')


def test_version_1_can_be_written_and_refused():
    it = handler(cookie_secret="sec")
    signed = it.create_signed_value("a", "v", version=1).decode()
    assert signed.count("|") == 2
    assert it.get_signed_cookie("a", signed) == b"v"
    assert it.get_signed_cookie("a", signed, min_version=2) is None


def test_several_keys():
    old = handler(cookie_secret={0: "a", 1: "b"}, key_version=0)
    signed = old.create_signed_value("n", "v").decode()
    new = handler(f'n="{signed}"', cookie_secret={0: "a", 1: "b"}, key_version=1)
    assert new.get_signed_cookie("n") == b"v"
    assert new.get_signed_cookie_key_version("n") == 0
    assert new.get_secure_cookie_key_version("n", new.create_signed_value("n", "v")) == 1
    assert new.get_signed_cookie_key_version("none") is None
    assert decode_signed_value({1: "b"}, "n", new.create_signed_value("n", "v")) == b"v"
    with pytest.raises(ValueError, match="say with the setting key_version"):
        handler(cookie_secret={0: "a"}).create_signed_value("n", "v")


def test_without_a_secret():
    for call in (
        lambda it: it.set_signed_cookie("a", "v"),
        lambda it: it.get_signed_cookie("a"),
        lambda it: it.create_signed_value("a", "v"),
        lambda it: it.get_signed_cookie_key_version("a"),
    ):
        with pytest.raises(Exception, match="cookie_secret"):
            call(handler())


# -- over the wire


async def test_set_and_read_over_the_wire(serve, fetch):
    class Set(RequestHandler):
        def get(self):
            self.set_cookie("twice", "1")
            self.set_cookie("equals", "a=b")
            self.set_cookie("semicolon", "a;b")
            self.set_cookie("twice", "2", path="/x")
            self.set_secure_cookie("signed", "v")

    class Get(RequestHandler):
        def get(self):
            names = ("equals", "semicolon", "twice")
            self.write("|".join(str(self.get_cookie(name)) for name in names))
            self.write(self.get_secure_cookie("signed") or b"none")

    port = serve([("/set", Set), ("/get", Get)], cookie_secret="x" * 32)
    response = await fetch(port, "GET", "/set")
    cookies = response.all("Set-Cookie")
    assert cookies[:3] == [
        'equals="a=b"; Path=/',
        'semicolon="a\\073b"; Path=/',
        "twice=2; Path=/x",
    ]
    sent = "; ".join(value.partition(";")[0] for value in cookies)
    assert (await fetch(port, "GET", "/get", {"Cookie": sent})).body == b"a=b|a;b|2v"
    forged = sent.replace("|1:0|", "|1:1|")
    assert (await fetch(port, "GET", "/get", {"Cookie": forged})).body == b"a=b|a;b|2none"


async def test_a_refused_cookie_is_a_500_and_no_header(serve, fetch, expect_log):
    class Split(RequestHandler):
        def get(self):
            self.set_cookie("a", "b", domain=self.get_argument("d"))

    port = serve([("/", Split)])
    with expect_log("tornado", "domain of cookie 'a' cannot have"):
        response = await fetch(port, "GET", "/?d=x%0d%0aSet-Cookie:%20evil%3d1")
    assert response.status == 500
    assert response.all("Set-Cookie") == []
