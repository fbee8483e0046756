"""How fast templates render, against other interpreters with a ``tornado`` of their own.

    python benchmarks/template_bench.py [OTHER_PYTHON ...]

Each interpreter runs the same pages in a process of its own, in turns, several rounds; the best
round counts. The first interpreter is the one that runs this file; ratios are to the second.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

PAGES = {
    "20 rows": """<html><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
<table>
{% for row in rows %}<tr><td>{{ row["id"] }}</td><td>{{ row["name"] }}</td>
  <td>{{ row["text"] }}</td></tr>
{% end %}</table></body></html>
""",
    "20 rows, 1 field": "<ul>{% for row in rows %}<li>{{ row['name'] }}</li>{% end %}</ul>",
    "hello": "<p>Hello {{ title }}</p>",
}
ROUNDS = 5


def measure() -> dict[str, float]:
    """Microseconds per page."""
    from tornado.template import Template

    rows = [
        {"id": i, "name": f"Name {i}", "text": f"<b>bold & {i}</b>" if i % 4 == 0 else f"plain {i}"}
        for i in range(20)
    ]
    result = {}
    for name, text in PAGES.items():
        generate = Template(text).generate
        assert (name == "hello") or generate(title="a<b", rows=rows).count(b"Name") == 20
        count = 0
        start = time.perf_counter()
        while time.perf_counter() - start < 0.3:
            for _ in range(20):
                generate(title="The <title>", rows=rows)
            count += 20
        result[name] = (time.perf_counter() - start) / count * 1e6
    return result


def main(pythons: list[str]) -> None:
    best: list[dict[str, float]] = [{} for _ in pythons]
    for _ in range(ROUNDS):
        for python, figures in zip(pythons, best, strict=True):
            output = subprocess.check_output([python, __file__, "--measure"])
            for page, figure in json.loads(output).items():
                figures[page] = min(figure, figures.get(page, figure))
    for page in PAGES:
        figures = [f"{figure[page]:8.1f} us" for figure in best]
        if len(best) > 1:
            figures.append(f"{best[1][page] / best[0][page]:6.2f} times as fast")
        print(f"{page:18}", *figures)


if __name__ == "__main__":
    if sys.argv[1:] == ["--measure"]:
        print(json.dumps(measure()))
    else:
        main([sys.executable, *sys.argv[1:]])
