"""SIP messages and bodies from files."""

from __future__ import annotations

import sys
from typing import Final

from seastool.cli.exits import NotSeas
from seastool.cli.output import say

MAX_MESSAGE: Final = 1 << 17


def name_of(path: str) -> str:
    """What a file is called in messages."""
    return "standard input" if path == "-" else path


def read_message_file(path: str) -> bytes:
    """The bytes of a file, - for standard input. Raises: NotSeas."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAX_MESSAGE + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(MAX_MESSAGE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NotSeas(f"{name_of(path)}: cannot be read: {reason}") from None
    if len(data) > MAX_MESSAGE:
        raise NotSeas(f"{name_of(path)}: over {MAX_MESSAGE:,} bytes, no SIP message for any server")
    return data


def with_line_ends(path: str, data: bytes, option: str) -> bytes:
    """A message of a text file, whose lines end with LF, as on the wire; says so. option: that
    which leaves them as they are."""
    if b"\r\n" in data or b"\n" not in data:
        return data
    say(f"{name_of(path)}: its lines end with LF; read as CRLF, as on the wire ({option}: not)")
    return data.replace(b"\n", b"\r\n")
