"""render and render_string: where templates come from, what they see, and what becomes of them."""

import asyncio
import gc
import weakref

import pytest

from tornado.httputil import HTTPServerRequest
from tornado.template import DictLoader, Loader
from tornado.web import Application, RequestHandler, UIModule, url


@pytest.fixture(autouse=True)
def forget_loaders():
    RequestHandler._template_loaders.clear()
    yield
    RequestHandler._template_loaders.clear()


class Page(RequestHandler):
    def get(self, name="page.html"):
        self.render(name, title="<t>", items=["1", "2"])


@pytest.fixture
def templates(tmp_path):
    def write(**files):
        for name, text in files.items():
            tmp_path.joinpath(f"{name}.html").write_text(text, encoding="utf-8")
        return str(tmp_path)

    return write


async def test_a_page(serve, fetch, templates):
    path = templates(
        base="<title>{% block title %}x{% end %}</title>{% block body %}{% end %}",
        page='{% extends "base.html" %}{% block title %}{{ title }}{% end %}'
        "{% block body %}{% for i in items %}<li>{{ i }}é</li>{% end %}{% end block %}",
    )
    response = await fetch(serve([("/", Page)], template_path=path))
    assert response.status == 200
    assert response.get("Content-Type") == "text/html; charset=UTF-8"
    assert response.body.decode() == "<title>&lt;t&gt;</title><li>1é</li><li>2é</li>"
    assert response.get("Etag")


async def test_render_finishes_and_says_when_it_has_gone(serve, fetch, templates):
    seen = []

    class Whole(RequestHandler):
        async def get(self):
            future = self.render("page.html")
            assert asyncio.isfuture(future)
            seen.append(self._finished)
            await future
            with pytest.raises(RuntimeError, match=r"render\(\) was called on a finished request"):
                self.render("page.html")
            seen.append("refused")

    port = serve([("/", Whole)], template_path=templates(page="whole"))
    assert (await fetch(port)).body == b"whole"
    assert seen == [True, "refused"]


async def test_render_adds_to_what_was_written(serve, fetch, templates):
    class Parts(RequestHandler):
        def get(self):
            self.write("before ")
            part = self.render_string("page.html", n=1)
            assert part == b"page 1"
            self.write(part + b" ")
            self.render("page.html", n=2)

    port = serve([("/", Parts)], template_path=templates(page="page {{ n }}"))
    assert (await fetch(port)).body == b"before page 1 page 2"


async def test_names_every_template_has(serve, fetch, templates, tmp_path):
    tmp_path.joinpath("s.css").write_text("x")

    class Names(RequestHandler):
        def get_current_user(self):
            return "me"

        def get(self, item=None):
            self.render("page.html")

    path = templates(
        page="{{ handler.request is request }}|{{ current_user }}|{{ locale.code }}|{{ _('x') }}|"
        "{{ pgettext('c', 'y') }}|{{ static_url('s.css') }}|{{ reverse_url('one', 5) }}|"
        "{{ modules is handler.ui.modules }}|{{ double(4) }}|{{ escape('<') }}|"
        "{{ json_encode([1]) }}|{{ url_escape('&') }}|{{ squeeze('a   b') }}|"
        "{{ datetime.date.min }}"
    )
    port = serve(
        [("/", Names), url("/one/([0-9]+)", Names, name="one")],
        template_path=path,
        static_path=path,
        ui_methods={"double": lambda handler, n: n * 2},
    )
    parts = (await fetch(port)).body.decode().split("|")
    assert parts[5].startswith("/static/s.css?v=")
    assert parts[:5] == ["True", "me", "en_US", "x", "y"]
    assert parts[6:] == ["/one/5", "True", "8", "&lt;", "[1]", "%26", "a b", "0001-01-01"]


async def test_names_of_the_program_win(serve, fetch, templates):
    class Names(RequestHandler):
        def get_template_namespace(self):
            return super().get_template_namespace() | {"a": "namespace", "b": "namespace"}

        def get(self):
            self.render("page.html", b="render", locale="mine", static_url="mine")

    path = templates(page="{{ a }} {{ b }} {{ locale }} {{ static_url }}")
    response = await fetch(serve([("/", Names)], template_path=path))
    assert response.body == b"namespace render mine mine"


# -- where templates are


async def test_beside_the_file_that_calls_if_no_path_is_set(serve, fetch, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "from tornado.web import RequestHandler, UIModule\n"
        "class Box(UIModule):\n"
        "    def render(self): return self.render_string('box.html')\n"
        "class Home(RequestHandler):\n"
        "    def get(self): self.render('home.html')\n"
        "class Deep(RequestHandler):\n"
        "    def get(self): self.render('deep/page.html')\n"
        "class Later(RequestHandler):\n"
        "    async def get(self): await self.render('home.html')\n"
    )
    tmp_path.joinpath("home.html").write_text(
        "home {% module Box() %} {% module Template('box.html') %}"
    )
    tmp_path.joinpath("box.html").write_text("box")
    tmp_path.joinpath("deep").mkdir()
    tmp_path.joinpath("deep/page.html").write_text("deep {% module Template('box.html') %}")
    scope = {"__name__": "program", "__file__": str(program)}
    exec(compile(program.read_text(), str(program), "exec"), scope)
    routes = [("/", scope["Home"]), ("/later", scope["Later"]), ("/deep", scope["Deep"])]
    port = serve(routes, ui_modules={"Box": scope["Box"]})
    assert (await fetch(port)).body == b"home box box"
    assert (await fetch(port, "GET", "/later")).body == b"home box box"
    assert (await fetch(port, "GET", "/deep")).body == b"deep box"


