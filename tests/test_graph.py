"""What may know what: the table of the distributions, and every import of every source file.

The table is written here once more on purpose. A new edge between distributions is a decision,
and this is where it is made; the pyproject files and the imports must then agree with it.
"""

import sys
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import imports
import members
import pytest

TABLE = {
    "all": {
        "util",
        "escape",
        "template",
        "locale",
        "options",
        "ioloop",
        "iostream",
        "autoreload",
        "http",
        "httpserver",
        "web",
        "sessions",
        "httpclient",
        "websocket",
        "rooms",
        "testkit",
    },
    "autoreload": {"ioloop", "util"},
    "escape": set(),
    "http": {"iostream", "ioloop", "escape", "util"},
    "httpclient": {"http", "iostream", "ioloop", "escape", "util"},
    "httpserver": {"http", "iostream", "ioloop", "escape", "util"},
    "ioloop": {"util"},
    "iostream": {"ioloop", "util"},
    "locale": set(),
    "options": {"util", "escape"},
    "rooms": {"web", "websocket", "ioloop"},
    "sessions": {"web"},
    "template": {"escape"},
    "testkit": {"web", "httpserver", "httpclient", "iostream", "ioloop", "util"},
    "util": set(),
    "websocket": {"web", "httpclient", "http", "iostream", "ioloop", "escape", "util"},
    "web": {
        "httpserver",
        "http",
        "iostream",
        "ioloop",
        "template",
        "locale",
        "autoreload",
        "escape",
        "util",
    },
}

SANCTIONED = {
    ("util", "options"): "log.enable_pretty_logging reads the options if the program has them",
    ("testkit", "options"): "testing.main understands the options if the program has them",
    ("util", "escape"): "the same look-up tells apart what may be missing: options needs escape",
    ("httpclient", "options"): "main(), the command line, reads its arguments with it",
}
"""Optional edges: looked up inside a function, working without the other distribution."""

PINS_ONLY = {"all"}
"""Members that declare the others in order to install them; they need not import them."""

LOGGERS = {"tornado.access", "tornado.application", "tornado.general"}
OTHER_NAMES = {"backports": "backports-zstd"}
"""Import name to distribution, where the two differ."""

MEMBERS = members.members()
OWNERS = members.owners()


@dataclass(frozen=True)
class Use:
    """One import of something outside the member: ``what`` is a member or another distribution."""

    where: str
    what: str
    ours: bool
    found: imports.Import


def owner(name: str) -> str | None:
    """The member whose public module the dotted name is, or is in; None if nobody's."""
    parts = name.split(".")
    for length in range(len(parts), 1, -1):
        if (module := ".".join(parts[:length])) in OWNERS:
            return OWNERS[module]
    return OWNERS.get("tornado") if parts[0] == "tornado" else None


#: Of the standard library of a Python later than the one that runs this.
LATER_STDLIB = frozenset(["compression"])


def uses(member: str) -> list[Use]:
    root = members.sources(member).parent
    found = []
    for file in sorted(root.rglob("*.py")):
        for one in imports.read_file(file, root):
            top = one.name.partition(".")[0]
            where = f"{file.relative_to(members.ROOT)}:{one.line}"
            if top == "tornado":
                what = owner(one.name) if one.name not in LOGGERS else member
                if what != member:
                    found.append(Use(where, what or one.name, True, one))
            elif top not in sys.stdlib_module_names and top not in LATER_STDLIB:
                name = members.normalize(OTHER_NAMES.get(top, top))
                found.append(Use(where, name, False, one))
    return found


USES = {member: uses(member) for member in MEMBERS}


def extras(member: str) -> set[str]:
    """The distributions outside the family that the member's extras name."""
    optional = members.project_table(member).get("optional-dependencies", {})
    names = {members.requirement_name(r) for group in optional.values() for r in group}
    return {name for name in names if not name.startswith(members.FAMILY)}


