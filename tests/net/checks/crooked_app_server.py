"""An application server that does one thing wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from seastool.app.behaviours import parse_behaviours
from seastool.net.app_endpoint import Options
from seastool.net.app_server import AppServer
from seastool.seas.connection.app_server import Timing
from seastool.seas.faults import parse_fault

AWAY = 7.0  # longer than a check waits, and shorter than a run does
QUICK = Timing(pause=0.02, retry=0.02, retry_most=0.1)


@dataclass
class Crook:
    """What is wrong: all that is given.

    action_out: its replies and other actions of the application; None to send nothing, a list
    for several. event_in: what comes for it; None to take no notice, `Dies` to die. bytes_in: what
    one read gave, None to die. twist: anything else. behave, delay, like: see `seastool appserver`.
    also: checks that must fail too. skips: those that this leaves nothing to look at, beside the
    ones that say themselves what they need.
    """

    faults: Iterable[str] = ()
    action_out: Callable[[Any], Any] | None = None
    event_in: Callable[[Any], Any] | None = None
    bytes_in: Callable[[bytes], bytes | None] | None = None
    twist: Callable[[CrookedAppServer], None] | None = None
    behave: str = "answer"
    delay: float = 0.25
    like: str = "kamailio"
    also: Collection[str] = ()
    skips: Collection[str] = ()


class Dies(Exception):
    """The application server ends; it is started again after `AWAY` seconds."""


class CrookedAppServer(AppServer):
    """An application server with the faults of some crooks."""

    def __init__(self, port: int, crooks: Iterable[Crook]) -> None:
        self.crooks = crooks = list(crooks)
        first = crooks[0] if crooks else Crook()
        faults = [parse_fault(text) for crook in crooks for text in crook.faults]
        super().__init__(
            parse_behaviours([first.behave], first.delay),
            port=port,
            options=Options(timing=QUICK, faults=faults, seed=1),
            log=lambda text: None,
        )
        receive = self.user.receive

        def event_in(frame, data, now):
            for crook in self.crooks:
                if frame is not None and crook.event_in is not None:
                    frame = crook.event_in(frame)
            if frame is not None:
                receive(frame, data, now)

        self.user.receive = event_in
        for crook in crooks:
            if crook.twist is not None:
                crook.twist(self)

    def send(self, action):
        actions = [action]
        for crook in self.crooks:
            if crook.action_out is not None:
                made = [crook.action_out(one) for one in actions]
                actions = [one for some in made for one in _listed(some)]
        for one in actions:
            super().send(one)

    def link_data(self, link, data):
        for crook in self.crooks:
            if data is not None and crook.bytes_in is not None:
                data = crook.bytes_in(data)
        try:
            if data is None:
                raise Dies
            if data:
                super().link_data(link, data)
        except Dies:
            self._die()

    def _die(self):
        now = self._loop.time()
        self.connection._events.clear()
        self.connection._fail("it has died", now)
        self.connection._timer = now + AWAY
        self._drive()


def _listed(some: Any) -> list[Any]:
    return some if isinstance(some, list) else [some] if some is not None else []
