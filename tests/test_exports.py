"""The public surface changes on purpose only: the lists in tests/surface/ say what it is."""

import pytest
import surface


@pytest.mark.parametrize("module", surface.modules())
def test_the_surface_is_the_stored_one(module):
    changed = surface.difference(module)
    assert changed == [], "if that is meant: python tools/surface.py, and a line in CHANGES.md"


def test_there_is_a_list_for_each_module_and_no_other():
    assert sorted(file.stem for file in surface.FOLDER.glob("*.txt")) == surface.modules()


def test_kinds_and_attributes():
    class Base:
        __module__ = "tornado.sample"
        default: int

        def method(self): ...

        def _private(self): ...

    class Derived(Base, dict):
        __module__ = "tornado.sample"
        own = 1

    assert list(surface.attributes(Derived)) == [
        "Derived.default",
        "Derived.method",
        "Derived.own",
    ]
    assert [surface.kind(value) for value in (Base, ValueError, len, 3)] == [
        "class",
        "exception",
        "function",
        "value",
    ]
