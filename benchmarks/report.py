"""The figures as a table, for a terminal or for Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from contenders import BASELINE
from measuring import Result

COLUMNS = ("contender", "CPU µs/request", "xT", "requests/s", "p50 ms", "p99 ms", "MiB")


def rows(results: Sequence[Result]) -> list[list[str]]:
    """The best first; those without figures last."""
    baseline = next((r for r in results if r.contender.name == BASELINE), None)
    shown = []
    for result in sorted(results, key=lambda r: median(r.cpu) if r.cpu else float("inf")):
        if not result.cpu:
            shown.append([result.contender.name, *["-"] * (len(COLUMNS) - 1)])
            continue
        ratio = result.ratio(baseline) if baseline else None
        shown.append(
            [
                result.contender.name,
                f"{median(result.cpu):.1f}",
                f"{ratio:.1f}" if ratio else "-",
                f"{median(result.rate):,.0f}",
                f"{median(result.p50):.2f}",
                f"{median(result.p99):.2f}",
                f"{result.resident / 2**20:.1f}",
            ]
        )
    return shown


def table(heads: Sequence[str], body: Sequence[Sequence[str]], markdown: bool) -> str:
    """First column to the left, figures to the right."""
    widths = [max(len(row[n]) for row in [heads, *body]) for n in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return f"| {' | '.join(padded)} |" if markdown else "  ".join(padded).rstrip()

    rule = ["-" * width for width in widths]
    if markdown:
        rule = [rule[0], *(dashes[:-1] + ":" for dashes in rule[1:])]
    return "\n".join(line(cells) for cells in [heads, rule, *body])


def problems(results: Sequence[Result]) -> list[str]:
    return [f"{result.contender.name}: {result.problem}" for result in results if result.problem]
