"""One request, seen through: its responses, the ACK of a 2xx, the BYE, the CANCEL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from seastool.app import Request, Response, Session, SessionState
from seastool.errors import SeasError
from seastool.net.one_shot import (
    FIRST_FAILURE,
    FIRST_FINAL,
    Endpoint,
    OneShot,
    Verdict,
    failure_text,
)
from seastool.net.request_draft import Draft
from seastool.seas.frames import FAKED_REPLY, SPIRAL, AcResFail, Action, Event, ResIn, UacReq

GRACE: Final = 2.0  # seconds for what ends a call: an answer to the CANCEL, to the BYE
LINGER: Final = 0.3  # before leaving after a last action: a proxy does not read on when we are gone
_MOST_UAC_IDS: Final = 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do with the responses; times in seconds.

    timeout: for the final one. wait: for a failure of what gets no response. ack: whether a 2xx
    to an INVITE gets its ACK. bye_after: when a BYE follows; None for never.
    """

    timeout: float = 35.0
    wait: float = 1.0
    ack: bool = True
    bye_after: float | None = None
    spiral: bool = False


class OneRequest(OneShot):
    """Sends one request and ends with its final response, or with the call that comes of it.

    A draft that is a text goes out as it is, whatever it says.
    """

    def __init__(self, endpoint: Endpoint, draft: Draft, plan: Plan) -> None:
        super().__init__(endpoint)
        self._draft = draft
        self._plan = plan
        self._request: Request | None = None
        self._last: ResIn | None = None
        self._is_final = self._is_ending = False
        self._dialogs: list[Session] = []
        self._byes: set[int] = set()
        self._patience = GRACE

    @property
    def responses(self) -> bool:
        """Whether any has come."""
        return self._last is not None

    # Sending.

    def _send(self, now: float) -> None:
        draft, plan = self._draft, self._plan
        self._request = draft.make(self.container)
        if self._request is not None:
            self._request.send(self._on_response, spiral=plan.spiral)
        else:
            options = self._endpoint.options
            self._out(
                UacReq(
                    processor_id=options.processor_id,
                    flags=SPIRAL if plan.spiral else 0,
                    uac_id=int(self._endpoint.new_id(), 16) % _MOST_UAC_IDS,
                    text=draft.raw,
                )
            )
        if draft.method == "ACK":
            self._later(now + plan.wait, self._waited)
        else:
            self._later(now + plan.timeout, self._timed_out)

    def _out(self, action: Action) -> None:
        if self._uac_id is not None or not isinstance(action, UacReq):
            super()._out(action)
            return
        self._uac_id = action.uac_id
        action.text = self._draft.raw or action.text
        self._announce(action)
        super()._out(action)
        call_id = f", Call-ID {self._request.call_id}" if self._request is not None else ""
        self._tell(f"sent {self._draft.method} {self._draft.uri} (uac id {action.uac_id}{call_id})")

    def _waited(self, now: float) -> None:
        self._end(Verdict.SENT, "sent; no response comes to an ACK")
        self._leave(now)

    # What comes.

    def _take(self, frame: Event | AcResFail, now: float) -> None:
        if self._request is None and isinstance(frame, ResIn) and frame.uac_id == self._uac_id:
            self._responded(frame, now)  # the container knows nothing of it
            return
        super()._take(frame, now)
        if self._byes and self._alive():
            self._hang_up(now)  # a further callee has answered meanwhile
        elif self._dialogs and not self._is_ending and not self._alive():
            self._is_ending = True
            self._tell("the callee has ended the call")
            self._later(now + LINGER, self._leave)

    def _responded(self, frame: ResIn, now: float) -> None:
        if frame.uac_id in self._byes:
            self._bye_responded(frame, now)
        elif frame.uac_id == self._uac_id and not self._is_final:
            self._last = frame
            if frame.status >= FIRST_FINAL:
                self._is_final = True
                self._finally(frame, now)

    def _on_response(self, response: Response) -> None:
        """The container has a response to the request that was sent."""
        if not response.is_success or response.method != "INVITE":
            return
        if response.session.state is SessionState.CONFIRMED:
            self._dialogs.append(response.session)
        if self._plan.ack:
            try:
                response.create_ack().send()
            except SeasError as error:
                self._tell(f"no ACK: {error}")

    def _finally(self, frame: ResIn, now: float) -> None:
        told = self._told(frame)
        if frame.flags & FAKED_REPLY:
            told += ", of the proxy's own: nobody had answered within its time"
            self._end(Verdict.FAILED, told)
        elif frame.status >= FIRST_FAILURE:
            if self.outcome is not None:
                self._tell(told)
            self._end(Verdict.FAILED, told)
        elif self._draft.method == "INVITE":
            self._answered(told, now)
            return
        else:
            self._end(Verdict.DONE, told)
        self._leave(now)

    def _answered(self, told: str, now: float) -> None:
        bye_after = self._plan.bye_after
        if self._is_ending:
            self._tell(f"{told}, before the CANCEL was there: a BYE ends the call")
            self._hang_up(now)
            return
        self._end(Verdict.DONE, told)
        if self._request is None:
            self._tell("no ACK: the text has not all that one needs (From, To, Call-ID, CSeq)")
        if self._dialogs and bye_after is not None:
            self._tell(f"answered; a BYE follows in {bye_after:g} s")
            self._later(now + bye_after, self._hang_up)
            return
        if bye_after is not None:
            self._tell("no BYE: the response names no dialog")
        elif self._dialogs:
            self._tell("the call is up, and stays so: --bye-after TIME would end it")
        self._later(now + LINGER, self._leave)

    def _failed(self, frame: AcResFail, now: float) -> None:
        if frame.uac_id == self._uac_id:
            self._is_final = True
            self._end(Verdict.FAILED, failure_text(frame))
            self._leave(now)
        elif frame.uac_id in self._byes:
            self._byes.discard(frame.uac_id)
            self._call_not_ended(f"the BYE: {failure_text(frame)}")
            self._leave_after_byes(now)
        else:
            self._tell(f"the ACK or CANCEL (uac id {frame.uac_id}): {failure_text(frame)}")

    # The end of a call.

    def _timed_out(self, now: float) -> None:
        last = self._last
        seen = f"the last response was {self._told(last)}" if last else "nor any other"
        told = f"no final response within {self._plan.timeout:g} s, {seen}"
        self._end(Verdict.UNANSWERED, told)
        self._give_up(now)

    def interrupt(self, now: float) -> None:
        """End, soon: a call that rings is cancelled, one that is up gets its BYE."""
        if self._is_ending or self.sent_at is None:
            self._leave(now)
        elif self._dialogs and self._alive():
            if self._plan.bye_after is not None:
                self._is_ending = True
                self._hang_up(now)
        else:
            if not self._is_final:
                self._end(Verdict.UNANSWERED, "ended before a final response")
            self._give_up(now)
        self._endpoint.set_timer()

    def _give_up(self, now: float) -> None:
        """Cancel an INVITE that rings, then leave."""
        if self._draft.method != "INVITE" or self._is_final:
            self._leave(now)
            return
        self._is_ending = True
        if why_not := self._cancel():
            self._tell(f"the INVITE is not cancelled: {why_not}")
            self._leave(now)
        else:
            self._later(now + GRACE, self._leave)

    def _cancel(self) -> str:
        """Send the CANCEL; returns why not, if it cannot be."""
        if self._last is None:
            return "no provisional response has named its transaction"
        if self._request is None:
            return "its text has not all that a CANCEL needs (From, To, Call-ID, CSeq)"
        try:
            self._request.create_cancel().send()
        except SeasError as error:
            return str(error)
        self._tell(f"the INVITE is cancelled ({self._last.hash_index}:{self._last.label})")
        return ""

    def _alive(self) -> list[Session]:
        return [one for one in self._dialogs if one.state is not SessionState.TERMINATED]

    def _hang_up(self, now: float) -> None:
        """A BYE for each callee that has answered."""
        self._patience = GRACE if self._is_ending else self._plan.timeout
        self._is_ending = True
        for session in self._alive():
            bye = session.create_request("BYE")
            try:
                bye.send(lambda _: None)
            except SeasError as error:
                self._call_not_ended(f"no BYE: {error}")
            if bye.client is not None:
                self._byes.add(bye.client.uac_id)
        self._later(now + self._patience, self._bye_unanswered)
        if not self._byes:
            self._leave(now)

    def _bye_responded(self, frame: ResIn, now: float) -> None:
        if frame.status < FIRST_FINAL:
            return
        self._byes.discard(frame.uac_id)
        if frame.status >= FIRST_FAILURE or frame.flags & FAKED_REPLY:
            self._call_not_ended(f"{self._told(frame)} to the BYE")
        self._leave_after_byes(now)

    def _bye_unanswered(self, now: float) -> None:
        self._worsen(Verdict.UNANSWERED, f"no response to the BYE within {self._patience:g} s")
        self._leave(now)

    def _call_not_ended(self, why: str) -> None:
        self._worsen(Verdict.FAILED, why)

    def _leave_after_byes(self, now: float) -> None:
        if not self._byes:
            self._leave(now)
