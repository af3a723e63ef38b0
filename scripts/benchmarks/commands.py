"""Whole processes: decoding a capture against tshark, memory, start-up."""

import shutil
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import interleaved, median_ratio, peak_memory, run
from benchmarks.table import Bar, Row
from benchmarks.traffic import write_capture

MEGABYTE = 1_000_000
SMALL = 2_000
SEASTOOL = [sys.executable, "-m", "seastool"]
IMPORTS = [sys.executable, "-c", "import typer, rich.console"]
HELP_ROUNDS = 15


def capture(work: Path, packets: int) -> Path:
    """The generated capture of that many packets; made once."""
    path = work / f"calls-{packets}.pcap"
    if not path.exists():
        unfinished = path.with_suffix(".tmp")
        write_capture(unfinished, packets)
        unfinished.rename(path)
    return path


def decode(path: Path, *options: str) -> list[str]:
    return [*SEASTOOL, "decode", *options, str(path)]


def tshark(path: Path) -> list[str]:
    return ["tshark", "-r", str(path), "-T", "fields", "-e", "tcp.len"]


def speed_rows(work: Path, packets: int, rounds: int) -> Iterator[Row]:
    """The list and full JSON, CPU of the whole process."""
    if shutil.which("tshark") is None:
        return
    path = capture(work, packets)
    theirs, listed, records = interleaved(
        [
            lambda: run(tshark(path)).cpu,
            lambda: run(decode(path)).cpu,
            lambda: run(decode(path, "--json")).cpu,
        ],
        rounds,
    )
    figures = ", ".join(
        f"{name} {statistics.median(values):.2f} s"
        for name, values in (("tshark", theirs), ("list", listed), ("--json", records))
    )
    of = f"{packets:,} packets, CPU: {figures}"
    yield Row(
        "`decode` list, times faster than tshark `-T fields -e tcp.len`",
        median_ratio(theirs, listed),
        "x",
        Bar(2, 4, True),
        of,
    )
    yield Row(
        "`decode --json`, time against the same",
        median_ratio(records, theirs),
        "x",
        Bar(2.5, None, False),
        of,
    )


def memory_rows(work: Path, packets: int) -> Iterator[Row]:
    """Peak resident memory, and that it is no other for a file ten times as long."""
    for name, options in (("list", ()), ("`--json`", ("--json",))):
        short = peak_memory(decode(capture(work, packets), *options))
        long = peak_memory(decode(capture(work, packets * 10), *options))
        figures = f"{short / MEGABYTE:.1f} MB, ten times as long {long / MEGABYTE:.1f} MB"
        yield Row(
            f"peak memory, {name}", max(short, long) / MEGABYTE, " MB", Bar(80, 30, False), figures
        )
        yield Row(
            f"peak memory of a file ten times as long, {name}",
            long / short,
            "x",
            Bar(1.1, 1, False),
            figures,
        )


def small_rows(work: Path, rounds: int) -> Iterator[Row]:
    """A short capture: start-up counts."""
    if shutil.which("tshark") is None:
        return
    path = capture(work, SMALL)
    theirs, ours = interleaved(
        [lambda: run(tshark(path)).cpu, lambda: run(decode(path)).cpu], rounds * 2
    )
    yield Row(
        "`decode` of 2,000 packets, whole process, against tshark",
        median_ratio(ours, theirs),
        "x",
        Bar(1, 0.4, False),
        f"CPU: tshark {statistics.median(theirs):.2f} s, list {statistics.median(ours):.2f} s",
    )


def start_rows() -> Iterator[Row]:
    """`seastool --help`, wall time."""
    imports, help = interleaved(
        [lambda: run(IMPORTS).wall, lambda: run([*SEASTOOL, "--help"]).wall], HELP_ROUNDS
    )
    yield Row(
        '`seastool --help` against `python -c "import typer, rich.console"`',
        median_ratio(help, imports),
        "x",
        Bar(2, None, False),
        f"wall, min and median: imports {_spread(imports)}, help {_spread(help)}",
    )


def _spread(seconds: list[float]) -> str:
    return f"{min(seconds) * 1000:.0f} and {statistics.median(seconds) * 1000:.0f} ms"
