"""The pings of a proxy: when they are due, which are out, and what a pong is for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from seastool.seas.connection.openser_events import (
    Happening,
    Peer,
    PingLost,
    PingPlan,
    Ponged,
    Wrong,
)
from seastool.seas.frames import JainPong, Ping

MAX_PINGS_OUT: Final = 1000


class Pings:
    """Those to all application servers, which a proxy numbers in one row.

    plan: None for those that are asked for only. tell: takes what has come of them.
    """

    def __init__(self, plan: PingPlan | None, tell: Callable[[Happening], None]) -> None:
        self._plan = plan
        self._tell = tell
        self._sequence = 0

    def first(self, now: float) -> float | None:
        """When the first is due to an application server that comes now."""
        return None if self._plan is None else now + self._plan.period

    def get_timer(self, peers: Collection[Peer]) -> float | None:
        """When `due` wants to be called; None: not before something else happens."""
        plan = self._plan
        if plan is None:
            return None
        times = [peer.next_ping for peer in peers if peer.next_ping is not None]
        times += [next(iter(peer.pings.values())) + plan.timeout for peer in peers if peer.pings]
        return min(times, default=None)

    def due(self, peers: Collection[Peer], now: float) -> list[Peer]:
        """Who is to be sent one now. Tells which were lost meanwhile."""
        plan = self._plan
        if plan is None:
            return []
        due = []
        for peer in peers:
            while peer.pings:
                sequence, sent = next(iter(peer.pings.items()))
                if sent + plan.timeout > now:
                    break
                del peer.pings[sequence]
                peer.lost_pings += 1
                self._tell(PingLost(peer, sequence))
            if peer.next_ping is not None and now >= peer.next_ping:
                peer.next_ping = now + plan.period
                due.append(peer)
        return due

    def new(self, peer: Peer, now: float) -> Ping:
        """The next one to that application server; it is out from now on."""
        self._sequence += 1
        if len(peer.pings) >= MAX_PINGS_OUT:
            peer.pings.popitem(last=False)
        peer.pings[self._sequence] = now
        return Ping(sequence=self._sequence)

    def answered(self, peer: Peer, pong: JainPong, now: float) -> None:
        """A pong came: tells what it is for."""
        sent = peer.pings.pop(pong.sequence, None)
        if sent is not None:
            self._tell(Ponged(peer, pong.sequence, now - sent, late=False))
        elif pong.sequence > self._sequence or pong.sequence == 0:
            told = f"a pong for ping {pong.sequence}, which was never sent"
            self._tell(Wrong("unknown-ping", told, peer))
        else:
            told = f"a pong for ping {pong.sequence}, which was answered before or counts as lost"
            self._tell(Wrong("late-pong", told, peer))
