"""``host:port``, ``[v6]:port`` and ``:port`` on the command line."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from seastool.cli.exits import MAX_EVENT_PORT, UsageFault

_HOST_PORT: Final = re.compile(r"(?:\[([^\]]+)\]|([^:]*)):([0-9]{1,5})\Z")
LOOPBACK: Final = "127.0.0.1"


def host_port(option: str, text: str) -> tuple[str, int]:
    """Host, 127.0.0.1 if it is left out, and port. Raises: UsageFault."""
    if (found := _split(text)) is None:
        raise UsageFault(f"{option} {text}: it is HOST:PORT, such as 10.0.0.1:5080 or [::1]:5080")
    return found


def event_port(option: str, text: str, *, lowest: int = 1) -> tuple[str, int]:
    """Host and event port; lowest: 0 where any free one will do. Raises: UsageFault."""
    host, port = host_port(option, text)
    if not lowest <= port <= MAX_EVENT_PORT:
        raise UsageFault(f"{option} {text}: the event port is 1 to {MAX_EVENT_PORT}")
    return host, port


def address_port(option: str, text: str) -> tuple[bytes, int]:
    """The same with an address, raw. Raises: UsageFault."""
    try:
        if (found := _split(text)) is not None:
            return ip_address(found[0]).packed, found[1]
    except ValueError:
        pass
    raise UsageFault(f"{option} {text}: it is ADDRESS:PORT, such as 10.0.0.1:5060 or [::1]:5060")


def _split(text: str) -> tuple[str, int] | None:
    found = _HOST_PORT.match(text)
    if found is None or int(found[3]) > 65535 or not _can_be_a_host(found[1] or found[2]):
        return None
    return found[1] or found[2] or LOOPBACK, int(found[3])


def _can_be_a_host(text: str) -> bool:
    """Whether it can be looked up at all: labels of 1 to 63 characters."""
    try:
        return not text or bool(text.encode("idna"))
    except UnicodeError:
        return False
