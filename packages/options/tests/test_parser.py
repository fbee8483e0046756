"""OptionParser: defining, reading and setting options."""

import io
import re
from unittest import mock

import pytest

from tornado.options import BadValue, Error, OptionParser, UnknownOption


@pytest.fixture
def parser():
    parser = OptionParser()
    parser.define("port", default=8000, help="port to listen on")
    parser.define("log-dir", default="/tmp", group="files")
    parser.define("hosts", type=str, multiple=True, group="files")
    parser.define("verbose", default=False)
    return parser


# -- the command line


def test_command_line(parser):
    rest = parser.parse_command_line(
        ["prog", "--port=80", "--verbose", "--log_dir=/a=b", "--hosts=x,y", "file", "--port=1"]
    )
    assert rest == ["file", "--port=1"]
    assert (parser.port, parser.verbose, parser.log_dir) == (80, True, "/a=b")
    assert parser.hosts == ["x", "y"]


def test_dash_and_underscore_are_the_same(parser):
    parser.parse_command_line(["prog", "--log-dir=a"])
    assert parser.log_dir == parser["log-dir"] == parser["log_dir"] == "a"
    parser.parse_command_line(["prog", "-log_dir=b"])
    assert parser.log_dir == "b"


def test_double_dash_ends_the_options(parser):
    assert parser.parse_command_line(["prog", "--port=1", "--", "--port=2"]) == ["--port=2"]
    assert parser.port == 1


def test_the_arguments_given_are_not_changed(parser):
    args = ["prog", "--port=1", "x"]
    parser.parse_command_line(args)
    assert args == ["prog", "--port=1", "x"]
    assert parser.parse_command_line([]) == []


def test_sys_argv_by_default(parser, monkeypatch):
    monkeypatch.setattr("sys.argv", ["prog", "--port=7", "rest"])
    assert parser.parse_command_line() == ["rest"]
    assert parser.port == 7


def test_the_last_one_wins(parser):
    parser.parse_command_line(["prog", "--port=1", "--port=2", "--verbose", "--verbose=false"])
    assert (parser.port, parser.verbose) == (2, False)


def test_an_unknown_option_is_told_with_a_suggestion(parser):
    with pytest.raises(UnknownOption, match=r"^unknown option --prot=1; did you mean --port\?$"):
        parser.parse_command_line(["prog", "--prot=1"])
    with pytest.raises(Error, match=r"^unknown option --zzzzz; see --help$"):
        parser.parse_command_line(["prog", "--zzzzz"])
    with pytest.raises(Error, match=r"unknown option -\b"):
        parser.parse_command_line(["prog", "-v"])


def test_a_missing_value_is_told_with_the_way_to_write_it(parser):
    with pytest.raises(BadValue, match="option port takes an int and got none: write --port=VALUE"):
        parser.parse_command_line(["prog", "--port", "80"])


# -- attributes and items


def test_reading_and_setting(parser):
    parser.port = 1
    assert parser["port"] == 1
    parser["port"] = 2
    assert parser.port == 2
    parser.port = None
    assert parser.port is None


def test_what_is_not_defined(parser):
    with pytest.raises(AttributeError, match="'prot' is defined; did you mean port"):
        parser.prot  # noqa: B018
    with pytest.raises(AttributeError, match="prot"):
        parser["prot"]
    with pytest.raises(AttributeError, match="prot"):
        parser.prot = 1
    with pytest.raises(AttributeError, match="prot"):
        parser["prot"] = 1
    assert not hasattr(parser, "prot")
    assert "prot" not in parser


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("port", "80", "option port takes an int, got '80'"),
        ("port", 1.5, r"option port takes an int, got 1.5 \(float\)"),
        ("hosts", "x", r"option hosts takes a list of str \(as text, .*\), got 'x'"),
        ("hosts", [1], r"option hosts takes a list of str .*, got \[1\] \(list\)"),
    ],
)
def test_setting_a_value_of_another_type(parser, name, value, sentence):
    before = parser[name]
    with pytest.raises(BadValue, match=f"^{sentence}$"):
        parser[name] = value
    assert parser[name] == before


def test_an_int_is_a_float_too():
    parser = OptionParser()
    parser.define("ratio", default=0.5)
    parser.ratio = 2
    assert type(parser.ratio) is float