async def test_a_path_of_the_handler(serve, fetch, templates):
    path = templates(page="mine")

    class Own(Page):
        def get_template_path(self):
            return path

    assert (await fetch(serve([("/", Own)], template_path="/nowhere"))).body == b"mine"


async def test_a_template_that_is_not_there_is_named(serve, fetch, expect_log, templates):
    port = serve([("/(.*)", Page)], template_path=templates(page="x"))
    with expect_log("tornado.application", "nothere.html"):
        assert (await fetch(port, "GET", "/nothere.html")).status == 500


async def test_an_error_in_a_template_names_its_line(serve, fetch, expect_log, templates):
    port = serve([("/", Page)], template_path=templates(page="one\n{{ title.uppercase() }}\n"))
    with expect_log("tornado.application", "uppercase"):
        assert (await fetch(port)).status == 500


# -- settings


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({}, b"a &lt;t&gt;\nb"),
        ({"autoescape": None}, b"a <t>\nb"),
        ({"autoescape": "xhtml_escape"}, b"a &lt;t&gt;\nb"),
        ({"template_whitespace": "all"}, b"a   &lt;t&gt;\n\n\nb"),
        ({"template_whitespace": "oneline"}, b"a &lt;t&gt; b"),
    ],
)
async def test_settings_of_the_loader(serve, fetch, templates, settings, expected):
    path = templates(page="a   {{ title }}\n\n\nb")
    assert (await fetch(serve([("/", Page)], template_path=path, **settings))).body == expected


async def test_a_loader_of_the_program(serve, fetch):
    class Other:
        """A loader for another language of templates, which makes str."""

        def load(self, name, parent_path=None):
            return self

        def generate(self, **names):
            return f"other {names['title']}"

        def reset(self):
            pass

    assert (await fetch(serve([("/", Page)], template_loader=Other()))).body == b"other <t>"


async def test_templates_are_compiled_once_unless_the_setting_says_otherwise(
    serve, fetch, templates
):
    path = templates(page="old")
    cached = serve([("/", Page)], template_path=path)
    assert (await fetch(cached)).body == b"old"
    templates(page="new")
    assert (await fetch(cached)).body == b"old"
    fresh = serve([("/", Page)], template_path=path, compiled_template_cache=False)
    assert (await fetch(fresh)).body == b"new"
    templates(page="newer")
    assert (await fetch(fresh)).body == b"newer"


async def test_one_loader_for_each_path(serve, fetch, tmp_path):
    made = []

    class Own(Page):
        def get_template_path(self):
            return str(tmp_path / self.get_argument("at"))

        def create_template_loader(self, template_path):
            made.append(template_path)
            return DictLoader({"page.html": template_path[-1]})

    port = serve([("/", Own)])
    for at in "abab":
        assert (await fetch(port, "GET", f"/?at={at}")).body == at.encode()
    assert made == [str(tmp_path / "a"), str(tmp_path / "b")]


async def test_loaders_of_different_handlers_and_applications_keep_apart(serve, fetch, templates):
    class Own(Page):
        def create_template_loader(self, template_path):
            return DictLoader({"page.html": "own {{ title }}"})

    path = templates(page="file {{ title }}")
    escaping = serve([("/", Page), ("/own", Own)], template_path=path)
    raw = serve([("/", Page)], template_path=path, autoescape=None)
    assert (await fetch(escaping)).body == b"file &lt;t&gt;"
    assert (await fetch(escaping, "GET", "/own")).body == b"own &lt;t&gt;"
    assert (await fetch(raw)).body == b"file <t>"


def test_create_template_loader_makes_a_loader_of_files(tmp_path):
    handler = RequestHandler(Application([]), HTTPServerRequest("GET", "/"))
    assert isinstance(handler.create_template_loader(str(tmp_path)), Loader)


# -- addresses


async def test_static_url(serve, fetch, templates):
    path = templates(s="static")

    class Urls(RequestHandler):
        def get(self):
            full = self.static_url("s.html", include_host=True)
            self.include_host = True
            by_attribute = self.static_url("s.html")
            part = self.static_url("s.html", include_host=False)
            self.write(f"{full} {by_attribute} {part}")

    port = serve([("/", Urls)], static_path=path)
    response = await fetch(port, "GET", "/", {"Host": "a.example:81"})
    full, by_attribute, part = response.body.decode().split()
    assert full == by_attribute == f"http://a.example:81{part}"
    assert part.startswith("/static/s.html?v=")
    assert (await fetch(port, "GET", part)).body == b"static"


async def test_static_url_without_a_static_path(serve, fetch, expect_log):
    class Urls(RequestHandler):
        def get(self):
            self.write(self.static_url("x"))

    with expect_log("tornado.application", "static_path.*static_url"):
        assert (await fetch(serve([("/", Urls)]))).status == 500


# -- garbage


async def test_a_handler_that_rendered_goes_with_its_request(serve, fetch, templates):
    handlers = []

    class Box(UIModule):
        def render(self):
            return "box"

    class Home(RequestHandler):
        def get(self):
            handlers.append(weakref.ref(self))
            self.render("page.html")

    path = templates(page="{% module Box() %}{{ modules.Box() }}")
    port = serve([("/", Home)], template_path=path, ui_modules={"Box": Box})
    gc.collect()
    gc.disable()
    try:
        assert (await fetch(port)).body == b"boxbox"
        await asyncio.sleep(0)
        assert handlers[0]() is None, gc.get_referrers(handlers[0]())
    finally:
        gc.enable()
