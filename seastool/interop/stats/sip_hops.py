"""SIP on the network: requests and their responses, each hop for itself."""

from __future__ import annotations

from typing import Final

from seastool.capture.records import CapturedSip
from seastool.interop.stats.model import FINAL, Method, Stats
from seastool.interop.stats.pending import Pending
from seastool.ladder.reading import SipParts

ACK: Final = "ACK"


class Waiting:
    """A request. final: when its final response came, 0 before that."""

    __slots__ = ("first_told", "is_final", "method", "time_ns")

    def __init__(self, method: Method, time_ns: int) -> None:
        self.method = method
        self.time_ns = time_ns
        self.first_told = self.is_final = False


class SipHops:
    """Takes SIP messages. A request is known by both its addresses, branch and CSeq method, so
    what a proxy sends on is another one."""

    def __init__(self, stats: Stats, most: int) -> None:
        self._stats = stats
        self._pending: Pending[Waiting] = Pending(most, self._dropped)

    def add(self, captured: CapturedSip, parts: SipParts) -> bool:
        """Take a message; whether it is new, not sent again."""
        stats = self._stats
        sender = str(captured.source)
        stats.talkers.senders.add(sender, len(captured.data))
        if parts.method:
            return self._request(captured, parts)
        if parts.status:
            return self._response(captured, parts)
        return True

    def _request(self, captured: CapturedSip, parts: SipParts) -> bool:
        key = captured.source, captured.destination, parts.branch, parts.cseq, parts.method
        method = self._stats.sip.of(parts.method)
        if self._pending.get(key) is not None:
            method.repeated += 1
            return False
        method.requests += 1
        waiting = Waiting(method, captured.time_ns)
        waiting.is_final = parts.method == ACK  # nothing comes to it
        self._pending.put(key, waiting)
        return True

    def _response(self, captured: CapturedSip, parts: SipParts) -> bool:
        key = captured.destination, captured.source, parts.branch, parts.cseq, parts.cseq_method
        waiting = self._pending.get(key)
        if waiting is None:
            self._stats.troubles["SIP responses to no request in the capture"] += 1
            return True
        if waiting.is_final:
            waiting.method.repeated += 1
            return False
        seconds = (captured.time_ns - waiting.time_ns) / 1e9
        if not waiting.first_told:
            waiting.first_told = True
            waiting.method.first.add(seconds)
        if parts.status >= FINAL:
            waiting.is_final = True
            waiting.method.final.add(seconds)
            waiting.method.statuses[parts.status] += 1
        return True

    def _dropped(self, waiting: Waiting) -> None:
        """What has its final response is remembered for those that are sent again only."""
        if not waiting.is_final:
            self._stats.dropped["SIP requests that were not followed to their end"] += 1

    def finish(self) -> None:
        """What waits still stays unanswered."""
        for waiting in self._pending:
            if not waiting.is_final:
                waiting.method.unanswered += 1
