"""The SIP requests that ``seastool openser`` is to hand over: files, folders of them, stdin."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seastool.cli.exits import NotSeas

MAX_MESSAGE: Final = 1 << 17
MAX_FILES: Final = 100_000
_LONE_LF: Final = re.compile(rb"(?<!\r)\n")
_CALL_ID: Final = re.compile(rb"^((?:call-id|i)[ \t]*:[ \t]*)(\S+)", re.I | re.M)
_BRANCH: Final = re.compile(rb"(;[ \t]*branch[ \t]*=[ \t]*)([^;, \t\r\n]+)", re.I)


def messages_to_send(places: Sequence[str]) -> list[tuple[str, bytes]]:
    """Name and text of each request, folders in the order of their names.

    A file whose lines all end in a bare LF, as an editor leaves them, gets CRLF.
    Raises: NotSeas.
    """
    found: list[tuple[str, bytes]] = []
    for place in places:
        if place == "-":
            found.append(
                ("standard input", _checked(place, sys.stdin.buffer.read(MAX_MESSAGE + 1)))
            )
            continue
        path = Path(place)
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        if not files:
            raise NotSeas(f"{place}: no file in this folder")
        for file in files[: MAX_FILES - len(found)]:
            found.append((str(file), _checked(str(file), _read(file))))
    return found


def renewed(sip: bytes, number: int) -> bytes:
    """The request with a Call-ID and a top branch of its own, so that it is no retransmission."""
    if not number:
        return sip
    mark = b"-%d" % number
    sip = _CALL_ID.sub(lambda m: m[1] + m[2] + mark, sip, count=1)
    return _BRANCH.sub(lambda m: m[1] + m[2] + mark, sip, count=1)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_MESSAGE + 1)
    except OSError as error:
        raise NotSeas(f"{path}: cannot be read: {error.strerror or error}") from None


def _checked(name: str, sip: bytes) -> bytes:
    if len(sip) > MAX_MESSAGE:
        raise NotSeas(f"{name}: over {MAX_MESSAGE >> 10} KiB, more than any SIP message")
    if b"SIP/2.0" not in sip[: sip.find(b"\n") + 1 or None]:
        raise NotSeas(f"{name}: not a SIP message: its first line has no SIP/2.0")
    if b"\r\n" not in sip:
        sip = _LONE_LF.sub(b"\r\n", sip)
    return sip
