"""What importing tornado.locale brings along."""

import subprocess
import sys


def test_import_is_light():
    code = (
        "import sys; before = set(sys.modules); import tornado.locale\n"
        "new = set(sys.modules) - before\n"
        "heavy = {'asyncio', 'socket', 'babel', 'tornado.util'} & new\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
