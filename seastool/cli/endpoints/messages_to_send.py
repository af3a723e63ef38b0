"""The SIP requests that ``seastool openser`` is to hand over: files, folders of them, stdin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from seastool.cli.exits import NotSeas
from seastool.cli.message_file import name_of, read_message_file

MAX_FILES: Final = 100_000


def messages_to_send(places: Sequence[str]) -> list[bytes]:
    """The text of each request, folders in the order of their names.

    A file whose lines all end in a bare LF, as an editor leaves them, gets CRLF.
    Raises: NotSeas.
    """
    files: list[str] = []
    for place in places:
        inside = [place]
        if os.path.isdir(place):
            inside = [str(path) for path in sorted(Path(place).iterdir()) if path.is_file()]
            if not inside:
                raise NotSeas(f"{place}: no file in this folder")
        files += inside[: MAX_FILES - len(files)]
    return [_checked(file) for file in files]


def _checked(file: str) -> bytes:
    """As it is, but for its line ends: what is wrong with it is for the proxy to say."""
    sip = read_message_file(file)
    if b"SIP/2.0" not in sip[: sip.find(b"\n") + 1 or None]:
        raise NotSeas(f"{name_of(file)}: not a SIP message: its first line has no SIP/2.0")
    return sip if b"\r\n" in sip else sip.replace(b"\n", b"\r\n")