def test_the_members_are_those_of_the_table():
    assert set(MEMBERS) == set(TABLE)


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_declares_what_the_table_says(member):
    assert set(members.siblings(member)) == TABLE[member]


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_requires_nothing_outside_the_family(member):
    names = map(members.requirement_name, members.project_table(member).get("dependencies", []))
    assert [name for name in names if not name.startswith(members.FAMILY)] == []


def test_no_cycle():
    assert list(TopologicalSorter(TABLE).static_order())  # raises CycleError and names it


@pytest.mark.parametrize("member", MEMBERS)
def test_every_import_is_of_something_declared(member):
    wrong = [
        f"{use.where} imports {use.found.name}, of {use.what}"
        for use in USES[member]
        if use.ours and use.what not in TABLE[member] and (member, use.what) not in SANCTIONED
    ]
    wrong += [
        f"{use.where} imports {use.found.name}, which no extra of {member} names"
        for use in USES[member]
        if not use.ours and use.what not in extras(member)
    ]
    assert wrong == []


@pytest.mark.parametrize("member", MEMBERS)
def test_what_an_extra_brings_is_imported_where_its_absence_is_handled(member):
    wrong = [use.where for use in USES[member] if not use.ours and not use.found.guarded]
    assert wrong == []


@pytest.mark.parametrize("member", sorted(set(MEMBERS) - PINS_ONLY))
def test_nothing_declared_is_unused(member):
    used = {use.what for use in USES[member]}
    assert TABLE[member] - used == set(), "declared, but no source file imports it"
    assert extras(member) - used == set(), "an extra names it, but no source file imports it"


def test_sanctioned_edges_are_used_and_lazy():
    seen = {(member, use.what): use for member in MEMBERS for use in USES[member]}
    for edge in SANCTIONED:
        assert edge in seen, f"the sanctioned edge {edge} is not used: take it out of the list"
        assert edge[1] not in TABLE[edge[0]], f"{edge} is declared: no need to sanction it"
    wrong = [
        use.where
        for member in MEMBERS
        for use in USES[member]
        if (member, use.what) in SANCTIONED and not use.found.in_function
    ]
    assert wrong == [], "an optional edge is looked up inside a function"


def test_each_public_module_has_one_owner():
    modules = [module for member in MEMBERS for module in members.public_modules(member)]
    assert sorted(modules) == sorted(set(modules))


SAMPLE = '''
"""A docstring that speaks of tornado.web is no import."""
import asyncio, tornado.util
from tornado import escape
from tornado.web import RequestHandler
from ._near import thing
from .. import ioloop
from ..gen import coroutine

if TYPE_CHECKING:
    import typed_only
try:
    import fast
except ImportError:
    import slow

def later():
    from tornado.options import options
    return import_object("tornado.httpserver.HTTPServer")
'''


def test_the_reader_sees_every_kind_of_import():
    found = {one.name: one for one in imports.read(SAMPLE, "tornado.web")}
    assert list(found) == [
        "asyncio",
        "tornado.util",
        "tornado.escape",
        "tornado.web.RequestHandler",
        "tornado.web._near.thing",
        "tornado.ioloop",
        "tornado.gen.coroutine",
        "typed_only",
        "fast",
        "slow",
        "tornado.options.options",
        "tornado.httpserver.HTTPServer",
    ]
    assert [name for name, one in found.items() if one.guarded] == [
        "typed_only",
        "fast",
        "tornado.options.options",
        "tornado.httpserver.HTTPServer",
    ]
    assert found["tornado.httpserver.HTTPServer"].in_string
    assert found["tornado.options.options"].in_function
    assert not found["typed_only"].in_function


@pytest.mark.parametrize(
    "file, expected",
    [
        ("tornado/web/__init__.py", ("tornado.web", "tornado.web")),
        ("tornado/web/_static.py", ("tornado.web._static", "tornado.web")),
        ("tornado/__init__.py", ("tornado", "tornado")),
    ],
)
def test_the_reader_knows_where_relative_imports_start(file, expected):
    assert imports.module_name(Path("src", file), Path("src")) == expected
