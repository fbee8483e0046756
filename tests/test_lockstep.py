"""The distributions move together: one version, one Python, one shape of module."""

import importlib
import inspect
import tomllib

import members
import pytest

MEMBERS = members.members()
MODULES = members.owners()
VERSION = members.project_table("util")["version"]
SHARED = ("version", "requires-python", "license", "classifiers", "readme")
"""Entries of ``[project]`` that are the same in every member."""


def pyproject(member):
    return tomllib.loads((members.PACKAGES / member / "pyproject.toml").read_text())


def faces():
    """Public modules with their own names to show; ``tornado`` itself loads the others lazily."""
    return sorted(set(MODULES) - {"tornado"})


def requirements(member):
    table = members.project_table(member)
    optional = table.get("optional-dependencies", {})
    return [*table.get("dependencies", []), *(r for group in optional.values() for r in group)]


@pytest.mark.parametrize("member", MEMBERS)
def test_the_distribution_is_named_after_its_folder(member):
    assert members.project_table(member)["name"] == members.FAMILY + member


@pytest.mark.parametrize("entry", SHARED)
def test_members_agree(entry):
    values = {member: members.project_table(member).get(entry) for member in MEMBERS}
    first = values["util"]
    assert {member: value for member, value in values.items() if value != first} == {}


@pytest.mark.parametrize("member", MEMBERS)
def test_siblings_are_pinned_to_this_version(member):
    ours = [r for r in requirements(member) if r.startswith(members.FAMILY)]
    assert [r for r in ours if not r.endswith(f"=={VERSION}")] == []


@pytest.mark.parametrize("member", MEMBERS)
def test_others_are_not_pinned_and_have_a_lower_bound(member):
    others = [r for r in requirements(member) if not r.startswith(members.FAMILY)]
    assert [r for r in others if ">=" not in r or "==" in r.partition(";")[0]] == []


def test_the_whole_is_all_of_it():
    assert set(members.siblings("all")) == set(MEMBERS) - {"all"}


@pytest.mark.parametrize("member", MEMBERS)
def test_build_settings_are_the_same(member):
    table, first = pyproject(member), pyproject("util")
    assert table["build-system"] == first["build-system"]
    assert table["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["src/tornado"]


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_has_what_a_distribution_needs(member):
    folder = members.PACKAGES / member
    for name in ("README.md", "CHANGES.md"):
        assert (folder / name).read_text().strip(), f"{folder / name} is empty"
    assert VERSION in (folder / "CHANGES.md").read_text()
    assert members.public_modules(member), f"{member} has no public module"
    assert sorted((folder / "tests").glob("test_*.py")), f"{member} has no tests of its own"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_public_module_is_a_typed_folder(module):
    folder = members.public_modules(MODULES[module])[module]
    assert (folder / "py.typed").is_file()


@pytest.mark.parametrize("member", MEMBERS)
def test_public_modules_are_folders(member):
    loose = [path.name for path in members.sources(member).glob("*.py")]
    assert loose == (["__init__.py"] if member == "all" else [])


@pytest.mark.parametrize("module", faces())
def test_a_face_shows_names_that_exist_once(module):
    face = importlib.import_module(module)
    assert len(face.__all__) == len(set(face.__all__))
    assert [name for name in face.__all__ if not hasattr(face, name)] == []
    private = [n for n in face.__all__ if n.startswith("_") and not n.startswith("__")]
    assert private == []


@pytest.mark.parametrize("module", faces())
def test_what_a_face_shows_calls_itself_by_a_public_name(module):
    """``repr`` and pickles say ``tornado.web.HTTPError``, not where the file happens to be."""
    face = importlib.import_module(module)
    wrong = []
    for name in face.__all__:
        shown = getattr(face, name)
        if not (inspect.isclass(shown) or inspect.isfunction(shown)):
            continue
        home = shown.__module__
        if home.partition(".")[0] != "tornado":
            continue  # a name of the standard library, shown here too
        if home != module and (home not in MODULES or not reaches(home, shown)):
            wrong.append(f"{name} says it is of {home}")
    assert wrong == []


def reaches(home, shown):
    """Whether the object can be found where it says it is: shown by two faces, it names one."""
    name = getattr(shown, "__name__", None)
    return name is not None and getattr(importlib.import_module(home), name, None) is shown


@pytest.mark.parametrize("module", faces())
def test_public_classes_and_functions_are_documented(module):
    face = importlib.import_module(module)
    assert (face.__doc__ or "").strip(), f"{module} has no docstring"
    shown = {name: getattr(face, name) for name in face.__all__}
    documented = {n: v for n, v in shown.items() if inspect.isclass(v) or inspect.isfunction(v)}
    assert [n for n, v in documented.items() if not (v.__doc__ or "").strip()] == []


def test_the_readme_of_a_member_names_its_modules():
    for module, member in MODULES.items():
        assert module in (members.PACKAGES / member / "README.md").read_text(), (member, module)
