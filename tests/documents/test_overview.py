"""The overview: hello with options, reverse and wrap, widget, and its list of status codes."""

import json
import subprocess
import sys

from programs import ROOT

STATUS = "curl -o /dev/null -w %{http_code} "


def test_hello_with_options(hello, curl):
    program = hello("hello_options.py")
    assert curl(program, "$ curl http://localhost:8000/") == "Hello, friendly user!"
    line = "$ curl http://localhost:8000/?greeting=Salutations"
    assert curl(program, line) == "Salutations, friendly user!"


def test_options_are_listed_and_a_wrong_one_is_named():
    program = str(ROOT / "demos/helloworld/hello_options.py")
    told = subprocess.run([sys.executable, program, "--help"], capture_output=True, text=True)
    assert "--port" in told.stdout + told.stderr
    assert "run on the given port" in told.stdout + told.stderr
    wrong = subprocess.run([sys.executable, program, "--prot=1"], capture_output=True, text=True)
    assert wrong.returncode != 0
    assert "prot" in wrong.stderr


def test_a_port_in_use_is_one_clear_sentence(run):
    port = run("tutorial/reverse_wrap.py").port
    program = str(ROOT / "demos/tutorial/reverse_wrap.py")
    again = subprocess.run(
        [sys.executable, program, f"--port={port}"], capture_output=True, text=True
    )
    assert again.returncode == 1
    assert str(port) in again.stderr
    assert "in use" in again.stderr
    assert again.stderr.count("\n") == 1


def test_reverse_and_wrap(run, curl):
    program = run("tutorial/reverse_wrap.py")
    assert curl(program, "$ http://localhost:8000/reverse/slipup") == "pupils"
    text = "Lorem+ipsum+dolor+sit+amet,+consectetuer+adipiscing+elit."
    printed = "Lorem ipsum dolor sit amet, consectetuer adipiscing elit."
    wrapped = curl(program, f"$ http://localhost:8000/wrap -d text={text}")
    assert wrapped.split() == printed.split()
    # Forty characters a line unless asked otherwise.
    assert wrapped.splitlines() == ["Lorem ipsum dolor sit amet, consectetuer", "adipiscing elit."]
    narrow = curl(program, f"$ http://localhost:8000/wrap -d text={text} -d width=12")
    assert narrow.splitlines()[0] == "Lorem ipsum"
    assert curl(program, f"http://localhost:8000/wrap -d text={text} -d width=80") == printed


def test_widget(run, curl):
    program = run("tutorial/widget.py")
    assert json.loads(curl(program, "http://localhost:8000/widget/1")) == {"foo": "bar"}
    assert curl(program, "http://localhost:8000/widget/1 -d foo=new") == ""
    assert json.loads(curl(program, "http://localhost:8000/widget/1")) == {"foo": "new"}


def test_404_when_no_pattern_matches(run, curl):
    program = run("tutorial/reverse_wrap.py")
    assert curl(program, STATUS + "http://localhost:8000/nowhere") == "404"
    assert curl(program, STATUS + "http://localhost:8000/reverse/two%20words") == "404"


def test_400_when_an_argument_without_default_is_missing(run, curl):
    program = run("tutorial/reverse_wrap.py")
    assert curl(program, STATUS + "http://localhost:8000/wrap -d width=12") == "400"


def test_405_when_the_handler_has_no_such_method(run, curl):
    program = run("tutorial/reverse_wrap.py")
    assert curl(program, STATUS + "http://localhost:8000/reverse/slipup -d a=b") == "405"
    assert curl(program, STATUS + "http://localhost:8000/wrap") == "405"


def test_500_when_the_program_raises(run, curl):
    program = run("tutorial/reverse_wrap.py")
    assert curl(program, STATUS + "http://localhost:8000/wrap -d text=a -d width=wide") == "500"
    assert "ValueError" in program.output
    # It is one request that failed, not the program.
    assert curl(program, "http://localhost:8000/reverse/slipup") == "pupils"


def test_200_unless_something_else_is_set(run, curl):
    program = run("tutorial/reverse_wrap.py")
    assert curl(program, STATUS + "http://localhost:8000/reverse/slipup") == "200"
    assert curl(program, STATUS + "http://localhost:8000/wrap -d text=a") == "200"
