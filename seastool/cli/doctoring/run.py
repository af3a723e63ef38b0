"""Which kind of target it is, and how it all ends."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

from seastool.cli.doctoring.messages import MessageDoctor
from seastool.cli.doctoring.options import DoctorWishes
from seastool.cli.doctoring.showing import Showing, show_causes
from seastool.cli.doctoring.traces import examine_capture
from seastool.cli.exits import FINDINGS, OK, NotSeas, UsageFault
from seastool.cli.message_file import MAX_MESSAGE, name_of
from seastool.cli.output import Output, say
from seastool.errors import CaptureError
from seastool.interop.finding import Severity
from seastool.render.printable import printable
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup

_LIVE: Final = re.compile(r"(\[[^\]]+\]|[^:/\s]*):\d{1,5}\Z")
_MAGICS: Final = (
    b"\x0a\x0d\x0d\x0a",
    b"\xa1\xb2\xc3\xd4",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\xcd\x34",
    b"\x34\xcd\xb2\xa1",
    b"\x1f\x8b",
)
_MAX_FILES: Final = 10_000
_MAX_INPUT: Final = 1 << 30


class Target(NamedTuple):
    """One thing to look at. data: of standard input, which can be read once only."""

    name: str
    is_capture: bool
    data: bytes | None = None


def run(wishes: DoctorWishes, targets: list[str]) -> int:
    """Look at all targets; the exit code. Raises: SeasError."""
    if wishes.list_causes:
        show_causes(as_json=wishes.as_json)
        return OK
    if not targets:
        raise UsageFault("doctor needs a target: seastool doctor FILE, or HOST:PORT of a proxy")
    dialect = _dialect(wishes.dialect)
    live = [text for text in targets if _is_live(text)]
    if live and len(targets) > 1:
        raise UsageFault(f"{live[0]}: a live proxy is looked at by itself, without other targets")
    with Output() as output:
        showing = Showing(output, wishes)
        if live:
            from seastool.cli.doctoring.live import look_at

            code = look_at(live[0], wishes, dialect, showing)
            if code:
                return code
        else:
            _look(targets, wishes, dialect, showing)
    failing = showing.worst is not None and showing.worst >= Severity[wishes.fail_on.name]
    return FINDINGS if failing else OK


def _look(
    targets: list[str], wishes: DoctorWishes, dialect: Dialect | None, showing: Showing
) -> None:
    messages = MessageDoctor(wishes, dialect, showing)
    seen = 0
    for name, in_folder in _files(targets):
        try:
            _look_at(_target(name), messages, wishes, dialect, showing)
            seen += 1
        except (NotSeas, CaptureError) as error:
            if not in_folder:
                raise
            say(f"left out: {printable(str(error))}")
    if not seen:
        raise NotSeas(f"{', '.join(targets)}: no file with SIP or SEAS")
    messages.finish()


def _look_at(
    target: Target,
    messages: MessageDoctor,
    wishes: DoctorWishes,
    dialect: Dialect | None,
    showing: Showing,
) -> None:
    source = target.name if target.data is None else io.BytesIO(target.data)
    if not target.is_capture:
        messages.look(target.name, target.data)
    elif wishes.messages:
        messages.look_at_capture(target.name, source)
    else:
        examine_capture(target.name, source, wishes, dialect, showing)


def _dialect(name: str) -> Dialect | None:
    try:
        return lookup(name) if name else None
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None


def _is_live(text: str) -> bool:
    return text != "-" and not os.path.exists(text) and _LIVE.match(text) is not None


def _files(targets: list[str]) -> Iterator[tuple[str, bool]]:
    """What to look at, and whether it was found in a folder, where it may vanish meanwhile."""
    for text in targets:
        if text == "-" or not os.path.isdir(text):
            yield text, False
            continue
        found = sorted(islice(_in_folder(text), _MAX_FILES + 1))
        if not found:
            raise NotSeas(f"{text}: a folder without files")
        if len(found) > _MAX_FILES:
            raise UsageFault(f"{text}: over {_MAX_FILES:,} files, which are too many at once")
        for path in found:
            yield path, True


def _in_folder(folder: str) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        for name in names:
            if os.path.isfile(path := os.path.join(place, name)):
                yield path


def _target(text: str) -> Target:
    if text == "-":
        data = sys.stdin.buffer.read(_MAX_INPUT + 1)
        if len(data) > _MAX_INPUT:
            raise NotSeas("standard input: over 1 GiB; write it to a file first")
        return Target(text, data.startswith(_MAGICS), data)
    try:
        with open(text, "rb") as file:
            head = file.read(4)
            size = file.seek(0, os.SEEK_END) if file.seekable() else 0
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotSeas(f"{name_of(text)}: cannot be read: {reason}") from None
    # What is too long for a message is read as a capture, whose reader says what else it is.
    return Target(text, head.startswith(_MAGICS) or size > MAX_MESSAGE)
