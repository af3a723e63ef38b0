"""Faults that a check may name, and which servers are known for them."""

from __future__ import annotations

import re
from typing import Final

from seastool.seas.dialects import UnknownDialect
from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.behaviours import behave_like
from seastool.seas.openser.faults import FAULTS, Fault

TCP_REPLIES_LOST: Final = "tcp-replies-lost"
CANCEL_WITHOUT_LENGTH_CRASH: Final = "cancel-without-length-crash"
_BESIDE: Final = {
    # Seen on real servers, but not among those that `seastool openser` can have.
    TCP_REPLIES_LOST: "what the application server says to a request that came by TCP is lost: "
    "the process that acts for it cannot reach the one with the connection",
    CANCEL_WITHOUT_LENGTH_CRASH: "an AC_CANCEL whose text has no Content-Length kills the process "
    "that reads the actions",
}
_BESIDE_OF: Final = {TCP_REPLIES_LOST: "kamailio", CANCEL_WITHOUT_LENGTH_CRASH: "kamailio"}
_SIGNATURE: Final = re.compile(
    r"(kamailio|openser|opensips)\s*\(([0-9][0-9A-Za-z.\-]*?)(?=[-\s)])", re.IGNORECASE
)


def fault_text(name: str) -> str:
    """What a fault does; empty for none."""
    if name in _BESIDE:
        return _BESIDE[name]
    return FAULTS[Fault(name)].doc if name in {fault.value for fault in Fault} else ""


def server_of(signature: str) -> str:
    """The name by which the dialects know whoever signs so in Server; empty if they do not.

    `kamailio (5.6.3 (x86_64/linux))` -> `kamailio-5.6.3`.
    """
    found = _SIGNATURE.search(signature)
    return f"{found[1].lower()}-{found[2]}" if found else ""


def behaviour_of(server: str) -> Behaviour | None:
    """The behaviour of a server, with all its faults; None if it is not known."""
    try:
        return behave_like(server) if server else None
    except UnknownDialect:
        return None


def is_known(fault: str, server: str) -> bool:
    """Whether that server is known for that fault."""
    if not fault:
        return False
    if fault in _BESIDE:
        return server.startswith(_BESIDE_OF[fault])
    behaviour = behaviour_of(server)
    return behaviour is not None and fault in behaviour.known