def test_as_a_dictionary(parser):
    names = ["help", "port", "log-dir", "hosts", "verbose"]
    assert list(parser) == names
    assert [name for name, _ in parser.items()] == names
    assert parser.as_dict()["port"] == 8000
    assert "log_dir" in parser
    assert "port" in parser
    # what a dict had until 2.4
    assert parser.keys() == names
    assert 8000 in parser.values()
    assert parser.get("port") == 8000
    assert parser.get("nothing", 3) == 3
    assert dict(parser) == parser.as_dict()


def test_an_option_wins_over_a_method_of_dict(parser):
    parser.define("values", default=3)
    assert parser.values == 3


def test_dir_lists_the_options(parser):
    assert {"port", "define"} <= set(dir(parser))


def test_groups(parser):
    assert parser.groups() == {"", "files", __file__}
    assert parser.group_dict("files") == {"log-dir": "/tmp", "hosts": []}
    assert set(parser.group_dict(__file__)) == {"port", "verbose"}
    assert parser.group_dict("none such") == {}
    assert parser.group_dict("") == parser.as_dict()


# -- define


def test_type_is_inferred_from_the_default():
    parser = OptionParser()
    parser.define("a", default=1.5)
    parser.define("b")
    parser.parse_command_line(["prog", "--a=2", "--b=2"])
    assert (parser.a, parser.b) == (2.0, "2")


@pytest.mark.parametrize("again", ["port", "log_dir"])
def test_a_name_defined_twice(parser, again):
    with pytest.raises(Error, match=rf"option {again} is defined already in .*test_parser\.py"):
        parser.define(again)


def test_callback_hears_of_every_value():
    parser, heard = OptionParser(), []
    parser.define("x", default=1, callback=heard.append)
    parser.define("many", type=int, multiple=True, callback=heard.append)
    parser.parse_command_line(["prog", "--x=2", "--many=1,2"])
    parser.x = 3
    assert heard == [2, [1, 2], 3]


def test_callback_can_refuse_a_value():
    def even(value):
        if value % 2:
            raise ValueError("it must be even")

    parser = OptionParser()
    parser.define("x", default=0, callback=even)
    with pytest.raises(BadValue, match=r"^option x takes an int, got '3': it must be even$"):
        parser.parse_command_line(["prog", "--x=3"])


def test_callback_may_read_a_config_file(tmp_path):
    path = tmp_path / "x.conf"
    path.write_text("port = 9")
    parser = OptionParser()
    parser.define("port", default=1)
    parser.define(
        "config", type=str, callback=lambda path: parser.parse_config_file(path, final=False)
    )
    parser.parse_command_line(["prog", f"--config={path}"])
    assert parser.port == 9


def test_parse_callbacks_run_once_per_final_parse(parser):
    runs = []
    parser.add_parse_callback(lambda: runs.append(parser.port))
    parser.parse_command_line(["prog", "--port=1"], final=False)
    assert runs == []
    parser.parse_command_line(["prog", "--port=2"])
    assert runs == [2]
    parser.run_parse_callbacks()
    assert runs == [2, 2]


# -- help


def test_help_is_printed_and_ends_the_program(parser, capsys):
    with pytest.raises(SystemExit) as caught:
        parser.parse_command_line(["prog", "--help", "--port=x"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert re.search(r"^  --port +port to listen on \(default 8000\)$", text, re.MULTILINE)
    assert "files options:" in text


def test_help_layout(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    parser = OptionParser()
    parser.define("x", help="word " * 30, metavar="A|B", default="A", group="g")
    parser.define("a_very_long_name_of_an_option_for_help", type=int, group="g")
    out = io.StringIO()
    parser.print_help(out)
    lines = out.getvalue().splitlines()
    assert all(len(line) <= 80 for line in lines if line.startswith("  "))
    assert lines[0].startswith("Usage: ")
    x = next(i for i, line in enumerate(lines) if line.startswith("  --x=A|B "))
    assert lines[x + 1].startswith(" " * 35 + "word")
    assert "  --a-very-long-name-of-an-option-for-help" in lines


def test_help_goes_to_stderr_by_default(parser, capsys):
    parser.print_help()
    assert "Usage" in capsys.readouterr().err


# -- mockable


def test_mock_patch(parser):
    with mock.patch.object(parser.mockable(), "port", 9999):
        assert parser.port == 9999
    assert parser.port == 8000
    parser.port = 5
    with mock.patch.object(parser.mockable(), "port", 9999):
        assert parser.port == 9999
    assert parser.port == 5


def test_one_patch_per_mockable(parser):
    mockable = parser.mockable()
    mockable.port = 1
    with pytest.raises(RuntimeError, match="port is patched already"):
        mockable.port = 2
    del mockable.port
    assert parser.port == mockable.port == 8000
