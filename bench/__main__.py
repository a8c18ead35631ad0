"""`bin/bench market --json FILE`, `bin/bench figures --json FILE`: numbers beside their floor, medians of several runs.

Works in a database of its own, made anew each time. `--only checkout,rush` chooses sections; `--times 1` is quicker.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql


def fresh_database() -> None:
    """Make an empty database and point DATABASE_URL to it, before Django reads its settings."""
    from pathlib import Path

    from maillage.core.postgres import embedded_url

    url = os.environ.get("BENCH_DATABASE_URL") or embedded_url(Path(os.environ["MAILLAGE_DATA"]))
    name = "maillage_bench"
    with psycopg.connect(url, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    head, _, query = url.partition("?")
    os.environ["DATABASE_URL"] = head.rsplit("/", 1)[0] + "/" + name + (f"?{query}" if query else "")
    os.environ["DJANGO_SETTINGS_MODULE"] = "maillage.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)


def market_sections() -> dict[str, Callable[[], dict[str, Any]]]:
    from . import market_checkout, market_close, market_place

    return {
        "place_order": market_place.place_order,
        "rush_processes": market_checkout.rush,
        "rush_threads": lambda: market_checkout.rush(threads=8),
        "catalogue": market_checkout.catalogue,
        "checkout": market_checkout.checkout,
        "close": market_close.close,
        "pages": market_close.pages,
        "clone": market_close.clone,
    }


def figures_sections() -> dict[str, Callable[[], dict[str, Any]]]:
    from . import figures

    return {"figures": lambda: {"scales": figures.run_all()}}


def median_of(runs: list[Any]) -> Any:
    """The median of each number that the runs share; other values are the first run's."""
    first = runs[0]
    if isinstance(first, dict):
        return {key: median_of([run[key] for run in runs if key in run]) for key in first}
    if isinstance(first, list):
        return [median_of(list(parts)) for parts in zip(*runs, strict=False)]
    if isinstance(first, bool) or not isinstance(first, int | float):
        return first
    return round(statistics.median(runs), 4)


def main() -> int:
    if sys.argv[1:2] == ["faults"]:
        from . import faults

        return faults.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("suite", choices=["market", "figures"])
    parser.add_argument("--json", help="Write the numbers there.")
    parser.add_argument("--only", default="", help="Sections, by comma.")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    print("▸ A database of its own, migrated", flush=True)
    fresh_database()
    sections = market_sections() if options.suite == "market" else figures_sections()
    chosen = [name for name in options.only.split(",") if name] or list(sections)
    times = options.times if options.suite == "market" else 1
    results: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "times": times,
    }
    for name in chosen:
        runs = []
        for n in range(times):
            started = time.monotonic()
            runs.append(sections[name]())
            print(f"▸ {name} {n + 1}/{times} in {time.monotonic() - started:.0f} s", flush=True)
        results[name] = median_of(runs)
        print(json.dumps({name: results[name]}, indent=1, ensure_ascii=False, default=str), flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1, ensure_ascii=False, default=str)
    return 0


if __name__ == "__main__":
    sys.exit(main())
