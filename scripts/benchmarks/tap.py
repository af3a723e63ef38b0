"""What `seastool tap` adds to the way from an event to its reply.

Played by us, the proxy sends one event and waits for the reply of a bare server on the other
socket: through nothing, and through a tap. Both take turns in the same run, one trip at a time.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.child import MICROSECONDS, Child
from benchmarks.endpoints import ECHO
from benchmarks.feeder import FIRST_CALL, INVITE, Feeder
from benchmarks.load import SEASTOOL
from benchmarks.table import Bar, Row

WARMING: Final = 200  # trips that are not counted
ROUNDS: Final = 10
TURN: Final = 20  # trips of each before the other's
TAIL: Final = 0.99
SCRIPT: Final = """
def on_frame(frame, context):
    context.sip(frame)
"""


class Way(NamedTuple):
    """What lies between. options: of the tap, None for no tap at all."""

    name: str
    options: tuple[str, ...] | None


class Trips(Feeder):
    """A proxy that sends one event at a time."""

    def trip(self, call: int) -> float:
        """Seconds from an event to the whole reply. Raises: RuntimeError, TimeoutError."""
        frame = self._frame(INVITE, call)
        start = time.perf_counter()
        self._event.sendall(frame)
        data = self._replies()
        while len(data) < int.from_bytes(data[:4], "big"):
            data += self._replies()
        return time.perf_counter() - start


def tap_rows(trips: int) -> Iterator[Row]:
    """So many trips each way."""
    with tempfile.TemporaryDirectory(prefix="seastool-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        script = folder / "script.py"
        script.write_text(SCRIPT)
        ways = (
            Way("direct", None),
            Way("tap", ("--quiet",)),
            Way("--write", ("--quiet", "--write", str(folder / "x.pcapng"))),
            Way("--script", ("--quiet", "--script", str(script))),
            Way("list", ()),
        )
        feeders = [_start(stack, folder / str(n), way) for n, way in enumerate(ways)]
        times = _times(feeders, trips)
    direct, tap, *others = times
    for share, words in ((0.5, "p50"), (TAIL, "p99")):
        told = ", ".join(
            f"with {way.name} {_added(found, direct, share):.0f} µs"
            for way, found in zip(ways[2:], others, strict=True)
        )
        yield Row(
            f"what `tap` adds to the way from an event to its reply, {words}",
            _added(tap, direct, share),
            " µs",
            Bar(None, None, False),
            f"{ROUNDS} rounds of {trips // ROUNDS:,} trips each, in turns, median of the rounds; "
            f"direct {_told(direct, share)} µs, through the tap {_told(tap, share)} µs; {told}",
        )


def _start(stack: ExitStack, folder: Path, way: Way) -> Trips:
    """A bare server, connected through what lies between."""
    folder.mkdir()
    feeder = Trips()
    stack.callback(feeder.close)
    port = feeder.port
    if way.options is not None:
        ready = folder / "ready"
        options = ["--listen", ":0", "--to", f"127.0.0.1:{port}", "--ready-file", str(ready)]
        tap = stack.enter_context(Child([*SEASTOOL, "tap", *options, *way.options], folder / "tap"))
        port = int(tap.wait_for(ready).rpartition(":")[2])
    stack.enter_context(Child([sys.executable, str(ECHO), str(port), "each"], folder / "server"))
    feeder.take_bare()
    return feeder


def _times(feeders: list[Trips], trips: int) -> list[list[list[float]]]:
    """Seconds of each trip, by feeder and round."""
    for feeder in feeders:
        for i in range(WARMING):
            feeder.trip(FIRST_CALL + i)
    times: list[list[list[float]]] = [[] for _ in feeders]
    for _ in range(ROUNDS):
        for found in times:
            found.append([])
        for first in range(0, trips // ROUNDS, TURN):
            for feeder, found in zip(feeders, times, strict=True):
                found[-1] += (feeder.trip(FIRST_CALL + first + i) for i in range(TURN))
    return times


def _quantile(times: list[float], share: float) -> float:
    """In microseconds."""
    return sorted(times)[int(len(times) * share)] * MICROSECONDS


def _told(rounds: list[list[float]], share: float) -> str:
    """The quantile of each round: the middle one, and from where to where they go."""
    found = sorted(_quantile(times, share) for times in rounds)
    return f"{statistics.median(found):.0f} ({found[0]:.0f} to {found[-1]:.0f})"


def _added(rounds: list[list[float]], direct: list[list[float]], share: float) -> float:
    """The median of what each round has added, in microseconds."""
    return statistics.median(
        _quantile(one, share) - _quantile(other, share)
        for one, other in zip(rounds, direct, strict=True)
    )
