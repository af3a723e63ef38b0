"""An INVITE that the client has sent, and how to get out of it."""

from __future__ import annotations

from dataclasses import dataclass

from seastool.sip.transactions import ClientTransaction


@dataclass(slots=True)
class Invitation:
    """cseq: its number. is_first: whether it asked for a new dialog. status: of the final
    response, 0 before one. success: the 2xx, and ack: what acknowledged it, once sent."""

    transaction: ClientTransaction
    cseq: int
    is_first: bool
    status: int = 0
    success: bytes = b""
    ack: bytes = b""

    @property
    def can_be_cancelled(self) -> bool:
        """Whether a CANCEL may go out (RFC 3261 section 9.1)."""
        return not self.status and self.transaction.status >= 100

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come, so that a CANCEL has to wait."""
        return not self.status and not self.transaction.status and not self.transaction.is_over
