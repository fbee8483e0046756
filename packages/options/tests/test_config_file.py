"""Configuration files."""

import datetime

import pytest

from tornado.options import BadValue, Error, OptionParser


@pytest.fixture
def parser():
    parser = OptionParser()
    parser.define("port", default=80)
    parser.define("name", default="x")
    parser.define("log_dir", type=str)
    parser.define("ids", type=int, multiple=True)
    parser.define("start", type=datetime.datetime)
    return parser


@pytest.fixture
def config(tmp_path):
    def write(source):
        path = tmp_path / "server.conf"
        path.write_bytes(source.encode() if isinstance(source, str) else source)
        return str(path)

    return write


def test_values_of_every_kind(parser, config):
    parser.parse_config_file(
        config(
            "import os.path\n"
            "port = 8000 + 1\n"
            "name = 'caf\u00e9'\n"
            "ids = '1:3'\n"
            "start = '2020-01-31'\n"
            "log_dir = os.path.basename(os.path.dirname(__file__) + '/logs')\n"
            "helper = 3\n"
        )
    )
    assert parser.as_dict() == {
        "help": None,
        "port": 8001,
        "name": "caf\u00e9",
        "ids": [1, 2, 3],
        "start": datetime.datetime(2020, 1, 31),
        "log_dir": "logs",
    }


def test_text_is_read_as_on_the_command_line(parser, config):
    parser.parse_config_file(config("port = '5'; ids = [4, 5]; name = '5'"))
    assert (parser.port, parser.ids, parser.name) == (5, [4, 5], "5")


def test_encoding(parser, config):
    parser.parse_config_file(config("# coding: latin-1\nname = '\xe9'".encode("latin-1")))
    assert parser.name == "\xe9"
    parser.parse_config_file(config(b"\xef\xbb\xbfname = '\xc3\xa8'"))
    assert parser.name == "\xe8"


def test_path_objects(parser, config, tmp_path):
    config("port = 1")
    parser.parse_config_file(tmp_path / "server.conf")
    assert parser.port == 1


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("\n\nport = 'x'", r"server\.conf:3: option port takes an int, got 'x'$"),
        ("port = 2.5", r"server\.conf:1: option port takes an int, got 2\.5 \(float\)$"),
        ("name = b'x'", r"server\.conf:1: option name takes a str, got b'x' \(bytes\)$"),
        ("ids = 3", r"server\.conf:1: option ids takes a list of int .*, got 3 \(int\)$"),
        ("if True:\n  port = []", r"server\.conf:2: option port takes an int, got \[\]"),
        ("globals()['port'] = []", r"server\.conf: option port takes an int"),
        ("from os import name\nport = 'y'", r"server\.conf:2: option port"),
    ],
)
def test_a_bad_value_is_told_with_file_and_line(parser, config, source, sentence):
    with pytest.raises(BadValue, match=sentence):
        parser.parse_config_file(config(source))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("port = 1\nport = = 2\n", r"server\.conf:2: .* not valid Python"),
        (b"port = '\xff'", r"server\.conf.* configuration file"),
        (b"port = '\0'", r"server\.conf.* configuration file"),
    ],
)
def test_a_file_that_is_not_python(parser, config, source, sentence):
    with pytest.raises(Error, match=sentence):
        parser.parse_config_file(config(source))


def test_what_the_file_raises_comes_through_with_its_place(parser, config):
    with pytest.raises(ZeroDivisionError) as caught:
        parser.parse_config_file(config("port = 1\nport = 1 / 0"))
    last = caught.traceback[-1]
    assert (last.path.name, last.lineno + 1) == ("server.conf", 2)


def test_a_missing_file(parser, tmp_path):
    with pytest.raises(FileNotFoundError):
        parser.parse_config_file(str(tmp_path / "nothing.conf"))


def test_order_decides(parser, config):
    path = config("port = 1; name = 'file'")
    parser.parse_command_line(["prog", "--port=2"], final=False)
    parser.parse_config_file(path)
    assert (parser.port, parser.name) == (1, "file")
    parser.parse_command_line(["prog", "--port=2"])
    assert parser.port == 2


def test_overwrite_false_spares_what_is_set(parser, config):
    parser.parse_command_line(["prog", "--port=2"])
    parser.parse_config_file(config("port = 1; name = 'file'"), overwrite=False)
    assert (parser.port, parser.name) == (2, "file")


def test_final(parser, config):
    runs = []
    parser.add_parse_callback(lambda: runs.append(1))
    parser.parse_config_file(config("port = 1"), final=False)
    assert runs == []
    parser.parse_config_file(config("port = 1"))
    assert runs == [1]


def test_future_imports_of_the_package_do_not_leak(parser, config):
    parser.parse_config_file(config("def f(x: int): pass\nport = f.__annotations__['x'](3)"))
    assert parser.port == 3
