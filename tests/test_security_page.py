"""docs/security.md names tests: each is there, and each line of a table has one."""

import re

import pytest
from members import ROOT

PAGE = (ROOT / "docs/security.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| behavior", "| what |"))
]
TESTS = sorted({name for *_, tested in ROWS for name in re.findall(r"`([^`]+)`", tested)})


@pytest.mark.parametrize("name", TESTS)
def test_the_test_is_there(name):
    if name in ("rfc9110", "rfc9112", "advisories"):
        path = ROOT / f"tests/rfc/cases/{name}.toml"
    elif name.startswith("tests/"):
        path = ROOT / f"{name}.py"
    else:
        package, _, module = name.partition("/")
        path = ROOT / f"packages/{package}/tests/{module}.py"
    assert path.is_file()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_line_is_tested(row):
    assert "`" in row[-1]


def test_the_tables_are_read():
    assert len(ROWS) > 80
    assert len(TESTS) > 60
