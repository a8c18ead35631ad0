"""`bin/bench faults --json FILE`: what breaks on purpose while members order, and what is counted afterwards.

Without a choice, every fault of one machine; `--only postgresql_killed,network_cut` chooses. `--failover`: several
machines; `--drill`: backup and restore; `--uploads`: six heavy files at once; `--all`: everything but those.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/bench faults", description=__doc__)
    parser.add_argument("--failover", action="store_true", help="The machine of the primary database dies.")
    parser.add_argument(
        "--cut", action="store_true", help="With --failover: the network between them is cut for 30 s too."
    )
    parser.add_argument("--drill", action="store_true", help="Backup under load, restore, back to a moment.")
    parser.add_argument("--uploads", action="store_true", help="Six heavy files at once, while others ask for pages.")
    parser.add_argument("--only", default="", help="Faults of one machine (with --uploads: kinds of files), by comma.")
    parser.add_argument("--all", action="store_true", help="One machine, several machines, the drill.")
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


def _chosen(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    large = not options.small
    if options.uploads:
        from . import uploads

        only = [name for name in options.only.split(",") if name]
        yield "uploads", lambda: uploads.run(echo=say, only=only)
        return
    if options.all or options.only or not (options.drill or options.failover):
        yield from _of_one_machine(options.only, large=large)
    if options.all or options.drill:
        from . import drill

        yield "drill", lambda: drill.run(large=large, echo=say)
    if options.all or options.failover:
        from . import failover

        yield "failover", lambda: failover.run(large=large, cut=options.cut, echo=say)


def _of_one_machine(only: str, *, large: bool) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    from . import single

    names = [name for name in only.split(",") if name] or list(single.FAULTS)
    say("A database, migrated once")
    with single.template() as made:
        for name in names:
            if why := single.missing(name):
                say(f"{name} is left out: it {why}")
                continue
            yield name, lambda name=name: single.run(name, made, seconds=30 if large else 16, echo=say)


def say(text: str) -> None:
    sys.stdout.write(f"▸ {text}\n")
    sys.stdout.flush()
