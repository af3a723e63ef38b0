"""``seastool decode``, once its options are known: read, choose, show, tell."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.detections import Detections
from seastool.capture.losses import Statistics
from seastool.capture.reader import read_capture
from seastool.cli.decoding.choose_view import failed, view_for
from seastool.cli.decoding.hex_input import decode_hex
from seastool.cli.decoding.one_packet import OnePacket
from seastool.cli.decoding.progress import Progress
from seastool.cli.decoding.selection import Keep, selection
from seastool.cli.decoding.summary import Summary, lost_lines
from seastool.cli.decoding.view import View
from seastool.cli.decoding.wishes import Wishes
from seastool.cli.exits import NotSeas, NotThere, UsageFault
from seastool.cli.output import Output, say
from seastool.cli.seas_check import check_seas
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup

POLL_SECONDS = 0.2


def run(wishes: Wishes) -> bool:
    """Do what was asked; returns whether a check that was asked for failed.

    Raises: SeasError, of which `seastool.cli.main` makes an exit code.
    """
    dialect = _dialect(wishes.dialect)
    view = view_for(wishes)
    if wishes.hex:
        _run_hex(wishes, dialect, view)
    else:
        _run_capture(wishes, dialect, view)
    return failed(view)


def _run_hex(wishes: Wishes, dialect: Dialect | None, view: View) -> None:
    statistics = Statistics()
    keep = selection(wishes, statistics)
    frames = list(decode_hex(wishes, dialect))
    with Output() as output:
        shown = _show(iter(frames), statistics, view, keep, output, None)
    if not shown:
        raise NotThere("--hex: no frame in it is what was asked for")
    if not failed(view) and all(frame.unit is None for frame in frames):
        raise NotSeas("--hex: not one whole frame in it")


def _run_capture(wishes: Wishes, dialect: Dialect | None, view: View) -> None:
    live = wishes.follow or wishes.capture == "-"
    progress = Progress(wishes.capture)
    with Output(live=live) as output:
        reader = read_capture(
            wishes.capture,
            ports=wishes.ports,
            follow=_wait(output) if wishes.follow else None,
            on_progress=progress.wanted,
        )
        statistics = reader.statistics
        keep = selection(wishes, statistics)
        detections = Detections()
        records = decode_records(reader, dialect, live=live, detections=detections)
        summary = Summary(dialect) if _summary_wanted(wishes) else None
        one = OnePacket(records, wishes.frame) if wishes.frame and not summary else None
        shown = 0
        try:
            shown = _show(iter(one or records), statistics, view, keep, output, summary)
        except KeyboardInterrupt:
            # A followed capture ends no other way, and what was counted is still wanted.
            _end(wishes, output, statistics, detections, summary, progress)
            raise
        finally:
            progress.stop()
        _end(wishes, output, statistics, detections, summary, progress)
    if wishes.frame and not shown:
        following = one.following if one else 0
        raise NotThere(_no_such_packet(wishes, following))
    if not shown or not wishes.frame:
        check_seas(wishes.capture, statistics)
    if not shown and keep is not None:
        say(_nothing(statistics))


def _no_such_packet(wishes: Wishes, following: int) -> str:
    cure = f"; the next that does is {following}" if following else ""
    return f"{wishes.capture}: packet {wishes.frame} ends no frame or SIP message{cure}"


def _nothing(statistics: Statistics) -> str:
    return (
        f"none of the {statistics.frames:,} frames and {statistics.sip_messages:,} SIP messages "
        "is what was asked for"
    )


def _dialect(name: str) -> Dialect | None:
    try:
        return lookup(name) if name else None
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None


def _wait(output: Output) -> Callable[[], bool]:
    """What a followed capture does at its end."""

    def wait() -> bool:
        output.flush()
        time.sleep(POLL_SECONDS)
        return True

    return wait


def _show(
    records: Iterator[Decoded],
    statistics: Statistics,
    view: View,
    keep: Keep | None,
    output: Output,
    summary: Summary | None,
) -> int:
    """Write every record that is wanted; returns how many those are."""
    shown = 0
    write, show = output.write, view.show
    count = summary.count if summary else None
    for decoded in records:
        if count is not None:
            count(decoded)
        if keep is not None and not keep(decoded):
            continue
        if not shown:
            write(view.start(statistics.start_ns or decoded.captured.time_ns))
        shown += 1
        write(show(decoded))
    return shown


def _summary_wanted(wishes: Wishes) -> bool:
    if wishes.summary is not None:
        return wishes.summary
    at_length = wishes.json or wishes.frame or wishes.verbose or wishes.hexdump
    return not at_length and sys.stdout.isatty()


def _end(
    wishes: Wishes,
    output: Output,
    statistics: Statistics,
    detections: Detections,
    summary: Summary | None,
    progress: Progress,
) -> None:
    """The summary, where it is wanted, and what was lost, always."""
    progress.stop()
    if summary:
        write = summary.json if wishes.json else summary.text
        output.write(write(statistics, detections))
    output.flush()
    for line in lost_lines(statistics):
        say(line)
