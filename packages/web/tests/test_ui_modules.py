"""UI modules: what they put where they stand, and what they bring along for head and body."""

import types

import pytest

from tornado.template import DictLoader
from tornado.web import Application, RequestHandler, TemplateModule, UIModule, is_absolute


class Entry(UIModule):
    def render(self, text, loud=False):
        return f"<p>{text.upper() if loud else text}</p>"

    def embedded_css(self):
        return ".entry { margin-bottom: 1em; }"

    def css_files(self):
        return "/entry.css"

    def embedded_javascript(self):
        return b"entry()"

    def javascript_files(self):
        return ["/entry.js", "http://cdn.example/a.js?x=1&y=2", "/entry.js"]

    def html_head(self):
        return "<meta entry>"

    def html_body(self):
        return "<div entry></div>"


class Other(Entry):
    def embedded_css(self):
        return b".other {}"

    def css_files(self):
        return ["/other.css", "/entry.css"]

    def html_head(self):
        return "<meta other>"

    def html_body(self):
        return b"<div other></div>"


class Bare(UIModule):
    def render(self):
        return "<hr>"


class FromTemplate(UIModule):
    def render(self, entry):
        return self.render_string("module.html", entry=entry)


class About(UIModule):
    def render(self):
        user = self.current_user
        return f"{self.request.path} {self.locale.code} {user} {self.ui is self.handler.ui}"


HEAD = """\
<link href="/entry.css" type="text/css" rel="stylesheet"/>\
<link href="/other.css" type="text/css" rel="stylesheet"/>
<style type="text/css">
.entry { margin-bottom: 1em; }
.other {}
</style>
<meta entry><meta other>
"""
SCRIPTS = """\
<script src="/entry.js" type="text/javascript"></script>\
<script src="http://cdn.example/a.js?x=1&amp;y=2" type="text/javascript"></script>
<script type="text/javascript">
//<![CDATA[
entry()
entry()
//]]>
</script>
<div entry></div><div other></div>
"""
BODY = "<p>a</p><p>a</p><p>B</p>"
USES = "{% module Entry('a') %}{{ modules.Other('a') }}{{ modules.Entry('b', loud=True) }}"


async def page(serve, fetch, source, autoescape="xhtml_escape", user=None, **settings):
    """The page that the template ``source`` makes; ``settings`` may hold more templates."""
    templates = {"page": source, "module.html": "<i>{{ entry }}</i>"}
    templates |= settings.pop("templates", {})

    class Page(RequestHandler):
        def get_current_user(self):
            return user

        def get(self):
            self.render("page")

    settings.setdefault("ui_modules", {"Entry": Entry, "Other": Other, "Bare": Bare})
    loader = DictLoader(templates, autoescape=autoescape)
    response = await fetch(serve([("/", Page)], template_loader=loader, **settings))
    assert response.status == 200
    assert response.get("Content-Length") == str(len(response.body))
    return response.body.decode()


# -- where things go


async def test_head_and_body_get_what_modules_bring_once(serve, fetch):
    html = await page(
        serve, fetch, f"<html><head><title>t</title></head><body>{USES}</body></html>"
    )
    assert html == (f"<html><head><title>t</title>{HEAD}</head><body>{BODY}{SCRIPTS}</body></html>")


async def test_the_last_end_of_the_body_counts_and_the_first_of_the_head(serve, fetch):
    html = await page(serve, fetch, f"<head></head></head><body></body>{USES}</body>")
    assert html == f"<head>{HEAD}</head></head><body></body>{BODY}{SCRIPTS}</body>"


async def test_tags_in_capitals(serve, fetch):
    html = await page(serve, fetch, f"<HEAD></HEAD ><BODY>{USES}</BODY\n>")
    assert html == f"<HEAD>{HEAD}</HEAD ><BODY>{BODY}{SCRIPTS}</BODY\n>"


@pytest.mark.parametrize(
    "before, after",
    [
        ("<!DOCTYPE html>\n<title>t</title>", "<!DOCTYPE html>\n{}<title>t</title>"),
        ('<!doctype html><html lang="en">x', '<!doctype html><html lang="en">{}x'),
        ("<html>\n<body class='x'>", "<html>\n{}<body class='x'>"),
        ("plain ", "{}plain "),
    ],
)
async def test_pages_that_leave_tags_out(serve, fetch, before, after):
    html = await page(serve, fetch, before + USES)
    assert html == after.format(HEAD) + BODY + SCRIPTS


