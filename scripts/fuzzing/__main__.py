"""Arguments and the report; see scripts/fuzz."""

import argparse
import os
import sys
import time
from pathlib import Path

from fuzzing.runner import MEMORY_LIMIT, Tally, make_case, run, save

ROOT = Path(__file__).resolve().parent.parent.parent
MEGABYTE = 1_000_000


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=2_000_000, help="cases (2,000,000)")
    parser.add_argument("--seed", type=int, default=1, help="decides every case (1)")
    parser.add_argument("--seconds", type=float, default=0, help="stop after so long")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--case", type=int, default=-1, help="run this one case, without a net")
    parser.add_argument("--save", type=Path, default=ROOT / "build" / "fuzz", metavar="DIRECTORY")
    return parser.parse_args()


def _again(seed: int, number: int) -> int:
    name, case = make_case(seed, number)
    print(f"case {number} of seed {seed}: {name}, {len(case.data)} bytes")
    case.check()
    print("passes")
    return 0


def _report(tally: Tally, seed: int, took: float, directory: Path) -> int:
    each = ", ".join(f"{name} {count:,}" for name, count in sorted(tally.cases.items()))
    print(f"{tally.total:,} cases in {took:.0f} s, {tally.total / took:,.0f} a second ({each})")
    print(f"peak memory {tally.peak / MEGABYTE:.0f} MB of {MEMORY_LIMIT / MEGABYTE:.0f} MB allowed")
    for failure in tally.failures:
        path = save(failure, seed, directory)
        reason = failure.error.strip().splitlines()[-1]
        print(f"FAILED: {failure.target}: {reason}")
        print(f"    again: scripts/fuzz --seed {seed} --case {failure.number}    input: {path}")
    print(f"{tally.failed:,} failures")
    return int(tally.failed > 0 or tally.peak > MEMORY_LIMIT)


def main() -> int:
    """0, or 1 on a failure or too much memory."""
    options = _arguments()
    if options.case >= 0:
        return _again(options.seed, options.case)
    start = time.monotonic()
    live = sys.stderr.isatty()

    def told(tally: Tally) -> None:
        if live:
            text = f"\r{tally.total:,} of {options.count:,}, {tally.failed:,} failures "
            print(text, end="", file=sys.stderr, flush=True)

    tally = run(options.seed, options.count, options.jobs, options.seconds, told)
    return _report(tally, options.seed, time.monotonic() - start, options.save)


if __name__ == "__main__":
    sys.exit(main())
