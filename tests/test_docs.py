"""Every sample of the README and of docs/ runs; every link of them leads to a file."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from absence import not_here
from samples import samples, try_program, try_server

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]
SAMPLES = [sample for page in PAGES for sample in samples(page)]
LAYERS = [
    "loop",
    "streams",
    "server",
    "httpclient",
    "web",
    "websocket",
    "sessions",
    "rooms",
    "testing",
    "template",
    "locale",
    "options",
    "escape",
]


@pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
def test_sample(sample, tmp_path):
    if not sample.answers:
        try_program(sample, tmp_path)
    elif shutil.which("curl"):
        try_server(sample, tmp_path)
    else:
        not_here("curl is not here; on Debian: apt-get install curl")


PYTEST_SAMPLES = [sample for sample in SAMPLES if "import pytest" in sample.code]


@pytest.mark.parametrize("sample", PYTEST_SAMPLES, ids=[sample.name for sample in PYTEST_SAMPLES])
def test_sample_of_pytest(sample, tmp_path):
    """Run by itself it would define tests, and no more."""
    (tmp_path / "test_sample.py").write_text(sample.code)
    plugin = ["-p", "no:tornado", "-p", "tornado.testing._pytest"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-c", os.devnull, *plugin, tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_has_a_page_with_samples(layer):
    assert samples(ROOT / "docs" / f"{layer}.md")


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    targets = [t for t in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in t]
    missing = [t for t in targets if not (page.parent / t.split("#")[0]).exists()]
    assert missing == []
