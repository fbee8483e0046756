"""The distribution as a whole: what importing it does, and that its README tells the truth."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import tornado.escape

README = Path(__file__).parents[1] / "README.md"


def test_does_not_import_asyncio():
    code = "import sys, tornado.escape; sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_works_without_markupsafe():
    code = (
        "import sys; sys.modules['markupsafe'] = sys.modules['markupsafe._speedups'] = None\n"
        "from tornado.escape import _html, xhtml_escape\n"
        "assert _html.c_escape is None\n"
        "assert xhtml_escape('<\\'') == '&lt;&#x27;'"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_face():
    for name in tornado.escape.__all__:
        assert getattr(tornado.escape, name).__module__ == "tornado.escape"


@pytest.mark.parametrize("sample", re.findall(r"```python\n(.*?)```", README.read_text(), re.S))
def test_readme(sample):
    exec(compile(sample, str(README), "exec"), {})
