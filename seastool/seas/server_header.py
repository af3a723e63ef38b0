"""The server that a Server or User-Agent header names."""

from __future__ import annotations

import re
from typing import Final

from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup

_SERVER: Final = re.compile(rb"(openser|opensips|kamailio) \((\d+(?:\.\d+){1,2})", re.IGNORECASE)
_HEADER: Final = re.compile(rb"\n(?:server|user-agent)[ \t]*:([^\r\n]*)", re.IGNORECASE)


def server_of(line: bytes) -> Dialect | None:
    """The dialect of what a Server or User-Agent header names; None if that is no proxy known."""
    found = _SERVER.search(line)
    if found is None:
        return None
    try:
        return lookup(f"{found[1].decode().lower()}-{found[2].decode()}")
    except UnknownDialect:
        return None


def server_named_in(sip: bytes) -> Dialect | None:
    """The dialect of the server that a SIP message says it comes from; None if it does not.

    Units: under a microsecond where no known server's name is in it.
    """
    lowered = sip.lower()
    if b"kamailio (" not in lowered and b"opens" not in lowered:
        return None
    found = _HEADER.search(sip.partition(b"\r\n\r\n")[0])
    return None if found is None else server_of(found[1])
