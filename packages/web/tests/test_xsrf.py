"""Forged requests: what is refused with each of the two protections on, and what is not."""

import re
from urllib.parse import urlencode

import pytest

from tornado.template import DictLoader
from tornado.web import RequestHandler

SECRET = bytes(range(16))
V1 = SECRET.hex()
MASK = bytes.fromhex("aabbccdd")
V2 = "2|aabbccdd|" + bytes(b ^ MASK[i % 4] for i, b in enumerate(SECRET)).hex() + "|1300000000"
OTHER = "2|00000000|" + bytes(range(1, 17)).hex() + "|1300000000"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
V2_SHAPE = re.compile(r"2\|[0-9a-f]{8}\|[0-9a-f]{32}\|[0-9]{10}")


class Page(RequestHandler):
    def get(self):
        self.write(self.xsrf_token)

    def post(self):
        self.write("done")

    put = delete = patch = options = post

    def head(self):
        pass


class Form(RequestHandler):
    def get(self):
        self.render("form.html")


TEMPLATES = DictLoader({"form.html": "{% module xsrf_form_html() %}{{ xsrf_form_html() }}"})


def unmask(token):
    _, mask, masked, _ = token.split("|")
    mask = bytes.fromhex(mask)
    return bytes(b ^ mask[i % 4] for i, b in enumerate(bytes.fromhex(masked)))


def posting(fetch, port):
    async def post(cookie=None, field=None, headers=(), method="POST", path="/"):
        body = b"" if field is None else urlencode({"_xsrf": field}).encode()
        sent = dict(headers) | (FORM if body else {})
        if cookie is not None:
            sent["Cookie"] = f"_xsrf={cookie}"
        response = await fetch(port, method, path, sent, body)
        return response.status

    return post


@pytest.mark.parametrize("cookie", [V1, V2, f'"{V2}"'])
@pytest.mark.parametrize("token", [V1, V2, V2.upper(), f"2|00000000|{V1}|5"])
async def test_the_token_of_the_cookie_in_whatever_form(serve, fetch, cookie, token):
    post = posting(fetch, serve([("/", Page)], xsrf_cookies=True))
    assert await post(cookie, token) == 200
    assert await post(cookie, headers={"X-Xsrftoken": token}) == 200
    assert await post(cookie, headers={"X-CSRFToken": token}) == 200
    assert await post(cookie, path="/?" + urlencode({"_xsrf": token})) == 200


@pytest.mark.parametrize(
    "cookie, field, why",
    [
        (None, None, "no XSRF token: the form needs {% module xsrf_form_html"),
        (V2, None, "no XSRF token"),
        (V2, "", "no XSRF token"),
        ("", "", "no XSRF token"),
        (None, V2, "there is an XSRF token, but no cookie _xsrf"),
        ("", V2, "there is an XSRF token, but no cookie _xsrf"),
        (V2, OTHER, "is not that of the cookie"),
        (V1, OTHER, "is not that of the cookie"),
        (V2, V1[:-2], "is not that of the cookie"),
        ("3|a", "3|a", "has no known format"),
        (V2, "2|00|zz|5", "has no known format"),
        (V2, "2||", "has no known format"),
        (V2, f"2|000000|{V1}|5", "has no known format"),
        (V2, f"2|0000000000|{V1}|5", "has no known format"),
        (V2, "2|00000000||5", "has no known format"),
        (V2, f"2|00000000|{V1}|-5", "has no known format"),
        (V2, f"2|00000000|{V1}|{'9' * 9999}", "has no known format"),
        ("2|00000000||5", "2|00000000||5", "has no known format"),
    ],
)
async def test_refused(serve, fetch, expect_log, cookie, field, why):
    post = posting(fetch, serve([("/", Page)], xsrf_cookies=True))
    with expect_log("tornado.general", f"403 POST / .*{re.escape(why)}", count=1):
        assert await post(cookie, field) == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_methods_that_need_the_token(serve, fetch, expect_log, method):
    post = posting(fetch, serve([("/", Page)], xsrf_cookies=True))
    with expect_log("tornado.general", f"403 {method} / .*no XSRF token"):
        assert await post(V2, method=method) == 403
    assert await post(V2, headers={"X-Xsrftoken": V2}, method=method) == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_methods_that_do_not(serve, fetch, method):
    post = posting(fetch, serve([("/", Page)], xsrf_cookies=True))
    assert await post(method=method) == 200


