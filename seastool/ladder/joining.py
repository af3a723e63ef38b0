"""The arrows of one call set in relation: lifelines, retransmissions, answers, passings-on."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from seastool.ladder.model import Arrow, Call, Endpoint, Kind, Lifeline, Role
from seastool.ladder.reading import user_of

_CLIENT_ACTIONS: Final = {"UAC_REQ", "AC_CANCEL"}
_CLIENT_EVENTS: Final = {"RES_IN", "AC_RES_FAIL"}
_FINAL: Final = 200
MAX_LIFELINES: Final = 24  # of one call; who comes last shares one


def join(call: Call) -> None:
    """Fill in the lifelines of a call and what its arrows have to do with each other."""
    _set_lifelines(call)
    _Joining(call).run()


def _set_lifelines(call: Call) -> None:
    ends = [(a.ends[0].whole, a.ends[1].whole) for a in call.arrows]
    senders: dict[int, bool] = {}
    known: dict[int, Endpoint] = {}
    for source, target in ends:
        for endpoint, sends in ((source, True), (target, False)):
            known.setdefault(id(endpoint), endpoint)
            senders.setdefault(id(endpoint), sends)
    kept, rest = _kept(known)
    ordered = _ordered(kept, senders) + rest
    index = {id(endpoint): i for i, endpoint in enumerate(ordered)}
    for arrow, (source, target) in zip(call.arrows, ends, strict=True):
        arrow.source = index.get(id(source), MAX_LIFELINES - 1)
        arrow.target = index.get(id(target), MAX_LIFELINES - 1)
    call.lifelines = [
        Lifeline(e.role, e.name or e.role, e.addresses[0] if e.addresses else "", e)
        for e in ordered
    ]
    _name_phones(call)


def _kept(known: dict[int, Endpoint]) -> tuple[list[Endpoint], list[Endpoint]]:
    """Those that get a lifeline of their own, and one for all others, if there are too many: who
    speaks SEAS comes first."""
    if len(known) <= MAX_LIFELINES:
        return list(known.values()), []
    ranked = sorted(known.values(), key=lambda e: not e.speaks_seas)
    rest = len(ranked) - MAX_LIFELINES + 1
    return ranked[: MAX_LIFELINES - 1], [Endpoint(Role.PHONE, f"{rest:,} others")]


def _ordered(known: list[Endpoint], senders: dict[int, bool]) -> list[Endpoint]:
    """Who calls, the proxies each with its application servers, who is called: most arrows join
    neighbours then. Without a caller, who is called stands first."""
    seas = [e for e in known if e.speaks_seas]
    middle = seas or [e for e in known if e.role is not Role.PHONE]
    inner = {id(e) for e in middle}
    outer = [e for e in known if id(e) not in inner]
    left = [e for e in outer if senders[id(e)]]
    right = [e for e in outer if not senders[id(e)]]
    if not left:
        left, right = right, []
    middle.sort(key=lambda e: e.role is Role.SERVER)
    return [*left, *middle, *right]


def _name_phones(call: Call) -> None:
    """Name phones by the users of the call: who begins it by From, others by what they are
    asked for."""
    named = {i for i, line in enumerate(call.lifelines) if not line.address}
    begun = False
    for arrow in call.arrows:
        if arrow.kind is not Kind.SIP or not arrow.method:
            continue
        if not begun:
            begun = True
            _name(call, arrow.source, user_of(call.from_uri), named)
        _name(call, arrow.target, user_of(arrow.subject), named)


def _name(call: Call, index: int, user: str, named: set[int]) -> None:
    lifeline = call.lifelines[index]
    if index in named:
        return
    named.add(index)
    if lifeline.role is Role.PHONE and user:
        lifeline.name = user


class _Joining:
    """One pass over the arrows of a call. The keys of each table say what it joins by."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._seen: dict[Hashable, int] = {}
        self._requests: dict[Hashable, int] = {}
        self._finals: dict[Hashable, int] = {}
        self._arrived: dict[Hashable, int] = {}

    def run(self) -> None:
        for i, arrow in enumerate(self._call.arrows):
            if arrow.kind is Kind.SIP:
                arrow.repeats = self._first_of(i, arrow)
            if not arrow.is_retransmission and arrow.kind is not Kind.GAP:
                self._relate(i, arrow)

    def _first_of(self, i: int, arrow: Arrow) -> int | None:
        """The arrow that is sent again by this one: the same bytes, or the same message of one
        transaction (a provisional response may come again and say something else)."""
        ends = arrow.source, arrow.target
        keys: list[Hashable] = [(ends, arrow.size, arrow.digest)]
        if arrow.branch and (arrow.method or arrow.status >= _FINAL):
            what = arrow.method or arrow.status
            keys.append((ends, arrow.branch, arrow.cseq, arrow.cseq_method, what, arrow.to_tag))
        found = next((self._seen[key] for key in keys if key in self._seen), None)
        for key in keys:
            self._seen.setdefault(key, i)
        return found

    def _relate(self, i: int, arrow: Arrow) -> None:
        before = self._answered(i, arrow)
        if before is not None:
            arrow.answers = before
            arrow.answer_ns = arrow.time_ns - self._call.arrows[before].time_ns
        cause = self._passed_on(i, arrow)
        if cause is not None:
            arrow.follows = cause
            arrow.follow_ns = arrow.time_ns - self._call.arrows[cause].time_ns

    def _answered(self, i: int, arrow: Arrow) -> int | None:
        """The request on this hop that an arrow answers; requests are kept for their answers."""
        if arrow.method == "ACK":
            return self._finals.get((arrow.target, arrow.source, arrow.cseq))
        key = _transaction(arrow)
        if key is None:
            return None
        if _asks(arrow):
            self._requests[key] = i
            return None
        request = self._requests.get(key)
        if request is not None and arrow.cseq is None:
            asked = self._call.arrows[request]
            arrow.cseq, arrow.cseq_method = asked.cseq, asked.cseq_method
        if arrow.status >= _FINAL and arrow.cseq_method in ("INVITE", ""):
            self._finals.setdefault((arrow.source, arrow.target, arrow.cseq), i)
        return request

    def _passed_on(self, i: int, arrow: Arrow) -> int | None:
        """What came in at the proxy and goes on by this arrow: from SIP to SEAS or back, else
        from SIP to SIP. Servers write a CSeq of their own now and then, so it may differ."""
        what = arrow.method or arrow.status
        if not what or arrow.is_faked:
            return None
        kinds = (Kind.SIP,) if arrow.kind is Kind.SEAS else (Kind.SEAS, Kind.SIP)
        found = None
        if self._is_proxy(arrow.source):
            found = next(
                (
                    self._arrived[key]
                    for kind in kinds
                    for number in (arrow.cseq, None)
                    if (key := (arrow.source, kind, what, arrow.cseq_method, number))
                    in self._arrived
                ),
                None,
            )
        if self._is_proxy(arrow.target):
            at = arrow.target, arrow.kind, what, arrow.cseq_method
            self._arrived[(*at, arrow.cseq)] = i
            self._arrived[(*at, None)] = i
        return found

    def _is_proxy(self, index: int) -> bool:
        return self._call.lifelines[index].role is Role.PROXY


def _asks(arrow: Arrow) -> bool:
    """Whether an answer to the arrow may come."""
    return bool(arrow.method) or arrow.type_name == "PING"


def _transaction(arrow: Arrow) -> Hashable | None:
    """What a request and its answers have in common."""
    ends = min(arrow.source, arrow.target), max(arrow.source, arrow.target)
    if arrow.kind is Kind.SIP:
        asker = arrow.source if arrow.method else arrow.target
        return ends, asker, arrow.branch, arrow.cseq, arrow.cseq_method
    if arrow.type_name in ("PING", "JAIN_PONG"):
        return ends, "ping", arrow.subject
    if arrow.type_name in _CLIENT_ACTIONS | _CLIENT_EVENTS:
        return ends, "uac", arrow.uac_id
    if arrow.type_name in ("SL_REQ_IN", "SL_MSG"):
        asker = arrow.source if arrow.method else arrow.target
        return ends, asker, "stateless", arrow.cseq, arrow.cseq_method
    if arrow.hash_index is not None:
        return ends, arrow.hash_index, arrow.label
    return None
