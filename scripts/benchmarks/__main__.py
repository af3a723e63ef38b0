"""Runs all measurements and prints the table; see scripts/bench."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import commands, endpoints, endurance, gateway, messages, real_proxy, tap
from benchmarks.table import Row, print_json, print_table

ON_REQUEST = frozenset({"endurance", "steady"})
"""Groups that take so long that they are measured by their whole name only."""
LEAST_MINUTES = 2  # the first one is what the others are held against


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter captures, fewer rounds")
    parser.add_argument("--json", action="store_true", help="one JSON record")
    parser.add_argument("--check", action="store_true", help="exit code 1 if a floor is missed")
    parser.add_argument("--only", default="", help="rows whose group has this in its name")
    parser.add_argument("--minutes", type=int, default=10, help="how long endurance runs")
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.minutes < LEAST_MINUTES:
        parser.error(f"--minutes: at least {LEAST_MINUTES}")
    return options


def _rows(options: argparse.Namespace) -> Iterator[Row]:
    packets, rounds, count = (20_000, 3, 1_500) if options.quick else (200_000, 7, 6_000)
    calls, seconds = (3_000, 5) if options.quick else (10_000, 30)
    groups = {
        "fields": lambda: messages.five_field_rows(count, rounds),
        "build": lambda: messages.build_rows(count, rounds),
        "help": commands.start_rows,
        "small": lambda: commands.small_rows(options.work, rounds),
        "speed": lambda: commands.speed_rows(options.work, packets, rounds),
        "memory": lambda: commands.memory_rows(options.work, packets),
        "calls": lambda: endpoints.call_rows(calls, min(rounds, 5)),
        "echo": lambda: endpoints.echo_rows(calls, min(rounds, 5)),
        "proxy": lambda: real_proxy.proxy_rows(seconds),
        "gateway": lambda: gateway.gateway_rows(min(rounds, 3)),
        "tap": lambda: tap.tap_rows(calls),
        "steady": lambda: gateway.steady_rows(options.minutes),
        "endurance": lambda: endurance.endurance_rows(options.minutes),
    }
    for name, rows in groups.items():
        if options.only == name or (options.only in name and name not in ON_REQUEST):
            print(f"bench: measuring {name}", file=sys.stderr)
            yield from rows()


def main() -> int:
    """0, or 1 with --check if a floor is missed."""
    options = _arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    rows = list(_rows(options))
    (print_json if options.json else print_table)(rows)
    missed = [row.what for row in rows if not row.bar.met(row.value)]
    return int(options.check and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