async def test_no_other_header_exempts(serve, fetch, expect_log):
    post = posting(fetch, serve([("/", Page)], xsrf_cookies=True))
    for headers in (
        {"X-Requested-With": "XMLHttpRequest"},
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "same-origin"},
    ):
        with expect_log("tornado.general", "no XSRF token"):
            assert await post(V2, headers=headers) == 403


async def test_off_unless_switched_on(serve, fetch):
    assert await posting(fetch, serve([("/", Page)]))() == 200


async def test_an_error_page_shows_its_own_error(serve, fetch):
    post = posting(fetch, serve([("/", Page)], xsrf_cookies=True, cross_origin_protection=True))
    assert await post(path="/nowhere", headers={"Sec-Fetch-Site": "cross-site"}) == 404


async def test_the_cookie_is_set_when_the_token_is_used(serve, fetch):
    port = serve([("/", Page)], xsrf_cookies=True)
    first = await fetch(port)
    cookie = first.get("Set-Cookie")
    assert cookie == f"_xsrf={first.body.decode()}; Path=/"
    assert V2_SHAPE.fullmatch(first.body.decode())
    sent = cookie.partition(";")[0]
    second = await fetch(port, headers={"Cookie": sent})
    assert second.get("Set-Cookie") is None
    assert second.body != first.body, "masked anew in every response"
    assert unmask(second.body.decode()) == unmask(first.body.decode())
    assert second.body.split(b"|")[3] == first.body.split(b"|")[3]
    answer = await fetch(port, "POST", "/", {"Cookie": sent, "X-Xsrftoken": second.body.decode()})
    assert answer.status == 200


async def test_a_cookie_of_version_1_goes_on_counting(serve, fetch):
    port = serve([("/", Page)], xsrf_cookies=True)
    response = await fetch(port, headers={"Cookie": f"_xsrf={V1}"})
    assert response.get("Set-Cookie") is None
    assert unmask(response.body.decode()) == SECRET


async def test_a_cookie_that_is_broken_is_replaced(serve, fetch):
    port = serve([("/", Page)], xsrf_cookies=True)
    response = await fetch(port, headers={"Cookie": "_xsrf=2|zz|zz|zz"})
    assert response.get("Set-Cookie").startswith("_xsrf=2|")


async def test_the_settings_of_the_cookie(serve, fetch, expect_log):
    port = serve(
        [("/", Page)],
        xsrf_cookies=True,
        xsrf_cookie_version=1,
        xsrf_cookie_name="__Host-x",
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Strict", "secure": True},
    )
    response = await fetch(port)
    token = response.body.decode()
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert response.get("Set-Cookie") == (
        f"__Host-x={token}; HttpOnly; Path=/; SameSite=Strict; Secure"
    )
    headers = {"Cookie": f"__Host-x={token}", "X-Xsrftoken": token}
    assert (await fetch(port, "POST", "/", headers)).status == 200
    with expect_log("tornado.general", "no cookie __Host-x with it"):
        headers = {"Cookie": f"_xsrf={token}", "X-Xsrftoken": token}
        assert (await fetch(port, "POST", "/", headers)).status == 403


async def test_a_version_that_does_not_exist(serve, fetch, expect_log):
    port = serve([("/", Page)], xsrf_cookies=True, xsrf_cookie_version=3)
    with expect_log("tornado.application", "xsrf_cookie_version can be 1 or 2, not 3"):
        assert (await fetch(port)).status == 500


async def test_users_who_are_signed_in_keep_the_cookie(serve, fetch):
    class Known(Page):
        def get_current_user(self):
            return "me"

    kept = await fetch(serve([("/", Known)], xsrf_cookies=True))
    assert "; expires=" in kept.get("Set-Cookie")
    port = serve([("/", Known)], xsrf_cookies=True, xsrf_cookie_kwargs={"expires_days": None})
    assert "; expires=" not in (await fetch(port)).get("Set-Cookie")


async def test_the_field_for_forms_in_both_ways_of_writing_it(serve, fetch):
    port = serve([("/", Form)], xsrf_cookies=True, template_loader=TEMPLATES)
    response = await fetch(port)
    token = response.get("Set-Cookie").split("=", 1)[1].partition(";")[0]
    field = f'<input type="hidden" name="_xsrf" value="{token}"/>'
    assert response.body.decode() == field * 2


# -- cross_origin_protection


class Open(Page):
    def check_trusted_origin(self, origin):
        return origin.endswith(".mydomain.example")


def asking(fetch, port):
    async def ask(origin=None, site=None, method="POST", host="a.example", path="/"):
        headers = {"Host": host}
        if origin is not None:
            headers["Origin"] = origin
        if site is not None:
            headers["Sec-Fetch-Site"] = site
        return (await fetch(port, method, path, headers)).status

    return ask


