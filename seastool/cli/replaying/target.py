"""``--to``: what is played, and against whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from seastool.cli.exits import UsageFault
from seastool.cli.host_port import event_port, host_port

_TO: Final = re.compile(r"(sip|seas|proxy):(.*)\Z", re.I | re.S)
_SIP: Final = re.compile(r"([^;]*?)(?:;transport=(udp|tcp))?\Z", re.I)
_NO_PORT: Final = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]+)\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """kind: sip, seas or proxy. transport: of SIP."""

    kind: str
    host: str
    port: int
    transport: str = "udp"


def target_of(text: str) -> Target:
    """What --to says. Raises: UsageFault."""
    found = _TO.match(text)
    if found is None:
        raise UsageFault(
            f"--to {text}: it is sip:HOST:PORT, seas:HOST:PORT or proxy:HOST:PORT, "
            "such as sip:10.0.0.5:5060"
        )
    kind, rest = found[1].lower(), found[2]
    if kind != "sip":
        return Target(kind, *event_port(f"--to {kind}:", rest, lowest=0 if kind == "seas" else 1))
    parts = _SIP.match(rest)
    if parts is None or "@" in parts[1] or not parts[1]:
        raise UsageFault(f"--to {text}: it is sip:HOST:PORT, with ;transport=tcp for TCP")
    place = parts[1]
    host, port = host_port("--to sip:", f"{place}:5060" if _NO_PORT.match(place) else place)
    if not port:
        raise UsageFault(f"--to {text}: the port is 1 to 65535")
    return Target(kind, host, port, (parts[2] or "udp").lower())
