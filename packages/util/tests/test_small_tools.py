"""The small tools of tornado.util."""

import datetime
import pickle
import re
import subprocess
import sys
import traceback
import unittest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tornado.util
from tornado.util import (
    ArgReplacer,
    ObjectDict,
    errno_from_exception,
    exec_in,
    import_object,
    raise_exc_info,
    re_unescape,
    timedelta_to_seconds,
)

# -- ObjectDict


def test_object_dict_reads_writes_deletes_both_ways():
    d = ObjectDict(a=1)
    d.b = 2
    d["c"] = 3
    assert (d.a, d["b"], d.c) == (1, 2, 3)
    del d.a
    assert d == {"b": 2, "c": 3}


def test_object_dict_missing_key_is_the_error_of_the_notation():
    d = ObjectDict()
    with pytest.raises(AttributeError, match="'x'"):
        d.x  # noqa: B018
    with pytest.raises(AttributeError, match="'x'"):
        del d.x
    with pytest.raises(KeyError):
        d["x"]
    assert not hasattr(d, "x")


def test_object_dict_pickles_as_itself():
    d = pickle.loads(pickle.dumps(ObjectDict(a=1)))
    assert type(d) is ObjectDict
    assert d.a == 1


# -- import_object


def test_import_object_module_and_attribute():
    import json
    import os.path

    assert import_object("json") is json
    assert import_object("json.dumps") is json.dumps
    assert import_object("os.path") is os.path
    assert import_object("tornado.util") is tornado.util
    assert import_object("tornado.util.ObjectDict.get") is ObjectDict.get


def test_import_object_imports_submodules(tmp_path, monkeypatch):
    package = tmp_path / "imp_sample"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "inner" / "__init__.py").write_text("")
    (package / "inner" / "leaf.py").write_text("value = 7")
    (package / "broken.py").write_text("import imp_sample_is_not_there")
    monkeypatch.syspath_prepend(tmp_path)
    assert import_object("imp_sample.inner.leaf.value") == 7
    # An import that fails inside is not disguised as a missing attribute.
    with pytest.raises(ModuleNotFoundError, match="imp_sample_is_not_there"):
        import_object("imp_sample.broken.x")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("json.nothing", ImportError),
        ("no_such_module_at_all", ImportError),
        ("no_such_module_at_all.x", ImportError),
        ("json.dumps.x", ImportError),
        ("", ValueError),
        ("json..dumps", ValueError),
        (".json", ValueError),
        (b"json", TypeError),
        (None, TypeError),
    ],
)
def test_import_object_errors(name, error):
    with pytest.raises(error):
        import_object(name)


# -- ArgReplacer


def call(a, callback=None, *, key=None):
    return a, callback, key


@pytest.mark.parametrize(
    ("args", "kwargs", "old", "new_args", "new_kwargs"),
    [
        ((1, "old"), {}, "old", [1, "new"], {}),
        ((1,), {"callback": "old"}, "old", (1,), {"callback": "new"}),
        ((1,), {}, None, (1,), {"callback": "new"}),
        ((), {"a": 1}, None, (), {"a": 1, "callback": "new"}),
    ],
)
def test_arg_replacer(args, kwargs, old, new_args, new_kwargs):
    replacer = ArgReplacer(call, "callback")
    assert replacer.get_old_value(args, kwargs) == old
    got_old, got_args, got_kwargs = replacer.replace("new", args, dict(kwargs))
    assert got_old == old
    assert list(got_args) == list(new_args)
    assert got_kwargs == new_kwargs
    assert call(*got_args, **got_kwargs)[1] == "new"


def test_arg_replacer_default_and_no_side_effect():
    replacer = ArgReplacer(call, "callback")
    assert replacer.get_old_value((1,), {}, "default") == "default"
    kwargs = {"callback": "old"}
    replacer.replace("new", (1,), kwargs)
    assert kwargs == {"callback": "old"}


