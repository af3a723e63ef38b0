"""SEAS: events and what application servers do about them, their own requests, pings."""

from __future__ import annotations

from typing import Final

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame
from seastool.interop.stats.model import FINAL, Method, Server, Stats
from seastool.interop.stats.pending import Pending
from seastool.ladder.reading import SipParts
from seastool.render.facts import Facts
from seastool.seas.frames import FAKED_REPLY, JainPong, Ping, ResIn
from seastool.seas.types import Direction

EVENTS: Final = frozenset({"T_REQ_IN", "SL_REQ_IN"})
REPLIES: Final = frozenset({"REPLY_PROV", "REPLY_FIN", "REPLY_FIN_DLG"})
REQUESTS: Final = frozenset({"UAC_REQ", "AC_CANCEL"})
ACK: Final = "ACK"
NAMELESS: Final = "no name"


class Handed:
    """A request that was handed to an application server, or one of its own."""

    __slots__ = ("call_id", "is_final", "method", "server", "time_ns", "was_acted_on")

    def __init__(self, method: Method, server: Server, time_ns: int, call_id: str) -> None:
        self.method = method
        self.server = server
        self.time_ns = time_ns
        self.call_id = call_id
        self.was_acted_on = self.is_final = False

    def act(self, time_ns: int) -> None:
        """The application server does something about it."""
        if not self.was_acted_on:
            self.was_acted_on = True
            seconds = (time_ns - self.time_ns) / 1e9
            self.method.first.add(seconds)
            self.server.first.add(seconds)

    def end(self, status: int, time_ns: int) -> None:
        """Its final reply."""
        self.is_final = True
        self.method.statuses[status] += 1
        seconds = (time_ns - self.time_ns) / 1e9
        self.method.final.add(seconds)
        self.server.final.add(seconds)


class SeasTransactions:
    """Takes frames. Events are known by ``hash:label``, requests of application servers by their
    uac id, both of one proxy, pings by their sequence number."""

    def __init__(self, stats: Stats, most: int) -> None:
        self._stats = stats
        self._handed: Pending[Handed] = Pending(most, self._dropped)
        self._by_call: Pending[Handed] = Pending(most, lambda _: None)
        self._sent: Pending[Handed] = Pending(most, self._dropped)
        self._pings: Pending[int] = Pending(1024, lambda _: None)

    def add(self, decoded: Decoded, captured: CapturedFrame, facts: Facts, parts: SipParts) -> None:
        """Take a frame."""
        server = self._stats.server(captured.as_name or NAMELESS)
        to_as = captured.direction is Direction.TO_AS
        proxy = captured.source.packed if to_as else captured.destination.packed
        name = decoded.type_name
        if to_as:
            server.events += 1
        else:
            server.actions += 1
        if name in EVENTS:
            self._event(captured, facts, parts, server, proxy)
        elif name in REPLIES:
            self._reply(captured, facts, parts, proxy)
        elif name in REQUESTS:
            self._request(captured, facts, parts, server, proxy)
        elif name in ("RES_IN", "AC_RES_FAIL"):
            self._result(decoded, captured, facts, proxy)
        elif isinstance(decoded.unit, Ping):
            server.pings += 1
            self._pings.put((proxy, captured.as_name, decoded.unit.sequence), captured.time_ns)
        elif isinstance(decoded.unit, JainPong):
            sent = self._pings.pop((proxy, captured.as_name, decoded.unit.sequence))
            if sent is not None:
                server.pong.add((captured.time_ns - sent) / 1e9)

    def _event(
        self, captured: CapturedFrame, facts: Facts, parts: SipParts, server: Server, proxy: bytes
    ) -> None:
        name = facts.method or parts.method
        method = self._stats.events.of(name)
        method.requests += 1
        self._stats.series.add("events", captured.time_ns)
        if name == ACK or facts.hash_index is None:
            return  # nothing is answered to it, or not by a name
        key = proxy, facts.hash_index, facts.label
        before = self._handed.pop(key)
        if before is not None and not before.is_final:
            before.method.unanswered += 1
        handed = Handed(method, server, captured.time_ns, facts.call_id)
        self._handed.put(key, handed)
        if facts.call_id:
            self._by_call.put((proxy, facts.call_id), handed)

    def _reply(self, captured: CapturedFrame, facts: Facts, parts: SipParts, proxy: bytes) -> None:
        handed = self._handed.get((proxy, facts.hash_index, facts.label))
        if handed is None:
            self._stats.troubles["replies to no event in the capture"] += 1
            return
        if handed.is_final:
            self._stats.troubles["replies to what had its final reply"] += 1
            return
        handed.act(captured.time_ns)
        if parts.status >= FINAL:
            handed.end(parts.status, captured.time_ns)

    def _request(
        self, captured: CapturedFrame, facts: Facts, parts: SipParts, server: Server, proxy: bytes
    ) -> None:
        """A request of the application server's; if it is of the call of an event, an action for
        that."""
        cause = self._by_call.get((proxy, facts.call_id or parts.call_id))
        if cause is not None and not cause.is_final:
            cause.act(captured.time_ns)
        method = self._stats.clients.of(parts.method)
        method.requests += 1
        if parts.method == ACK:
            return
        # A server of its own: those times are not the application server's.
        sent = Handed(method, Server(), captured.time_ns, facts.call_id)
        self._sent.put((proxy, captured.as_name, facts.uac_id), sent)

    def _result(
        self, decoded: Decoded, captured: CapturedFrame, facts: Facts, proxy: bytes
    ) -> None:
        unit = decoded.unit
        faked = isinstance(unit, ResIn) and bool(unit.flags & FAKED_REPLY)
        if faked:
            self._stats.troubles["responses made by the proxy: nothing came in time"] += 1
        sent = self._sent.get((proxy, captured.as_name, facts.uac_id))
        if decoded.type_name == "AC_RES_FAIL":
            self._stats.troubles["requests that the proxy could not send"] += 1
            if sent is not None:
                sent.is_final = True
            return
        if sent is None or sent.is_final:
            return
        sent.act(captured.time_ns)
        if facts.status >= FINAL:
            sent.end(facts.status, captured.time_ns)

    def _dropped(self, handed: Handed) -> None:
        if not handed.is_final:
            self._stats.dropped["events and actions that were not followed to their end"] += 1

    def finish(self) -> None:
        """What waits still stays unanswered; a ping is lost."""
        for table in (self._handed, self._sent):
            for handed in table:
                if not handed.is_final:
                    handed.method.unanswered += 1
        if len(self._pings):
            self._stats.troubles["pings without a pong"] += len(self._pings)
