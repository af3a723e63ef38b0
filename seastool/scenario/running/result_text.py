"""A result and its failures as text for people, and as a record for --json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seastool.render.paint import Paint
from seastool.render.printable import printable
from seastool.render.tree import unit_tree
from seastool.render.tree_text import tree_lines
from seastool.scenario.matching.matcher import Comparison
from seastool.scenario.running.result import FailedFrame, Failure, Result, Waited
from seastool.scenario.units import format_duration
from seastool.seas.codec import TYPE_OFFSET, frame_order, frame_struct
from seastool.seas.frames import UnknownEvent

SHOWN = 120  # characters of a value in a comparison
CAUSES = 10  # that a summary lists
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def failure_lines(failure: Failure, paint: Paint) -> Iterator[str]:
    """Where, what was expected beside what came, and the frame as a tree."""
    where = paint(printable(failure.place), "heading")
    told = paint(printable(failure.message), "fault")
    yield f"{where}: {failure.step}: {told}"
    if failure.call:
        since = f"{failure.seconds:.3f} s after it began"
        yield f"  call {failure.call} ({printable(failure.call_id)}), {since}"
    yield from comparison_lines(failure.comparisons, paint)
    if failure.frame is not None:
        yield from _frame_lines(failure.frame, paint)


def comparison_lines(comparisons: tuple[Comparison, ...], paint: Paint) -> Iterator[str]:
    """Field by field; what does not hold is marked."""
    width = max((len(one.field) for one in comparisons), default=0)
    for one in comparisons:
        mark = " " if one.holds else "x"
        got = _cut(one.got)
        line = f"  {mark} {one.field:{width}}  expected {_cut(one.expected)}, got {got}"
        yield line if one.holds else paint(line, "failure")


def _cut(text: str) -> str:
    told = printable(text)
    return told if len(told) <= SHOWN else f"{told[: SHOWN - 2]}.."


def _frame_lines(frame: FailedFrame, paint: Paint) -> Iterator[str]:
    title = paint(frame.type, "heading")
    yield f"  the frame: {title}, {len(frame.data):,} bytes, {frame.dialect.name}"
    kind = frame.data[TYPE_OFFSET] if len(frame.data) > TYPE_OFFSET else None
    struct = UnknownEvent if kind is None else frame_struct(kind, frame.socket, frame.direction)
    order = frame_order(frame.dialect.layout)
    tree = unit_tree(frame.data, struct, order, frame.dialect, frame.direction)
    for line in tree_lines(tree, paint):
        yield f"  {line}"


def result_lines(result: Result, paint: Paint) -> Iterator[str]:
    """The counts: calls, reply times, failures by cause."""
    asked = "" if result.asked is None else f" of {result.asked:,}"
    rate = result.started / result.seconds if result.seconds > 0 else 0.0
    verdict = paint("passed", "success") if result.ok else paint("failed", "failure")
    yield (
        f"{verdict}: {result.passed:,}{asked} calls passed, {result.failed:,} failed, "
        f"{result.unfinished:,} unfinished, in {result.seconds:.3f} s ({rate:.1f}/s)"
    )
    for note in result.notes:
        yield f"  {printable(note)}"
    waits = [wait for wait in result.waits if wait.times.count]
    if waits:
        yield from _time_lines(waits, paint)
    for (place, message), count in result.failed_at.most_common(CAUSES):
        yield f"  failed {count:,} times: {printable(place)}: {printable(message)}"
    if len(result.failed_at) > CAUSES:
        yield f"  and {len(result.failed_at) - CAUSES:,} causes more"
    if result.stray:
        told = ", ".join(f"{name} {count:,}" for name, count in sorted(result.stray.items()))
        yield f"  frames of no call: {told}"
    if result.ignored:
        yield f"  frames that were not expected: {result.ignored:,}"


def _time_lines(waits: list[Waited], paint: Paint) -> Iterator[str]:
    width = max(len(wait.step) for wait in waits)
    head = "".join(f"{name:>10}" for name in ("count", *QUANTILES, "longest"))
    yield paint(f"  {'reply times':{width}}{head}", "heading")
    for wait in waits:
        times = [wait.times.quantile(share) for share in QUANTILES.values()]
        told = "".join(f"{format_duration(time):>10}" for time in (*times, wait.times.longest))
        yield f"  {printable(wait.step):{width}}{wait.times.count:>10,}{told}"


def result_record(result: Result) -> dict[str, Any]:
    """The counts for --json; times in seconds."""
    return {
        "ok": result.ok,
        "asked": result.asked,
        "started": result.started,
        "passed": result.passed,
        "failed": result.failed,
        "unfinished": result.unfinished,
        "seconds": round(result.seconds, 6),
        "notes": result.notes,
        "waits": [_wait_record(wait) for wait in result.waits],
        "failures": [failure_record(failure) for failure in result.failures],
        "failed_at": [
            {"place": place, "message": message, "count": count}
            for (place, message), count in result.failed_at.most_common()
        ],
        "stray": dict(sorted(result.stray.items())),
        "refused": None if result.refused is None else failure_record(result.refused),
        "ignored": result.ignored,
    }


def _wait_record(wait: Waited) -> dict[str, Any]:
    times = {name: round(wait.times.quantile(share), 6) for name, share in QUANTILES.items()}
    longest = round(wait.times.longest, 6)
    count = wait.times.count
    return {"place": wait.place, "step": wait.step, "count": count, **times, "longest": longest}


def failure_record(failure: Failure) -> dict[str, Any]:
    """One failure for --json, its frame in hex."""
    frame = failure.frame
    return {
        "call": failure.call,
        "call_id": failure.call_id,
        "place": failure.place,
        "step": failure.step,
        "message": failure.message,
        "seconds": round(failure.seconds, 6),
        "comparisons": [one._asdict() for one in failure.comparisons],
        "frame": None if frame is None else {"type": frame.type, "hex": frame.data.hex()},
    }
