"""What the ladder itself finds: repeated and unanswered requests, late and vain replies, and what
the proxy did of its own; and how a call ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from seastool.ladder.model import Arrow, Call, Kind, Mark, Role, Severity
from seastool.render.times import SECOND, seconds_text

LATE_NS: Final = 5 * SECOND  # tm's wt_timer: how long a proxy holds what it handed over
_REPLIES: Final = {"REPLY_PROV", "REPLY_FIN", "REPLY_FIN_DLG"}
_EVENTS: Final = {"T_REQ_IN", "SL_REQ_IN"}
_CHALLENGES: Final = (401, 407)


def judge(call: Call, end_ns: int) -> None:
    """Put the marks at a call and say how it ended. end_ns: when the capture ends."""
    finals = _finals(call)
    judging = _Judging(call, finals, end_ns)
    for i, arrow in enumerate(call.arrows):
        for severity, text in judging.found(i, arrow):
            call.marks.append(Mark(arrow.packet, severity, text, i))
    call.result, call.final_status = _result(call, finals)


def _finals(call: Call) -> dict[int, int]:
    """The index of each request that has a final answer, to that of the first one."""
    finals: dict[int, int] = {}
    for i, arrow in enumerate(call.arrows):
        is_final = arrow.status >= 200 or arrow.type_name in ("AC_RES_FAIL", "JAIN_PONG")
        if arrow.answers is not None and is_final:
            finals.setdefault(arrow.answers, i)
    return finals


class _Judging:
    """Looks at one arrow after the other, with what is known of all of them."""

    def __init__(self, call: Call, finals: dict[int, int], end_ns: int) -> None:
        self._call = call
        self._finals = finals
        self._end_ns = end_ns
        self._answered = {arrow.answers for arrow in call.arrows}
        self._passed = {arrow.follows for arrow in call.arrows}
        self._events = {(a.method, a.cseq) for a in call.arrows if a.type_name in _EVENTS}

    def found(self, i: int, arrow: Arrow) -> Iterator[tuple[Severity, str]]:
        """What there is to tell of an arrow."""
        if arrow.error:
            yield Severity.ERROR, f"does not decode: {arrow.error}"
        if arrow.kind is Kind.GAP:
            yield Severity.WARNING, arrow.subject
        if arrow.repeats is not None:
            first = self._call.arrows[arrow.repeats]
            since = seconds_text(arrow.time_ns - first.time_ns)
            yield Severity.WARNING, f"sent again: first in packet {first.packet}, {since} s before"
        elif i not in self._finals and _awaits(arrow):
            yield Severity.WARNING, self._unanswered(i, arrow)
        if arrow.type_name == "AC_RES_FAIL":
            yield Severity.ERROR, "the proxy could not do what was asked"
        if arrow.is_faked:
            yield Severity.WARNING, f"{arrow.status} made by the proxy: nothing came in time"
        if arrow.type_name in _REPLIES:
            yield from self._of_reply(i, arrow)
        if arrow.status == 500 and self._is_unseen(arrow):
            yield (
                Severity.ERROR,
                "500 without an event: the application server saw nothing of the request",
            )

    def _unanswered(self, i: int, arrow: Arrow) -> str:
        what = "no final answer" if i in self._answered else "no answer"
        left = seconds_text(self._end_ns - arrow.time_ns)
        return f"{what} in the {left} s until the capture ends"

    def _of_reply(self, i: int, arrow: Arrow) -> Iterator[tuple[Severity, str]]:
        if arrow.answers is None:
            return
        final = self._finals.get(arrow.answers, i)
        if final < i:
            packet = self._call.arrows[final].packet
            yield Severity.ERROR, f"dropped by the proxy: packet {packet} was the final reply"
        elif (arrow.answer_ns or 0) > LATE_NS:
            end = "" if i in self._passed else ", and nothing of it left the proxy"
            yield Severity.WARNING, f"later than 5 s, when the proxy may have let go of it{end}"

    def _is_unseen(self, arrow: Arrow) -> bool:
        """Whether a response came out of a proxy that speaks SEAS, to a request of which there is
        no event."""
        source = self._call.lifelines[arrow.source]
        if arrow.kind is not Kind.SIP or arrow.answers is None or arrow.is_retransmission:
            return False
        if source.role is not Role.PROXY or not source.endpoint.speaks_seas:
            return False
        asked = self._call.arrows[arrow.answers]
        return (asked.method, asked.cseq) not in self._events


def _awaits(arrow: Arrow) -> bool:
    """Whether a final answer ought to come. A CANCEL of the application server gets none of every
    proxy, a stateless message none that could be told."""
    if arrow.type_name == "PING":
        return True
    if not arrow.method or arrow.method == "ACK":
        return False
    return arrow.kind is Kind.SIP or arrow.type_name in ("T_REQ_IN", "UAC_REQ")


def _result(call: Call, finals: dict[int, int]) -> tuple[str, int]:
    """Method and final status of the call's first request; of the next one like it, where the
    first was challenged."""
    method = next((a.method for a in call.arrows if a.method), "")
    if not call.call_id or not method:
        return "", 0
    result = f"{method} no final answer"
    asked: Counter[tuple[int, int]] = Counter()
    for i, arrow in enumerate(call.arrows):
        if arrow.method != method or arrow.is_retransmission:
            continue
        hop = arrow.source, arrow.target
        asked[hop] += 1
        if hop != next(iter(asked)) or i not in finals:
            continue
        final = call.arrows[finals[i]]
        told = f"{final.status} {final.subject}".strip() if final.status else final.subject
        faked = " (faked by the proxy)" if final.is_faked else ""
        result = f"{method} {told}{faked}"
        if final.status not in _CHALLENGES:
            return result, final.status
    return result, 0
