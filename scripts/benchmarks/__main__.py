"""Runs all measurements and prints the table; see scripts/bench."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import commands, messages
from benchmarks.table import Row, print_json, print_table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter captures, fewer rounds")
    parser.add_argument("--json", action="store_true", help="one JSON record")
    parser.add_argument("--check", action="store_true", help="exit code 1 if a floor is missed")
    parser.add_argument("--only", default="", help="rows whose group has this in its name")
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help=argparse.SUPPRESS)
    return parser.parse_args()


def _rows(options: argparse.Namespace) -> Iterator[Row]:
    packets, rounds, count = (20_000, 3, 1_500) if options.quick else (200_000, 7, 6_000)
    groups = {
        "fields": lambda: messages.five_field_rows(count, rounds),
        "build": lambda: messages.build_rows(count, rounds),
        "help": commands.start_rows,
        "small": lambda: commands.small_rows(options.work, rounds),
        "speed": lambda: commands.speed_rows(options.work, packets, rounds),
        "memory": lambda: commands.memory_rows(options.work, packets),
    }
    for name, rows in groups.items():
        if options.only in name:
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
