"""Compares servers: CPU per request, as a ratio to upstream Tornado in the same run.

    python benchmarks/bench.py hello params
    hatch run bench hello --rounds 5 --markdown

See README.md beside this file for how to read the figures.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import contenders
import load
import measuring
import report
import scenarios
import syscalls
import venvs


def arguments() -> argparse.Namespace:
    table = contenders.table()
    parser = argparse.ArgumentParser(
        description=__doc__.partition("\n")[0] if __doc__ else "",
        epilog="scenarios: "
        + "; ".join(f"{s.name} ({s.what})" for s in scenarios.SCENARIOS.values())
        + ". contenders: "
        + "; ".join(f"{c.name} ({c.what})" for c in table.values())
        + ".",
    )
    parser.add_argument("scenario", nargs="+", choices=[*scenarios.SCENARIOS, "all"])
    parser.add_argument("--only", nargs="+", choices=list(table), metavar="CONTENDER")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3, help="of one round (default: 3)")
    parser.add_argument("--connections", type=int, help="default: 64, of WebSockets 50")
    parser.add_argument("--server-core", type=int, default=None, help="default: the last one")
    parser.add_argument("--client-core", type=int, default=None, help="default: the first one")
    parser.add_argument("--syscalls", action="store_true", help="count our system calls instead")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument(
        "--at-least",
        type=float,
        metavar="RATIO",
        help="exit with status 1 where the xT of ours is less",
    )
    parser.add_argument("--python", default=sys.executable, help="interpreter of the contenders")
    return parser.parse_args()


def cores(options: argparse.Namespace) -> measuring.Cores:
    usable = sorted(os.sched_getaffinity(0))
    client = usable[0] if options.client_core is None else options.client_core
    server = usable[-1] if options.server_core is None else options.server_core
    if client == server:
        print(
            "note: server and load generator share one core; only CPU and xT mean something",
            file=sys.stderr,
        )
    return measuring.Cores(server, client)


def connections(scenario: scenarios.Scenario, options: argparse.Namespace) -> int:
    return int(options.connections or scenario.connections)


def prepare(
    chosen: list[contenders.Contender], python: str
) -> list[tuple[contenders.Contender, Path]]:
    ready = []
    for contender in chosen:
        try:
            ready.append((contender, contenders.prepare(contender, python)))
        except contenders.Unavailable as error:
            print(f"{contender.name} is left out: {error}", file=sys.stderr)
    return ready


def show_syscalls(
    scenario: scenarios.Scenario,
    ready: list[tuple[contenders.Contender, Path]],
    options: argparse.Namespace,
) -> None:
    for contender, programs in ready:
        counted = syscalls.per_request(
            contender,
            programs,
            scenario,
            options.seconds,
            connections(scenario, options),
            cores(options),
        )
        body = [[name, f"{calls:.3f}"] for name, calls in counted.items() if calls >= 0.0005]
        body.append(["all", f"{sum(counted.values()):.3f}"])
        print(f"\n{scenario.name}: system calls per request, {contender.name}\n")
        print(report.table(("call", "per request"), body, options.markdown))


def show_comparison(
    scenario: scenarios.Scenario,
    ready: list[tuple[contenders.Contender, Path]],
    options: argparse.Namespace,
) -> bool:
    """Measures and prints; returns whether ours did what was asked for."""
    results = measuring.measure(
        scenario,
        ready,
        rounds=options.rounds,
        seconds=options.seconds,
        connections=connections(scenario, options),
        cores=cores(options),
    )
    print(f"\n{scenario.name}: {scenario.what}\n")
    print(report.table(report.COLUMNS, report.rows(results), options.markdown))
    for problem in report.problems(results):
        print(f"\n{problem}")
    named = {result.contender.name: result for result in results}
    ours, baseline = named.get("ours"), named.get(contenders.BASELINE)
    if options.at_least is not None:
        ratio = ours.ratio(baseline) if ours and baseline else None
        if ratio is None or ratio < options.at_least:
            got = "not measured" if ratio is None else f"{ratio:.1f} xT"
            print(f"\n{scenario.name}: ours is {got}, to be at least {options.at_least:g} xT")
            return False
    return ours is None or not ours.problem


def main() -> int:
    options = arguments()
    names = list(scenarios.SCENARIOS) if "all" in options.scenario else options.scenario
    if not scenarios.HTTP.isdisjoint(names):
        load.find_wrk()
    everyone = contenders.table()
    chosen = options.only or (["ours"] if options.syscalls else list(everyone))
    scenarios.write_static_file(contenders.STATIC_FOLDER)
    rows = [everyone[name] for name in chosen]
    rows = [row for row in rows if row.scenarios is None or not row.scenarios.isdisjoint(names)]
    ready = prepare(rows, options.python)
    good = True
    for name in names:
        if options.syscalls:
            show_syscalls(scenarios.SCENARIOS[name], ready, options)
        else:
            good = show_comparison(scenarios.SCENARIOS[name], ready, options) and good
    if not options.syscalls:
        print(f"\npython: {options.python}, {venvs.run([options.python, '--version']).strip()}")
        for contender, _ in ready:
            print(f"{contender.name}: {contenders.versions(contender)}")
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (load.LoadFailed, contenders.Unavailable) as error:
        sys.exit(f"bench: {error}")