async def test_a_module_that_brings_nothing_changes_nothing(serve, fetch):
    source = "<head></head><body>{% module Bare() %}</body>"
    assert await page(serve, fetch, source) == "<head></head><body><hr></body>"


async def test_modules_defined_but_not_used_bring_nothing(serve, fetch):
    source = "<head></head><body></body>"
    assert await page(serve, fetch, source) == source


async def test_static_files_get_their_version(serve, fetch, tmp_path):
    tmp_path.joinpath("m.js").write_text("1")
    tmp_path.joinpath("m.css").write_text("2")

    class Files(Bare):
        def javascript_files(self):
            return "m.js"

        def css_files(self):
            return ["m.css"]

    html = await page(
        serve,
        fetch,
        "<head></head>{% module Files() %}",
        ui_modules={"Files": Files},
        static_path=str(tmp_path),
        static_url_prefix="/s/",
    )
    assert '<link href="/s/m.css?v=' in html
    assert '<script src="/s/m.js?v=' in html


async def test_hooks_of_the_handler(serve, fetch):
    class Page(RequestHandler):
        def get(self):
            self.render("page")

        def render_linked_js(self, js_files):
            return f"JS{list(js_files)}"

        def render_embed_js(self, js_embed):
            return b"J(" + b"".join(js_embed) + b")"

        def render_linked_css(self, css_files):
            return f"CSS{list(css_files)}"

        def render_embed_css(self, css_embed):
            return b"C(" + b"".join(css_embed) + b")"

    loader = DictLoader({"page": "</head>{% module Entry(1 and 'x') %}</body>"})
    port = serve([("/", Page)], template_loader=loader, ui_modules={"Entry": Entry})
    assert (await fetch(port)).body.decode() == (
        "CSS['/entry.css']\nC(.entry { margin-bottom: 1em; })\n<meta entry>\n</head><p>x</p>"
        "JS['/entry.js', 'http://cdn.example/a.js?x=1&y=2']\nJ(entry())\n<div entry></div>\n</body>"
    )


# -- how templates name them


@pytest.mark.parametrize("autoescape", ["xhtml_escape", None])
async def test_html_of_modules_is_not_escaped_again(serve, fetch, autoescape):
    source = "{{ modules.Bare() }}{% raw modules.Bare() %}{% module Bare() %}{{ '<' }}"
    html = await page(serve, fetch, source, autoescape=autoescape)
    assert html == "<hr><hr><hr>" + ("&lt;" if autoescape else "<")


async def test_render_string_in_a_module_escapes_its_values(serve, fetch):
    source = "{{ modules.FromTemplate('<b>é') }}"
    html = await page(serve, fetch, source, ui_modules={"FromTemplate": FromTemplate})
    assert html == "<i>&lt;b&gt;é</i>"


async def test_what_a_module_knows(serve, fetch):
    html = await page(serve, fetch, "{% module About() %}", ui_modules=[about()], user="u")
    assert html == "/ en_US u True"


def about():
    module = types.ModuleType("uimodules")
    module.About = About
    module.UIModule = UIModule
    module.something_else = len
    return module


@pytest.mark.parametrize(
    "setting",
    [
        {"Bare": Bare},
        [{"Bare": Bare}],
        ({"Bare": Bare}, {"Entry": Entry}),
        [[{"Bare": Bare}], {"Bare": Bare}],
    ],
)
async def test_the_setting_may_be_a_dict_or_a_list(serve, fetch, setting):
    assert await page(serve, fetch, "{% module Bare() %}", ui_modules=setting) == "<hr>"


async def test_ui_methods(serve, fetch):
    def kind(handler, text, mark="!"):
        return f"{type(handler).__name__} {text}{mark}"

    module = types.ModuleType("uimethods")
    module.kind = kind
    module._private = kind
    module.Capital = kind
    for setting in ({"kind": kind}, [module], module):
        html = await page(serve, fetch, "{{ kind('x', mark='?') }}", ui_methods=setting)
        assert html == "Page x?"
    source = (
        "{{ '_private' in handler.ui }} {{ 'Capital' in handler.ui }} {{ 'kind' in handler.ui }}"
    )
    assert await page(serve, fetch, source, ui_methods=module) == "False False True"


def test_a_setting_that_is_none_of_these():
    for name in ("ui_modules", "ui_methods"):
        with pytest.raises(TypeError, match=f"setting {name} takes a Python module, a dict"):
            Application([], **{name: "uimodules"})


