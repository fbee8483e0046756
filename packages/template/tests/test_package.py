"""The distribution as a whole: what importing it does, and that its README tells the truth."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import tornado.template

README = Path(__file__).parents[1] / "README.md"


def test_does_not_import_asyncio():
    code = (
        "import sys; from tornado.template import Template; Template('{{ 1 }}').generate();"
        "sys.exit('asyncio' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("missing", [True, False])
def test_escaping_with_and_without_c(missing):
    code = (
        "import sys\n"
        f"if {missing}: sys.modules['markupsafe'] = sys.modules['markupsafe._speedups'] = None\n"
        "from tornado.template import Template\n"
        "out = Template('{{ x }}{{ y }}{% raw x %}').generate(x='<\\'\"&#34;', y=b'\\'<')\n"
        "assert out == b'&lt;&#x27;&quot;&amp;#34;&#x27;&lt;<\\'\"&#34;', out"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_escaping_over_a_function_in_c_when_there_is_none_here():
    """The way of templates over markupsafe, with a stand-in that does the same."""
    code = (
        "import sys, types\n"
        "def inner(s):\n"
        "    s = s.replace('&', '&amp;').replace('>', '&gt;').replace('<', '&lt;')\n"
        "    return s.replace(\"'\", '&#39;').replace('\"', '&#34;')\n"
        "package = types.ModuleType('markupsafe'); module = types.ModuleType('_speedups')\n"
        "module._escape_inner = inner; package._speedups = module; package.__path__ = []\n"
        "sys.modules['markupsafe'] = package; sys.modules['markupsafe._speedups'] = module\n"
        "from tornado.template import Template\n"
        "out = Template('{{ x }}{{ 1 }}').generate(x='<\\'\"&#34;')\n"
        "assert out == b'&lt;&#x27;&quot;&amp;#34;1', out\n"
        "out = Template('{{ x }}').generate(x='<&#34;', xhtml_escape=lambda b: b)\n"
        "assert out == b'<&#34;', out"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_face():
    for name in tornado.template.__all__:
        assert getattr(tornado.template, name).__module__ == "tornado.template"


@pytest.mark.parametrize("sample", re.findall(r"```python\n(.*?)```", README.read_text(), re.S))
def test_readme(sample, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(sample, str(README), "exec"), {})
