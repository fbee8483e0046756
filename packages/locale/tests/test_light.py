"""What importing tornado.locale brings along."""

import subprocess
import sys


def test_import_is_light():
    code = (
        "import sys, tornado.locale\n"
        "heavy = {'asyncio', 'socket', 'babel', 'tornado.util'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
