"""Compiled templates on disk: found when nothing has changed, and never otherwise."""

import hashlib
import marshal
import os
import traceback
from pathlib import Path

import pytest

from tornado.template import DictLoader, Loader, ParseError, _template

FILES = {
    "base.html": "<{% block a %}base{% end %}>\n{% include 'foot.html' %}",
    "page.html": "{% extends 'base.html' %}{% block a %}{{ x }}{% end %}",
    "foot.html": "{{ y.z }}",
}

ALL = sorted(FILES)


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def compiled(monkeypatch):
    """The names of the templates that were really compiled."""
    names = []
    real = _template.compile_template

    def noted(template, **options):
        names.append(template.name)
        return real(template, **options)

    monkeypatch.setattr(_template, "compile_template", noted)
    return names


class Y:
    z = "&"


def load(folder, name="page.html", **options):
    return Loader(folder, cache_directory=folder / "cache", **options).load(name)


def test_the_second_program_compiles_nothing(folder, compiled):
    assert load(folder).generate(x="<", y=Y) == b"<&lt;>\n&amp;"
    assert sorted(compiled) == ALL
    del compiled[:]
    template = load(folder)
    assert compiled == []
    assert template.generate(x="<", y=Y) == b"<&lt;>\n&amp;"
    assert "def template" in template.code
    assert template.autoescape == "xhtml_escape"


def test_each_change_compiles_what_it_concerns(folder, compiled):
    load(folder)
    del compiled[:]
    (folder / "foot.html").write_text("{{ y }}", encoding="utf-8")
    assert load(folder).generate(x=1, y=2) == b"<1>\n2"
    assert sorted(compiled) == ALL
    del compiled[:]
    (folder / "page.html").write_text("{{ x }}", encoding="utf-8")
    assert load(folder).generate(x=1) == b"1"
    assert compiled == ["page.html"]
    assert len(list((folder / "cache").iterdir())) == 3  # the new take the places of the old


@pytest.mark.parametrize("option", [{"autoescape": None}, {"whitespace": "all"}])
def test_options_count(folder, compiled, option):
    load(folder)
    del compiled[:]
    load(folder, **option)
    assert sorted(compiled) == ALL


def test_this_package_and_python_count(folder, compiled, monkeypatch):
    from tornado.template import _cache

    load(folder)
    del compiled[:]
    monkeypatch.setattr(_cache, "_pipeline", lambda: b"another version")
    load(folder)
    assert sorted(compiled) == ALL


def entries(folder):
    return sorted((folder / "cache").iterdir())


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "rubbish"])
def test_a_damaged_entry_is_compiled_again(folder, compiled, damage):
    load(folder)
    del compiled[:]
    for entry in entries(folder):
        data = entry.read_bytes()
        entry.write_bytes(
            {
                "empty": b"",
                "cut": data[:-1],
                "changed": data[:50] + bytes([data[50] ^ 1]) + data[51:],
                "rubbish": b"x" * 100,
            }[damage]
        )
    assert load(folder).generate(x=1, y=Y) == b"<1>\n&amp;"
    assert sorted(compiled) == ALL


def test_what_is_missing_or_broken_is_named_as_without_a_cache(folder):
    load(folder)
    (folder / "foot.html").unlink()
    with pytest.raises(ParseError, match=r"no template 'foot.html'.*at base.html:2"):
        load(folder)
    (folder / "foot.html").write_text("{% iff %}", encoding="utf-8")
    with pytest.raises(ParseError, match=r"at foot.html:1"):
        load(folder)


def test_tracebacks_show_the_template(folder):
    load(folder)
    with pytest.raises(AttributeError) as caught:
        load(folder).generate(x=1, y=None)
    shown = "".join(traceback.format_exception(caught.value))
    assert f'"{folder / "base.html"}", line 2, in <template>' in shown
    assert f'"{folder / "foot.html"}", line 1, in <template>\n    {{{{ y.z }}}}' in shown
    assert caught.value.__notes__ == ["in the template: # foot.html:1 (via base.html:2)"]


async def test_templates_that_await(folder, compiled):
    (folder / "foot.html").write_text("{{ await y() }}", encoding="utf-8")

    async def y():
        return "y"

    for expected in (sorted(2 * ALL), []):
        del compiled[:]
        template = load(folder)
        assert sorted(compiled) == expected
        assert await template.generate_async(x=1, y=y) == b"<1>\ny"
        with pytest.raises(ParseError, match=r"generate_async.*at foot.html:1"):
            template.generate(x=1, y=y)


def test_templates_of_a_dict(tmp_path, compiled):
    for _ in range(2):
        loader = DictLoader(dict(FILES), cache_directory=tmp_path / "cache")
        assert loader.load("page.html").generate(x=1, y=Y) == b"<1>\n&amp;"
    assert sorted(compiled) == ALL


@pytest.mark.skipif(os.name != "posix", reason="about the permissions of POSIX")
def test_nobody_else_may_write_there(folder):
    load(folder)
    cache = folder / "cache"
    assert cache.stat().st_mode & 0o777 == 0o700
    cache.chmod(0o770)
    with pytest.raises(ValueError, match="others may write there"):
        load(folder)


def test_a_folder_that_is_gone_is_reported_and_survived(folder, expect_log):
    loader = Loader(folder, cache_directory=folder / "cache")
    (folder / "cache").rmdir()
    with (
        expect_log("tornado.general", "foot.html cannot be saved", count=1),
        expect_log("tornado.general", "cannot be saved: .*No such file", count=3),
    ):
        assert loader.load("page.html").generate(x=1, y=Y) == b"<1>\n&amp;"


def test_entries_are_whole_files_with_a_checksum_and_no_pickles(folder):
    load(folder)
    for entry in entries(folder):
        data = entry.read_bytes()
        assert hashlib.sha256(data[32:]).digest() == data[:32]
        assert isinstance(marshal.loads(data[32:]), tuple)
    assert not [path for path in Path(folder / "cache").iterdir() if path.name.startswith("tmp")]
