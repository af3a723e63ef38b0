"""Names for the transactions of a recorded session: invite, bye, invite2."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from seastool.scenario.matching.routing import exchange_keys
from seastool.scenario.recording.session import Recorded
from seastool.scenario.texts.scope import BUILT_IN
from seastool.seas import frames
from seastool.sip import parts as sip_parts

_UNFIT = re.compile(r"[^a-z0-9_]")


@dataclass(slots=True)
class Named:
    """A transaction with its name. call_id, cseq: of its request."""

    name: str
    method: str
    call_id: str
    cseq: int | None
    stateless: bool


class Naming:
    """Gives names as requests pass, and finds what a frame belongs to."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*BUILT_IN, *taken}
        self._by_key: dict[int, Named] = {}
        self._all: list[Named] = []

    def request(self, recorded: Recorded) -> Named:
        """The transaction that a request opens; that of an ACK of the proxy is the INVITE's, and
        the name is the ACK's own."""
        method = recorded.method
        named = Named(
            self._new_name(method),
            method,
            sip_parts.call_id(recorded.text) or "",
            sip_parts.cseq(recorded.text)[0],
            isinstance(recorded.frame, frames.SlReqIn | frames.SlMsg),
        )
        keys = exchange_keys(recorded.frame)[:1]
        for key in keys:
            if method != "ACK" or isinstance(recorded.frame, frames.UacReq):
                self._by_key[key] = named
        self._all.append(named)
        return named

    def _new_name(self, method: str) -> str:
        base = _UNFIT.sub("_", method.lower()) or "request"
        base = base if base[0].isalpha() else f"m_{base}"
        name, count = base, 1
        while name in self._taken:
            count += 1
            name = f"{base}{count}"
        self._taken.add(name)
        return name

    def of(self, recorded: Recorded) -> Named | None:
        """The transaction that a frame names, and that is known."""
        for key in exchange_keys(recorded.frame):
            if key in self._by_key:
                return self._by_key[key]
        return None

    def link(self, recorded: Recorded, named: Named) -> None:
        """A frame of that transaction tells another key of it."""
        for key in exchange_keys(recorded.frame):
            self._by_key.setdefault(key, named)

    def invite_of(self, recorded: Recorded) -> Named | None:
        """The INVITE that an ACK or CANCEL is for, by Call-ID and number."""
        call_id = sip_parts.call_id(recorded.text)
        number, _ = sip_parts.cseq(recorded.text)
        for named in reversed(self._all):
            if (named.method, named.call_id, named.cseq) == ("INVITE", call_id, number):
                return named
        return None

    def answered_by(self, recorded: Recorded) -> Named | None:
        """The stateless request that a stateless response is for."""
        call_id = sip_parts.call_id(recorded.text)
        cseq = sip_parts.cseq(recorded.text)
        for named in reversed(self._all):
            if named.stateless and (named.call_id, (named.cseq, named.method)) == (call_id, cseq):
                return named
        return None
