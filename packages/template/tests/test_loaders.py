import threading

import pytest

from tornado.template import BaseLoader, DictLoader, Loader, Template


@pytest.mark.parametrize(
    ("name", "parent", "expected"),
    [
        ("a.html", None, "a.html"),
        ("a.html", "b/c.html", "b/a.html"),
        ("/a.html", "b/c.html", "/a.html"),
        ("../a.html", "b/c.html", "a.html"),
        ("a.html", "/b/c.html", "a.html"),
        ("a.html", "<string>", "a.html"),
        ("./a", "b", "a"),
        ("x/../a", "b/c", "b/a"),
        ("a//b", "c/d", "c/a/b"),
        ("../a", "c", "../a"),
    ],
)
@pytest.mark.parametrize("kind", ["files", "dict"])
def test_resolve_path(kind, name, parent, expected, tmp_path):
    loader = Loader(str(tmp_path)) if kind == "files" else DictLoader({})
    assert loader.resolve_path(name, parent) == expected


def test_a_name_that_leads_out_of_the_root_stays_as_it_is(tmp_path):
    root = tmp_path / "root"
    loader = Loader(str(root))
    assert loader.resolve_path("../../a.html", "b/c.html") == "../../a.html"
    # A folder beside the root whose name begins alike is not inside it.
    assert loader.resolve_path("../../root2/a.html", "b/c.html") == "../../root2/a.html"


def test_files(tmp_path):
    (tmp_path / "page.html").write_bytes("é{{ x }}  \n b".encode())
    template = Loader(tmp_path).load("page.html")
    assert template.name == "page.html"
    assert template.generate(x=1).decode() == "é1\nb"


def test_a_template_is_loaded_once_until_reset():
    loader = DictLoader({"a": "1"})
    first = loader.load("a")
    loader.dict["a"] = "2"
    assert loader.load("a") is first
    loader.reset()
    assert loader.load("a").generate() == b"2"


def test_a_template_that_failed_is_tried_again():
    loader = DictLoader({"a": "{% if %}"})
    with pytest.raises(Exception, match="condition"):
        loader.load("a")
    loader.dict["a"] = "fine"
    assert loader.load("a").generate() == b"fine"


def test_namespace():
    loader = DictLoader({"a": "{{ x }}{{ y }}"}, namespace={"x": 1, "y": 2})
    assert loader.load("a").generate() == b"12"
    assert loader.load("a").generate(x=3) == b"32"
    loader.namespace["y"] = 4
    assert loader.load("a").generate() == b"14"


def test_base_loader_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="BaseLoader has to define resolve_path"):
        BaseLoader().load("a")


def test_a_loader_of_ones_own():
    class Upper(BaseLoader):
        def resolve_path(self, name, parent_path=None):
            return name.upper()

        def _create_template(self, name):
            return Template(f"{name}{{% raw '' %}}", name=name, loader=self)

    loader = Upper()
    assert loader.load("a") is loader.load("A")
    assert Template('{% include "b" %}!', loader=loader).generate() == b"B!"


def test_many_threads():
    files = {f"{i}": f'{{% extends "base" %}}{{% block a %}}{i}{{% end %}}' for i in range(20)}
    files["base"] = "[{% block a %}{% end %}{{ x }}]"
    loader = DictLoader(files)
    start = threading.Barrier(8)
    failures = []

    def work(x):
        try:
            start.wait()
            for i in range(20):
                template = loader.load(str(i))
                assert template is loader.load(str(i))
                assert template.generate(x=x).decode() == f"[{i}{x}]"
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(x,)) for x in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
