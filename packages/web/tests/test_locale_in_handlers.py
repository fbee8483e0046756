"""The language of a request: Accept-Language, the user's preference, and templates."""

import pytest

from tornado import locale
from tornado.template import DictLoader
from tornado.web import RequestHandler

FRENCH = """\
"Hello","Bonjour"
"One thing","Une chose","singular"
"%(n)d things","%(n)d choses","plural"
"""


@pytest.fixture(autouse=True)
def translations(tmp_path):
    for code in ("fr_FR", "es", "de_DE"):
        tmp_path.joinpath(f"{code}.csv").write_text(
            FRENCH.replace("Bonjour", {"es": "Hola", "de_DE": "Hallo"}.get(code, "Bonjour")),
            encoding="utf-8",
        )
    locale.load_translations(str(tmp_path))
    yield
    empty = tmp_path / "none"
    empty.mkdir()
    locale.load_translations(str(empty))


class Which(RequestHandler):
    def get(self):
        self.write(f"{self.locale.code} {self.locale.translate('Hello')}")


@pytest.mark.parametrize(
    "header, code",
    [
        (None, "en_US"),
        ("", "en_US"),
        ("fr-FR", "fr_FR"),
        ("fr-fr", "fr_FR"),
        ("es-MX,de;q=0.9", "es"),
        ("es_GT", "es"),
        ("de-DE;q=0.5,fr-FR;q=0.9", "fr_FR"),
        ("de-DE;q=0.5, fr-FR ; q=0.9", "fr_FR"),
        ("en;q=0.1,es", "es"),
        ("es;q=0.8,fr-FR;q=0.8", "es"),
        ("fr-FR;level=1;q=0.1,es;q=0.5", "es"),
        ("fr-FR;Q=0.1,es;q=0.5", "es"),
        ("fr-FR;q=0,es;q=0.1", "es"),
        ("fr-FR;q=0.000,es;q=0.1", "es"),
        ("fr-FR;q=0", "en_US"),
        ("fr-FR;q=x,es;q=0.2", "es"),
        ("fr-FR;q=-1,es;q=0.2", "es"),
        ("fr-FR;q=nan,es;q=0.2", "es"),
        ("fr-FR;q=,es;q=0.2", "es"),
        ("fr-FR;q=9,es", "es"),
        ("zz,xx-YY", "en_US"),
        ("*", "en_US"),
        ("*,es;q=0.1", "en_US"),
        ("es,*;q=0.1", "es"),
        (",,;q=1,es", "es"),
        ("fr-FR" + ";" * 5000, "en_US"),
        ("zz," * 1000 + "es", "en_US"),
    ],
)
async def test_accept_language(serve, fetch, header, code):
    headers = {} if header is None else {"Accept-Language": header}
    response = await fetch(serve([("/", Which)]), "GET", "/", headers)
    assert response.body.split()[0].decode() == code


async def test_the_preference_of_the_user_comes_first(serve, fetch):
    class Prefers(Which):
        def get_user_locale(self):
            kind = self.get_argument("kind")
            return {"object": locale.get("es"), "code": "es", "none": None}[kind]

    port = serve([("/", Prefers)])
    for kind, expected in (("object", b"es Hola"), ("code", b"es Hola"), ("none", b"de_DE Hallo")):
        response = await fetch(port, "GET", f"/?kind={kind}", {"Accept-Language": "de-DE"})
        assert response.body == expected


async def test_it_may_be_assigned_and_has_a_default(serve, fetch):
    class Assigned(Which):
        def prepare(self):
            self.locale = locale.get("fr_FR")

    class Default(Which):
        def get_browser_locale(self, default="es"):
            return super().get_browser_locale(default)

    port = serve([("/assigned", Assigned), ("/default", Default)])
    assert (await fetch(port, "GET", "/assigned")).body == b"fr_FR Bonjour"
    assert (await fetch(port, "GET", "/default")).body == b"es Hola"


async def test_worked_out_once_and_only_if_needed(serve, fetch):
    class Count(RequestHandler):
        calls = 0

        def get_user_locale(self):
            self.calls += 1

        def get(self):
            before = hasattr(self, "_locale")
            assert self.locale is self.locale
            self.write(f"{before} {self.calls}")

    assert (await fetch(serve([("/", Count)]))).body == b"False 1"


async def test_in_templates(serve, fetch):
    class Page(RequestHandler):
        def get(self):
            self.render("t", n=int(self.get_argument("n")))

    loader = DictLoader(
        {
            "t": '{{ _("Hello") }} {{ locale.code }} '
            '{{ _("One thing", "%(n)d things", n) % {"n": n} }} {{ pgettext("x", "Hello") }}'
        }
    )
    port = serve([("/", Page)], template_loader=loader)
    for n, things in ((1, "Une chose"), (3, "3 choses")):
        response = await fetch(port, "GET", f"/?n={n}", {"Accept-Language": "fr-FR"})
        assert response.body.decode().startswith(f"Bonjour fr_FR {things} ")
