"""What the client of one call sends, and which INVITEs of its are open."""

from __future__ import annotations

from typing import Final

from seastool.errors import LocalProtocolError
from seastool.replay.fields import SipFields
from seastool.replay.playing.invitation import Invitation
from seastool.replay.playing.plan import Part
from seastool.replay.rewriting import Rewriting
from seastool.sip.hop import Hop
from seastool.sip.reasons import reason_of
from seastool.sip.reply import ReplyForm
from seastool.sip.transactions import (
    ClientTransaction,
    Send,
    ServerTransaction,
    TransactionLayer,
    cancel_for,
)

FINAL: Final = 200
FAILURE: Final = 300


class Client:
    """Sends recorded messages as they are now, and what nobody recorded but RFC 3261 wants.

    user: of its transactions. highest: the last CSeq number that was recorded. invitations: by
    CSeq number. is_hung_up: whether a BYE has passed. is_leaving: whether it has sent what was
    not recorded, whose responses were not either.
    """

    def __init__(
        self,
        user: object,
        rewriting: Rewriting,
        layer: TransactionLayer,
        hop: Hop,
        highest: int,
    ) -> None:
        self.rewriting = rewriting
        self.highest = highest
        self.invitations: dict[int, Invitation] = {}
        self.is_hung_up = self.is_leaving = False
        self._user, self._layer, self._hop = user, layer, hop

    def is_early(self, part: Part) -> bool:
        """Whether what a CANCEL or an ACK is for has still to come."""
        invitation = self.invitations.get(part.cseq)
        if part.status or invitation is None:
            return False
        if part.method == b"CANCEL":
            return invitation.is_silent
        return part.method == b"ACK" and not invitation.status

    def ask(self, part: Part, now: float) -> bool:
        """Send a request; an ACK or a CANCEL only if there is what it is for. Returns whether
        there will be a response."""
        invitation = self.invitations.get(part.cseq)
        if part.method == b"ACK":
            self._acknowledge_as_recorded(part, invitation)
            return False
        branch = b""
        if part.method == b"CANCEL" and invitation is not None:
            if not invitation.can_be_cancelled:
                return False
            branch = invitation.transaction.branch
        data, branch = self.rewriting.request(part.data, branch=branch)
        transaction = self._start(data, part.method, branch, now)
        self.is_hung_up = self.is_hung_up or part.method == b"BYE"
        if part.method == b"INVITE" and transaction is not None:
            is_first = not SipFields(part.data).to_tag
            self.invitations[part.cseq] = Invitation(transaction, part.cseq, is_first)
        return transaction is not None

    def _acknowledge_as_recorded(self, part: Part, invitation: Invitation | None) -> None:
        data, _ = self.rewriting.request(part.data)
        if invitation is None:
            self.send(data)
        elif invitation.success and not invitation.ack:
            invitation.ack = data
            self.send(data)

    def reply(self, part: Part, now: float) -> None:
        """Send a response; none where the request did not come."""
        asked = part.answers
        if asked is None or asked.transaction is None or asked.form is None:
            return
        data = self.rewriting.response(part.data, asked.form)
        self._respond(asked.transaction, part.status, data, now)

    def refuse(
        self, transaction: ServerTransaction, form: ReplyForm, status: int, now: float
    ) -> None:
        """Send a response that was not recorded."""
        answer = form.render(status, reason_of(status).encode())
        self._respond(transaction, status, answer, now)

    def send(self, data: bytes) -> None:
        """Send what is no transaction."""
        self._layer.outputs.append(Send(data, self._hop, None, False))

    def acknowledge(self, invitation: Invitation) -> None:
        """The ACK to a 2xx whose ACK was not recorded."""
        if not invitation.ack:
            sent = invitation.transaction.request
            ack, _ = self.rewriting.inside(b"ACK", sent, invitation.success, invitation.cseq)
            invitation.ack = ack
            self.send(ack)

    def hang_up(self, invitation: Invitation, now: float) -> None:
        """A BYE, unless one has passed."""
        if not self.is_hung_up:
            self.is_hung_up = True
            self._bye(invitation, invitation.success, now)

    def refuse_fork(self, invitation: Invitation, success: bytes, now: float) -> None:
        """A second dialog of one INVITE ends at once (RFC 3261 section 13.2.2.4)."""
        sent = invitation.transaction.request
        self.send(self.rewriting.inside(b"ACK", sent, success, invitation.cseq)[0])
        self._bye(invitation, success, now)

    def leave(self, now: float) -> None:
        """End what the other side would keep: a call that rings, and one that talks."""
        for invitation in self.invitations.values():
            if not invitation.is_first:
                continue
            if invitation.success:
                self.acknowledge(invitation)
                self.hang_up(invitation, now)
            elif invitation.can_be_cancelled:
                self.is_leaving = True
                data = cancel_for(invitation.transaction.request)
                self._start(data, b"CANCEL", invitation.transaction.branch, now)

    def _bye(self, invitation: Invitation, success: bytes, now: float) -> None:
        sent = invitation.transaction.request
        data, branch = self.rewriting.inside(b"BYE", sent, success, self.highest + 1)
        self._start(data, b"BYE", branch, now)

    def _start(
        self, data: bytes, method: bytes, branch: bytes, now: float
    ) -> ClientTransaction | None:
        try:
            return self._layer.send_request(data, method, branch, self._hop, now, user=self._user)
        except LocalProtocolError as error:
            self.rewriting.note(str(error))
            return None

    def _respond(
        self, transaction: ServerTransaction, status: int, data: bytes, now: float
    ) -> None:
        repeat = transaction.is_invite and FINAL <= status < FAILURE
        try:
            self._layer.respond(transaction, status, data, now, repeat_success=repeat)
        except LocalProtocolError as error:
            self.rewriting.note(str(error))
