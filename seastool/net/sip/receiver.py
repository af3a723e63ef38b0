"""What the SIP sockets of a process tell, and whom."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final, NamedTuple, Protocol

from seastool.sip.hop import Hop

TOLD_EACH: Final = 5  # times that a kind of nonsense is told before only doublings are
MAX_UNTOLD: Final = 10_000  # failures that wait for the end of the turn


class SipSocket(NamedTuple):
    """A socket for SIP: UDP or TCP as in `seastool.sip.hop`, a host, and a port or 0."""

    protocol: int
    host: str
    port: int


class Receiver(Protocol):
    """Is told what happens on the SIP sockets; never while it is in a call of `SipPorts.send`."""

    def sip_received(self, data: bytes, hop: Hop) -> None:
        """One whole message; a response to it goes the way of `hop` back."""

    def sip_failed(self, data: bytes, hop: Hop, reason: str) -> None:
        """What was to go to `hop` could not be sent, or did not arrive.

        data: the message; where the network said so, as much of its beginning as it gave back,
        which may be nothing. The hop is equal to the one it was sent to, or is its remote by
        the same socket.
        """

    def sip_wrong(self, what: str, hop: Hop | None) -> None:
        """Something that is no SIP message has come: one line for people, fit for a terminal."""


class Reports:
    """What goes to a receiver beside messages, bounded and counted.

    counts: by what happened, for people.
    """

    def __init__(self, receiver: Receiver) -> None:
        self.counts: Counter[str] = Counter()
        self._receiver = receiver
        self._failures: list[tuple[bytes, Hop, str]] = []

    def failed(self, data: bytes, hop: Hop, reason: str) -> None:
        """Tell at the end of the turn: whoever sends is in the middle of something."""
        self.counts[f"not sent: {reason}"] += 1
        if len(self._failures) >= MAX_UNTOLD:
            self.counts["failures not told"] += 1
            return
        if not self._failures:
            asyncio.get_running_loop().call_soon(self._tell)
        self._failures.append((data, hop, reason))

    def _tell(self) -> None:
        failures, self._failures = self._failures, []
        for data, hop, reason in failures:
            self._receiver.sip_failed(data, hop, reason)

    def wrong(self, kind: str, hop: Hop | None, detail: str = "") -> None:
        """Count one of a kind; of many, only some are told."""
        self.counts[kind] += 1
        count = self.counts[kind]
        if count > TOLD_EACH and count & (count - 1):
            return
        what = f"{kind}{': ' if detail else ''}{detail}"
        if count > TOLD_EACH:
            what += f" ({count} of this kind so far)"
        self._receiver.sip_wrong(f"{hop}: {what}" if hop else what, hop)
