"""Both endpoints for minutes at a fixed rate: whether memory grows, and what is left at the end."""

import sys
import time
from collections.abc import Iterator

from benchmarks.load import GRACE_SECONDS, Load, Pair, running_pair
from benchmarks.table import Bar, Row

RATE = 500  # calls a second
SAMPLE_SECONDS = 10
SETTLED = 6  # samples: after the first minute
GROWTH = 1.1
Sample = tuple[float, float]


def endurance_rows(minutes: int) -> Iterator[Row]:
    """Resident memory at the end over that after the first minute, of each side."""
    calls = RATE * 60 * minutes
    with running_pair("--calls", str(calls), "--rate", f"{RATE}/s") as pair:
        samples = _samples(pair, minutes)
        load = pair.result(GRACE_SECONDS)
    for which, name in enumerate(("app server", "openser")):
        sizes = [sample[which] for sample in samples]
        settled, last = sizes[SETTLED - 1], sizes[-1]
        yield Row(
            f"memory of {name} after {minutes} minutes at {RATE} calls/s, over the first minute's",
            last / settled,
            "x",
            Bar(GROWTH, None, False),
            f"{settled:.1f} MB after a minute, {last:.1f} MB at the end, at most {max(sizes):.1f}",
        )
    yield _left_row(load)


def _samples(pair: Pair, minutes: int) -> list[Sample]:
    """Resident memory of the app server and of openser, every ten seconds while calls go on."""
    samples: list[Sample] = []
    begun = time.monotonic()
    for number in range(1, minutes * 60 // SAMPLE_SECONDS):
        time.sleep(max(0.0, begun + number * SAMPLE_SECONDS - time.monotonic()))
        samples.append((pair.server.resident, pair.openser.resident))
        if number % SETTLED == 0:
            server, openser = samples[-1]
            told = f"app server {server:.1f} MB, openser {openser:.1f} MB"
            print(f"bench: after {number // SETTLED} min: {told}", file=sys.stderr)
    return samples


def _left_row(load: Load) -> Row:
    return Row(
        "requests without an answer and calls not ended, of the same",
        load.left,
        "",
        Bar(0, None, False),
        f"{load.calls:,} calls in {load.seconds:.0f} s; INVITE to 200: {load.times}",
    )