TRUSTED = ["https://good.example", "https://Slash.example/"]


@pytest.mark.parametrize("site", ["same-origin", "none"])
@pytest.mark.parametrize("origin", [None, "http://a.example", "http://evil.example", "null"])
async def test_what_the_browser_says_is_ours(serve, fetch, site, origin):
    ask = asking(fetch, serve([("/", Page)], cross_origin_protection=True))
    assert await ask(origin, site) == 200


@pytest.mark.parametrize("site", ["same-site", "cross-site", "", "weird", "Same-Origin"])
@pytest.mark.parametrize("origin", [None, "http://a.example", "http://evil.example", "null"])
async def test_what_the_browser_says_is_not(serve, fetch, expect_log, site, origin):
    port = serve([("/", Page)], cross_origin_protection=True, trusted_origins=TRUSTED)
    ask = asking(fetch, port)
    with expect_log("tornado.general", "a page of another origin made this request", count=1):
        assert await ask(origin, site) == 403
    assert await ask("https://good.example", site) == 200
    assert await ask(origin, site, method="GET") == 200
    assert await ask(origin, site, method="OPTIONS") == 200


@pytest.mark.parametrize(
    "host, origin",
    [
        ("a.example", None),
        ("a.example", "http://a.example"),
        ("a.example", "https://a.example"),
        ("a.example", "http://A.EXAMPLE"),
        ("A.example", "http://a.example"),
        ("a.example:8080", "http://a.example:8080"),
        ("a.example:80", "http://a.example"),
        ("a.example:443", "https://a.example"),
        ("[::1]:80", "http://[::1]"),
        ("a.example", "https://good.example"),
        ("a.example", "https://slash.example"),
    ],
)
async def test_browsers_that_send_only_the_origin(serve, fetch, host, origin):
    port = serve([("/", Page)], cross_origin_protection=True, trusted_origins=TRUSTED)
    assert await asking(fetch, port)(origin, host=host) == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://a.example:8080",
        "http://a.example.evil.example",
        "http://evil.example/http://a.example",
        "http://u@a.example",
        "https://a.example:80",
        "null",
        "",
        "a.example",
        "file://",
        "http://",
        "http://[a.example",
        "http://good.example",
        "https://good.example:444",
        "http://a.example, http://a.example",
    ],
)
async def test_origins_that_are_not_this_host(serve, fetch, expect_log, origin):
    port = serve([("/", Page)], cross_origin_protection=True, trusted_origins=TRUSTED)
    with expect_log("tornado.general", "a page of another origin", count=1):
        assert await asking(fetch, port)(origin) == 403


async def test_a_trusted_origin_is_never_a_part_of_one(serve, fetch, expect_log):
    port = serve([("/", Page)], cross_origin_protection=True, trusted_origins="https://t.example")
    ask = asking(fetch, port)
    assert await ask("https://t.example") == 200
    for origin in ("https", "https://t", "t.example"):
        with expect_log("tornado.general", "a page of another origin"):
            assert await ask(origin) == 403


async def test_an_override_decides_and_is_asked_only_when_it_matters(serve, fetch, expect_log):
    ask = asking(fetch, serve([("/", Open)], cross_origin_protection=True))
    assert await ask("http://b.mydomain.example", "cross-site") == 200
    assert await ask("http://b.mydomain.example") == 200
    with expect_log("tornado.general", "a page of another origin"):
        assert await ask("http://evil.example") == 403
    with expect_log("tornado.general", "Origin None, Sec-Fetch-Site 'cross-site'"):
        assert await ask(None, "cross-site") == 403


async def test_both_protections_apply(serve, fetch, expect_log):
    port = serve([("/", Page)], xsrf_cookies=True, cross_origin_protection=True)
    ask = asking(fetch, port)
    with expect_log("tornado.general", "no XSRF token"):
        assert await ask(site="same-origin") == 403
    headers = {"Cookie": f"_xsrf={V2}", "X-Xsrftoken": V2, "Sec-Fetch-Site": "cross-site"}
    with expect_log("tornado.general", "a page of another origin"):
        assert (await fetch(port, "POST", "/", headers)).status == 403


async def test_switching_off_the_token_does_not_switch_off_the_other(serve, fetch, expect_log):
    class NoToken(Page):
        def check_xsrf_cookie(self):
            pass

    port = serve([("/", NoToken)], xsrf_cookies=True, cross_origin_protection=True)
    ask = asking(fetch, port)
    assert await ask() == 200
    with expect_log("tornado.general", "a page of another origin"):
        assert await ask("http://evil.example") == 403