async def test_a_module_that_does_not_exist(serve, fetch, expect_log):
    class Page(RequestHandler):
        def get(self):
            self.render("page")

    loader = DictLoader({"page": "{{ modules.Nothing() }}"})
    port = serve([("/", Page)], template_loader=loader, ui_modules={"Bare": Bare})
    with expect_log("tornado.application", "no UI module 'Nothing'.*Bare, Template, linkify"):
        assert (await fetch(port)).status == 500


async def test_a_module_without_render(serve, fetch, expect_log):
    class Empty(UIModule):
        pass

    class Page(RequestHandler):
        def get(self):
            self.render("page")

    loader = DictLoader({"page": "{{ modules.Empty() }}"})
    port = serve([("/", Page)], template_loader=loader, ui_modules={"Empty": Empty})
    with expect_log("tornado.application", r"Empty needs a method render\(\)"):
        assert (await fetch(port)).status == 500


async def test_the_built_in_ones(serve, fetch):
    source = "{% module linkify('see http://a.example/?x=1&y') %}|{{ modules.xsrf_form_html() }}"
    html = await page(serve, fetch, source, ui_modules=None)
    link, field = html.split("|", 1)
    assert link == ('see <a href="http://a.example/?x=1&amp;y">http://a.example/?x=1&amp;y</a>')
    assert field.startswith('<input type="hidden" name="_xsrf" value="2|')


async def test_a_module_by_the_handler(serve, fetch):
    class Page(RequestHandler):
        def get(self):
            self.write(self.ui.modules.Bare() + self.ui["modules"]["Bare"]())

    assert (await fetch(serve([("/", Page)], ui_modules={"Bare": Bare}))).body == b"<hr><hr>"


# -- the module Template


RESOURCES = (
    "{{ set_resources(embedded_css='.t{}', css_files='/t.css', embedded_javascript='t()',"
    " javascript_files=['/t.js'], html_head='<meta t>', html_body='<div t>') }}T{{ a }}"
)


async def test_template_modules(serve, fetch):
    source = "</head>{% module Template('t', a=1) %}{{ modules.Template('t', a='<') }}</body>"
    html = await page(serve, fetch, source, templates={"t": RESOURCES})
    assert html == (
        '<link href="/t.css" type="text/css" rel="stylesheet"/>\n'
        '<style type="text/css">\n.t{}\n</style>\n<meta t>\n</head>T1T&lt;'
        '<script src="/t.js" type="text/javascript"></script>\n'
        '<script type="text/javascript">\n//<![CDATA[\nt()\n//]]>\n</script>\n<div t>\n</body>'
    )


async def test_template_modules_of_several_templates(serve, fetch):
    source = (
        "</head>{% module Template('t', a=1) %}{% module Template('u') %}{% module Template('n') %}"
    )
    more = {
        "t": RESOURCES,
        "u": "{{ set_resources(embedded_css='.u{}', css_files=['/t.css', '/u.css']) }}U",
        "n": "N",
    }
    html = await page(serve, fetch, source, templates=more)
    assert ".t{}\n.u{}" in html
    assert html.count("/t.css") == html.count("/u.css") == 1
    assert "T1UN" in html


@pytest.mark.parametrize(
    "template, message",
    [
        ("{{ set_resources(embedded_css=a) }}", "called with other values before"),
        ("{{ set_resources(javascript='x') }}", "in t knows no javascript; there are embedded_css"),
    ],
)
async def test_template_modules_that_make_no_sense(serve, fetch, expect_log, template, message):
    class Page(RequestHandler):
        def get(self):
            self.render("page")

    source = "{% module Template('t', a='1') %}{% module Template('t', a='2') %}"
    port = serve([("/", Page)], template_loader=DictLoader({"page": source, "t": template}))
    with expect_log("tornado.application", message):
        assert (await fetch(port)).status == 500


async def test_template_module_may_be_subclassed(serve, fetch):
    class Mine(TemplateModule):
        def html_head(self):
            return super().html_head() + "<meta mine>"

    html = await page(
        serve,
        fetch,
        "</head>{% module Mine('t', a=1) %}",
        ui_modules={"Mine": Mine},
        templates={"t": "{{ set_resources(html_head='<meta t>') }}{{ a }}"},
    )
    assert html == "<meta t><meta mine>\n</head>1"


def test_is_absolute():
    assert [is_absolute(p) for p in ("/x", "http://x", "https://x", "x", "a/b", "httpx")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
