"""`bin/bench faults --failover --drill`: what breaks on purpose, and what is counted afterwards."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/bench faults", description=__doc__)
    parser.add_argument("--failover", action="store_true", help="The machine of the primary database dies.")
    parser.add_argument(
        "--cut", action="store_true", help="With --failover: the network between them is cut for 30 s too."
    )
    parser.add_argument("--drill", action="store_true", help="Backup under load, restore, back to a moment.")
    parser.add_argument("--small", action="store_true", help="A short run, to see that it works.")
    parser.add_argument("--json", type=Path, help="Write the numbers there.")
    options = parser.parse_args(argv)
    found: dict[str, Any] = {}
    for name, run in _chosen(options):
        found[name] = run()
        print(json.dumps({name: found[name]}, indent=1, ensure_ascii=False, default=str), flush=True)
        if options.json:
            options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False, default=str), encoding="utf-8")
    return 0


def _chosen(options: argparse.Namespace) -> list[tuple[str, Callable[[], dict[str, Any]]]]:
    from . import drill, failover

    large = not options.small
    runs: list[tuple[str, Callable[[], dict[str, Any]]]] = []
    if options.drill:
        runs.append(("drill", lambda: drill.run(large=large, echo=say)))
    if options.failover:
        runs.append(("failover", lambda: failover.run(large=large, cut=options.cut, echo=say)))
    return runs


def say(text: str) -> None:
    sys.stdout.write(f"▸ {text}\n")
    sys.stdout.flush()
