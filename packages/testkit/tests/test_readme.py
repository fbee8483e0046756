"""The samples of the README run: the first by itself, the second by pytest."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_sample_of_unittest(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCKS[0]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    assert "Ran 2 tests" in done.stderr


def test_the_sample_of_pytest(run_pytest):
    suite = run_pytest(BLOCKS[1])
    assert suite.all_passed(), suite.output
    assert len(BLOCKS) == 2
