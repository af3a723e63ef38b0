"""`seastool appserver --behave answer`: under `seastool openser`, and against a bare Protocol."""

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.child import MICROSECONDS, Child
from benchmarks.feeder import EVENTS_OF_CALL, Feeder
from benchmarks.load import SEASTOOL, Load, run_load
from benchmarks.measure import interleaved, median_ratio
from benchmarks.table import Bar, Row

AT_ONCE = 100  # calls
PACED = 500  # calls a second
ECHO = Path(__file__).with_name("echo_server.py")


def call_rows(calls: int, rounds: int) -> Iterator[Row]:
    """Calls as fast as they go with so many at once, and at a rate that is easily kept."""
    flat_out, paced = [], []
    for number in range(rounds + 1):
        loads = (
            run_load(calls, "--concurrency", str(AT_ONCE)),
            run_load(calls // 3, "--rate", f"{PACED}/s"),
        )
        if number:  # the first round fills the caches
            flat_out.append(loads[0])
            paced.append(loads[1])
    rate = statistics.median(load.rate for load in flat_out)
    span = f"{min(one.rate for one in flat_out):,.0f} to {max(one.rate for one in flat_out):,.0f}"
    yield Row(
        "INVITE transactions/s, `appserver --behave answer` under `openser --scenario uac`",
        rate,
        "/s",
        Bar(2000, None, True),
        f"{AT_ONCE} at once, {rounds} rounds of {span}/s; CPU of a call: {_cpu(flat_out)}; "
        f"INVITE to 200: {_middle(flat_out).times}",
    )
    yield Row(
        "events/s in the same",
        rate * EVENTS_OF_CALL,
        "/s",
        Bar(5000, None, True),
        f"INVITE, ACK and BYE of each call; at {PACED} calls/s: {_cpu(paced)}; "
        f"INVITE to 200: {_middle(paced).times}",
    )


def _cpu(loads: list[Load]) -> str:
    server, openser = (
        statistics.median(used / load.calls for used, load in zip(figures, loads, strict=True))
        for figures in ([one.server for one in loads], [one.openser for one in loads])
    )
    return f"app server {server * MICROSECONDS:.0f} µs, openser {openser * MICROSECONDS:.0f} µs"


def _middle(loads: list[Load]) -> Load:
    return sorted(loads, key=lambda load: load.rate)[len(loads) // 2]


def echo_rows(calls: int, rounds: int) -> Iterator[Row]:
    """CPU that the same events take with a bare asyncio Protocol and with the application."""
    bares = [partial(_bare_cpu, calls, writes) for writes in ("each", "joined")]
    each, joined, ours = interleaved([*bares, partial(_server_cpu, calls)], rounds)
    events = calls * EVENTS_OF_CALL / MICROSECONDS
    bare, fastest, own = (statistics.median(used) / events for used in (each, joined, ours))
    yield Row(
        "events answered per CPU second, against a bare asyncio Protocol's canned replies",
        median_ratio(each, ours),
        "x",
        Bar(0.1, 0.4, True),
        f"{AT_ONCE} calls at once; CPU of an event: bare {bare:.1f} µs, app server {own:.1f} µs; "
        f"bare with its writes joined {fastest:.1f} µs ({median_ratio(joined, ours):.2f}x)",
    )


def _bare_cpu(calls: int, writes: str) -> float:
    def start(port: int, folder: Path) -> Child:
        return Child([sys.executable, str(ECHO), str(port), writes], folder / "log")

    return _fed_cpu(calls, start, Feeder.take_bare)


def _server_cpu(calls: int) -> float:
    def start(port: int, folder: Path) -> Child:
        where = f"127.0.0.1:{port}"
        options = ["--connect", where, "--behave", "answer", "--quiet"]
        return Child([*SEASTOOL, "appserver", *options], folder / "log")

    return _fed_cpu(calls, start, Feeder.take)


def _fed_cpu(
    calls: int, start: Callable[[int, Path], Child], take: Callable[[Feeder], None]
) -> float:
    """CPU seconds of a server for so many calls, without what its start takes."""
    feeder = Feeder()
    with (
        tempfile.TemporaryDirectory(prefix="seastool-bench-") as name,
        start(feeder.port, Path(name)) as server,
    ):
        try:
            take(feeder)
            feeder.run(AT_ONCE, AT_ONCE)  # the first events load what is needed for them
            before = server.cpu
            feeder.run(calls, AT_ONCE)
            return server.cpu - before
        finally:
            feeder.close()