def test_arg_replacer_keyword_only_bound_and_wrapped():
    import functools

    assert ArgReplacer(call, "key").replace("k", (1, 2), {})[2] == {"key": "k"}
    assert ArgReplacer(call, "other").arg_pos is None

    class Client:
        def fetch(self, url, callback=None):
            return url, callback

    assert ArgReplacer(Client.fetch, "callback").arg_pos == 2
    assert ArgReplacer(Client().fetch, "callback").arg_pos == 1

    @functools.wraps(call)
    def wrapper(*args, **kwargs):
        return call(*args, **kwargs)

    assert ArgReplacer(wrapper, "callback").arg_pos == 1


# -- exceptions


def test_raise_exc_info_keeps_type_value_and_traceback():
    def origin():
        raise KeyError("k")

    try:
        origin()
    except KeyError:
        info = sys.exc_info()
    with pytest.raises(KeyError) as caught:
        raise_exc_info(info)
    assert caught.value is info[1]
    assert "origin" in "".join(traceback.format_tb(caught.value.__traceback__))


def test_raise_exc_info_without_an_exception():
    with pytest.raises(TypeError, match="nothing to raise"):
        raise_exc_info((None, None, None))


def test_errno_from_exception():
    class Odd(Exception):
        errno = 9

    assert errno_from_exception(OSError(2, "x")) == 2
    assert errno_from_exception(OSError()) is None
    assert errno_from_exception(Odd("text")) == 9
    assert errno_from_exception(Exception(5)) == 5
    assert errno_from_exception(Exception()) is None


def test_timeout_error_is_the_builtin():
    import asyncio

    assert tornado.util.TimeoutError is TimeoutError
    assert tornado.util.TimeoutError is asyncio.TimeoutError


# -- text


@given(st.text())
def test_re_unescape_undoes_re_escape(text):
    assert re_unescape(re.escape(text)) == text


@pytest.mark.parametrize("pattern", [r"\d", r"\1", r"abc\b", r"\Z"])
def test_re_unescape_refuses_what_escape_never_writes(pattern):
    with pytest.raises(ValueError, match=r"no single text"):
        re_unescape(pattern)


def test_type_names():
    assert tornado.util.unicode_type is str
    assert tornado.util.bytes_type is bytes
    assert tornado.util.basestring_type is str
    assert tornado.util.b("caf\xe9") == b"caf\xe9"
    assert tornado.util.u("x") == "x"
    assert tornado.util.PY3 is True
    assert tornado.util.is_finalizing() is False


# -- the rest


def test_exec_in():
    namespace = {}
    exec_in("from math import pi\nx = 1", namespace)
    assert namespace["x"] == 1
    exec_in(compile("y = x + 1", "<here>", "exec"), namespace)
    assert namespace["y"] == 2
    local = {}
    exec_in("z = y", namespace, local)
    assert local == {"z": 2}
    assert "z" not in namespace


def test_timedelta_to_seconds():
    assert timedelta_to_seconds(datetime.timedelta(minutes=1, microseconds=500_000)) == 60.5


def test_doctests_is_a_suite_for_load_tests():
    suite = tornado.util.doctests()
    assert isinstance(suite, unittest.TestSuite)
    result = unittest.TestResult()
    suite.run(result)
    assert result.wasSuccessful()


def test_version_is_the_api_level():
    assert tornado.util.version == "6.6.1"
    assert tornado.util.version_info == (6, 6, 1, 0)
    assert tornado.util.version_info >= (6, 6)


def test_face_names_exist_and_say_where_they_are_from():
    for module in (tornado.util, __import__("tornado.log", fromlist=["x"])):
        for name in module.__all__:
            shown = getattr(module, name)
            if (isinstance(shown, type) and shown is not TimeoutError) or callable(shown):
                origin = shown.__module__
                assert origin in (module.__name__, "builtins", "sys"), name


def test_import_is_light():
    code = (
        "import sys, tornado.util, tornado.log\n"
        "heavy = {'asyncio', 'curses', 'doctest', 'unittest', 'tornado.options'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
