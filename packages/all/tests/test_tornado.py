"""The package `tornado` itself, in processes of its own: the one of pytest has it already."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).parent.parent / "src"


def python(code, *path, check=True):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    if check:
        assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def place():
    """The folder that has tornado/__init__.py; as a search path nothing if it is installed."""
    installed = python("import tornado; print(tornado.__file__ or '')").stdout.strip()
    return [] if installed else [SOURCE]


@pytest.fixture(scope="module")
def init_file(place):
    path = python("import tornado; print(tornado.__file__)", *place).stdout.strip()
    return pathlib.Path(path)


def test_import_is_light(place):
    python(
        "import sys, tornado\n"
        "loaded = {'asyncio', 'importlib.metadata', 'tornado.util'} & set(sys.modules)\n"
        "assert not loaded, loaded",
        *place,
    )


def test_version(place):
    python(
        "import tornado\n"
        "assert tornado.version == '6.6.1'\n"
        "assert tornado.version_info >= (6, 6)\n"
        "import tornado.util\n"
        "assert tornado.version is tornado.util.version",
        *place,
    )


def test_modules_are_attributes(place):
    python(
        "import sys, tornado\n"
        "assert tornado.escape.json_encode([1]) == '[1]'\n"
        "assert tornado.escape is sys.modules['tornado.escape']\n"
        "from tornado import locale\n"
        "assert locale.get().code == 'en_US'\n"
        "import tornado.options\n"
        "assert tornado.options.options",
        *place,
    )


def test_all_and_dir(place):
    python(
        "import tornado\n"
        "needed = {'util', 'log', 'escape', 'options', 'locale', 'ioloop', 'platform', 'version'}\n"
        "assert needed <= set(tornado.__all__), tornado.__all__\n"
        "assert needed <= set(dir(tornado))\n"
        "assert not any(name.startswith('_') for name in tornado.__all__)",
        *place,
    )


def test_every_module_can_be_imported(place):
    python(
        "from tornado import *\n"
        "import tornado, types\n"
        "for name in tornado.__all__:\n"
        "    assert name.startswith('version') or type(globals()[name]) is types.ModuleType",
        *place,
    )


def test_what_is_not_there(place):
    python(
        "import tornado\n"
        "assert not hasattr(tornado, 'nothing')\n"
        "assert not hasattr(tornado, '_private')\n"
        "assert not hasattr(tornado, '__wrapped__')\n"
        "try:\n"
        "    tornado.nothing\n"
        "except AttributeError as error:\n"
        "    assert 'nothing' in str(error)\n",
        *place,
    )


def test_parts_in_other_folders_are_found(place, tmp_path):
    part = tmp_path / "tornado" / "extra"
    part.mkdir(parents=True)
    (part / "__init__.py").write_text("value = 5")
    python(
        "import tornado\n"
        "assert tornado.extra.value == 5\n"
        "assert 'extra' in tornado.__all__\n"
        "assert tornado.util.ObjectDict",
        *place,
        tmp_path,
    )


def test_an_import_that_fails_inside_says_so(place, tmp_path):
    part = tmp_path / "tornado" / "broken"
    part.mkdir(parents=True)
    (part / "__init__.py").write_text("import not_installed_at_all")
    done = python("import tornado; tornado.broken", *place, tmp_path, check=False)
    assert "No module named 'not_installed_at_all'" in done.stderr


def test_another_tornado_elsewhere_is_not_mixed_in(init_file, tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    (ours / "tornado").mkdir(parents=True)
    shutil.copy(init_file, ours / "tornado")
    (theirs / "tornado").mkdir(parents=True)
    (theirs / "tornado" / "__init__.py").write_text("")
    (theirs / "tornado" / "only_there.py").write_text("")
    done = python("import tornado; tornado.only_there", ours, theirs, check=False)
    assert "has no attribute 'only_there'" in done.stderr


@pytest.mark.parametrize("known", [True, False])
def test_another_tornado_in_the_same_folder_is_told_once(init_file, tmp_path, known):
    package = tmp_path / "tornado"
    package.mkdir()
    shutil.copy(init_file, package)
    (package / "web.py").write_text("")
    if known:
        (tmp_path / "tornado-6.5.2.dist-info").mkdir()
        (tmp_path / "tornado-6.5.2.dist-info" / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: tornado\nVersion: 6.5.2\n"
        )
    done = python("import tornado\nimport tornado\ntornado.__all__", tmp_path)
    name = "tornado 6.5.2" if known else "another tornado"
    assert done.stderr.count(f"RuntimeWarning: {name} is installed in {package} together") == 1
    assert "pip uninstall tornado" in done.stderr


def test_no_warning_without_the_other(place):
    assert python("import tornado; tornado.util", *place).stderr == ""


def test_typed(init_file):
    assert (init_file.parent / "py.typed").exists()
