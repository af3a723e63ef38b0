"""Plays the client of one recorded call and compares what the other side does.

Sans-I/O: what it sends goes through a `TransactionLayer`, which other calls may share.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seastool.replay.fields import SipFields
from seastool.replay.messages import RecordedCall
from seastool.replay.playing.client import FAILURE, FINAL, Client
from seastool.replay.playing.invitation import Invitation
from seastool.replay.playing.matching import outrun, request_part, response_part, unanswered
from seastool.replay.playing.options import Playing
from seastool.replay.playing.plan import Part, parts_of, replies_to
from seastool.replay.playing.report import Report
from seastool.replay.result import MessageDifference
from seastool.replay.rewriting import Rewriting
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming, MessageReader
from seastool.sip.parts import status as status_of
from seastool.sip.transactions import (
    Arrival,
    ArrivalKind,
    ClientTransaction,
    ServerTransaction,
    TransactionLayer,
)

NOT_ANSWERED: Final = "the INVITE was not answered in time"
MOST_SEEN: Final = 100
MOST_DIGITS: Final = 10  # of a CSeq number
_UNEXPECTED: Final = {b"BYE": 200, b"CANCEL": 200, b"OPTIONS": 200}
_NO_DIALOG: Final = 481
_LOOP: Final = 482  # of a merged request (section 8.2.2.2)


class Player:
    """The client of one call, from its first step to its end.

    hop: where its messages go. tell: takes each difference. is_over: it needs nothing more.
    is_whole: it came to its end as it was recorded, differences or not. why: if not, why.
    is_one_sided: nothing that the other side sent was recorded, so that nothing is unexpected.
    Of those who drive it: `start`, then what comes for its Call-ID and its transactions
    (`user` of which it is), and `handle_timer` when `get_timer` says.
    """

    def __init__(
        self,
        call: RecordedCall,
        rewriting: Rewriting,
        layer: TransactionLayer,
        reader: MessageReader,
        hop: Hop,
        playing: Playing,
        tell: Callable[[MessageDifference], None],
    ) -> None:
        self.rewriting = rewriting
        self.is_over = self.is_whole = self.is_answered = False
        self.why = ""
        self._layer, self._reader, self._playing = layer, reader, playing
        self._parts = parts_of(call)
        self.is_one_sided = all(part.by_client for part in self._parts)
        self.report = Report(call, playing.level, tell, is_one_sided=self.is_one_sided)
        highest = max((part.cseq for part in self._parts), default=0)
        self._client = Client(self, rewriting, layer, hop, highest)
        self._position = 0
        self._moved = 0.0  # when the part before was done
        self._due: float | None = None
        self._ends_at: float | None = None
        self._early: list[tuple[float, Part]] = []
        self._seen: set[bytes] = set()
        self.queued: float | None = None  # when it stands in the heap of its `Stage`

    # What drives it.

    def start(self, now: float) -> None:
        """Begin."""
        self._moved = now - self._playing.pause(self._parts[0].delay) if self._parts else now
        self._go(now)

    def get_timer(self) -> float | None:
        """When `handle_timer` is due; None for not yet."""
        if self.is_over:
            return None
        if self._ends_at is not None:
            return self._ends_at
        times = [due for due, _ in self._early]
        return min(times if self._due is None else [*times, self._due], default=None)

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        self._go(now)

    def stop(self, now: float, why: str) -> None:
        """End before the end: what was begun is cancelled or hung up."""
        if self._ends_at is None:
            self._break_off(now, why)

    # What comes.

    def response(self, transaction: ClientTransaction, response: Incoming, now: float) -> None:
        """A response that the layer passes up."""
        text = response.text
        status, cseq = status_of(text) or 0, int(response.cseq[:MOST_DIGITS])
        self.is_answered = True
        invitation = self._client.invitations.get(cseq) if response.method == b"INVITE" else None
        if self._is_old(invitation, status, text) or cseq > self._client.highest:
            return
        if invitation is not None and status >= FINAL:
            if invitation.success:
                self.report.unexpected(self._step(), status, text)
                self._client.refuse_fork(invitation, text, now)
                return
            invitation.status = status
            invitation.success = text if status < FAILURE else b""
        if self.is_over or self._client.is_leaving or self.why:
            self._come_late(invitation, status, now)
            return
        part = response_part(self._parts, cseq, response.method, status)
        for other in outrun(self._parts, cseq, response.method, status):
            if other is not part:
                self._miss(other, now)
        self._answered(part, invitation, status, text, now)
        self._go(now)

    def _answered(
        self,
        part: Part | None,
        invitation: Invitation | None,
        status: int,
        text: bytes,
        now: float,
    ) -> None:
        """A response that came in time. part: the one that it stands for."""
        if part is None and self.is_one_sided:
            self.rewriting.learn_blind(text)
            if status >= FAILURE and self._waits_for_success(invitation):
                self._break_off(now, f"the INVITE got {status}")
        elif part is None:
            self.report.unexpected(self._step(), status, text)
            self.rewriting.challenged(text)
            self._come_late(invitation, status, now)
        else:
            self._came(part, text, now)
            self.rewriting.learn_response(part.data, text)
            if invitation is not None and status >= FINAL:
                self._decide(invitation, part, now)

    def request(self, arrival: Arrival, request: Incoming, hop: Hop, now: float) -> None:
        """A request of the other side. hop: where it came from."""
        self.is_answered = True
        if arrival.kind in (ArrivalKind.ACK, ArrivalKind.ACK_OF_FAILURE):
            self._acknowledged(arrival, request, now)
        elif arrival.kind is ArrivalKind.MERGED and arrival.transaction is not None:
            form = self._reader.form(request, hop.remote_address, hop.remote_port)
            self._client.refuse(arrival.transaction, form, _LOOP, now)
        elif arrival.transaction is not None:
            arrival.transaction.user = self
            self._asked(arrival.transaction, request, hop, now)
        self._go(now)

    def timed_out(self, transaction: ClientTransaction | ServerTransaction, now: float) -> None:
        """Nobody has answered in time (timers B and F, H of the other side's INVITE)."""
        if self._ends_at is not None or isinstance(transaction, ServerTransaction):
            return
        cseq, method = SipFields(transaction.request).cseq
        for part in unanswered(self._parts, cseq, method):
            self._miss(part, now)
        invitation = self._client.invitations.get(cseq)
        if invitation is not None and invitation.transaction is transaction:
            self._break_off(now, NOT_ANSWERED)
        self._go(now)

    def _waits_for_success(self, invitation: Invitation | None) -> bool:
        """Whether an ACK to its 2xx is still to be sent."""
        return invitation is not None and any(
            part.method == b"ACK" and part.cseq == invitation.cseq and not part.is_done
            for part in self._parts
        )

    def _is_old(self, invitation: Invitation | None, status: int, text: bytes) -> bool:
        """Whether a response is there again; a 2xx gets its ACK again."""
        if text in self._seen:
            if invitation is not None and invitation.ack and FINAL <= status < FAILURE:
                self._client.send(invitation.ack)
            return True
        if len(self._seen) < MOST_SEEN:
            self._seen.add(text)
        return False

    def _came(self, part: Part, text: bytes, now: float) -> None:
        part.is_done, part.time = True, now
        self.report.came(part, text)

    def _miss(self, part: Part, now: float) -> None:
        part.is_done, part.time = True, now
        self.report.missing(part)

    def _decide(self, invitation: Invitation, part: Part, now: float) -> None:
        """Where an INVITE succeeds that failed, or the other way round, what was recorded behind
        it makes no sense any more."""
        if (part.status < FAILURE) == (invitation.status < FAILURE):
            return
        if invitation.is_first:
            told = f"the INVITE got {invitation.status}, not {part.status}"
            self._break_off(now, told)
        elif invitation.success:
            self._client.acknowledge(invitation)

    def _come_late(self, invitation: Invitation | None, status: int, now: float) -> None:
        """A 2xx that nothing waits for makes a dialog all the same, which must not stay."""
        if invitation is not None and FINAL <= status < FAILURE:
            self._client.acknowledge(invitation)
            if invitation.is_first:
                self._client.hang_up(invitation, now)

    def _asked(
        self, transaction: ServerTransaction, request: Incoming, hop: Hop, now: float
    ) -> None:
        form = self._reader.form(request, hop.remote_address, hop.remote_port)
        self._client.is_hung_up = self._client.is_hung_up or request.method == b"BYE"
        part = None
        if self._ends_at is None:
            part = request_part(self._parts, request.method)
        if part is None:
            status = _UNEXPECTED.get(request.method, _NO_DIALOG)
            self._client.refuse(transaction, form, status, now)
            if self._ends_at is None or self.is_whole:
                self.report.unexpected(self._step(), 0, request.text)
            if request.method == b"BYE" and self._ends_at is None:
                self._break_off(now, "the other side has hung up")
            return
        part.transaction, part.form = transaction, form
        self._came(part, request.text, now)
        self.rewriting.learn_request(part.data, request.text)
        if part is not self._current():  # its place in the call is not there yet; it cannot wait
            for reply, delay in replies_to(part, self._parts):
                self._early.append((now + self._playing.pause(delay), reply))

    def _acknowledged(self, arrival: Arrival, ack: Incoming, now: float) -> None:
        if arrival.invite is not None and arrival.kind is ArrivalKind.ACK:
            self._layer.acknowledge(arrival.invite)
        if arrival.kind is ArrivalKind.ACK_OF_FAILURE and not arrival.is_first:
            return
        if ack.text in self._seen or self._ends_at is not None:
            return
        self._seen.add(ack.text)
        if (part := request_part(self._parts, b"ACK")) is not None:
            self._came(part, ack.text, now)
        else:
            self.report.unexpected(self._step(), 0, ack.text)

    # What is done, step by step.

    def _current(self) -> Part | None:
        return self._parts[self._position] if self._position < len(self._parts) else None

    def _step(self) -> int:
        """The number of the step that is waited for; of the last one at the end."""
        if not self._parts:
            return 0
        return self._parts[min(self._position, len(self._parts) - 1)].step

    def _go(self, now: float) -> None:
        if self._ends_at is None:
            self._reply_early(now)
        while self._ends_at is None and (part := self._current()) is not None:
            if not part.is_done:
                self._due = self._due_of(part)
                if self._due > now:
                    return
                self._do(part, self._due, now)
            self._moved = max(self._moved, part.time)
            self._position += 1
        if self._ends_at is None:
            self.is_whole = True
            self._ends_at = now + self._playing.settle
            self._client.leave(now)
        elif now >= self._ends_at:
            self.is_over = True
            self._parts, self._position = [], 0  # its transactions outlive it

    def _due_of(self, part: Part) -> float:
        """When the client sends, or gives up waiting."""
        if part.by_client and not self._client.is_early(part):
            return self._moved + self._playing.pause(part.delay)
        return self._moved + self._playing.patience(part.delay)

    def _do(self, part: Part, due: float, now: float) -> None:
        if part.by_client:
            part.is_done, part.time = True, due
            if self._client.is_early(part):
                self._break_off(now, NOT_ANSWERED)
            elif part.status:
                self._client.reply(part, now)
            elif not self._client.ask(part, now):
                for other in unanswered(self._parts, part.cseq, part.method):
                    self._miss(other, now)
            return
        self._miss(part, now)
        if not self.is_answered:
            for other in unanswered(self._parts, part.cseq, part.method):
                self._miss(other, now)
            self._break_off(now, "nothing came back")
        elif (
            part.method == b"INVITE"
            and part.status >= FINAL
            and part.cseq in self._client.invitations
        ):
            self._break_off(now, NOT_ANSWERED)

    def _reply_early(self, now: float) -> None:
        due = [part for when, part in self._early if when <= now]
        self._early = [(when, part) for when, part in self._early if when > now]
        for part in due:
            if not part.is_done:
                part.is_done, part.time = True, now
                self._client.reply(part, now)

    # How it ends before its end.

    def _break_off(self, now: float, why: str) -> None:
        self.why = why
        self._ends_at = now + self._playing.settle
        self._client.leave(now)
