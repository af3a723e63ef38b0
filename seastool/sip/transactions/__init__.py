"""SIP transactions (RFC 3261 section 17, RFC 6026), sans-I/O: bytes and times go in, outputs come
out."""

from __future__ import annotations

from seastool.sip.transactions.hop_by_hop import ack_for, cancel_for
from seastool.sip.transactions.layer import TransactionLayer
from seastool.sip.transactions.outputs import (
    Arrival,
    ArrivalKind,
    Output,
    Send,
    Stray,
    Terminated,
    TimedOut,
    TransportFailed,
    Unacknowledged,
)
from seastool.sip.transactions.states import State
from seastool.sip.transactions.timing import Timing
from seastool.sip.transactions.transaction import ClientTransaction, ServerTransaction
from seastool.sip.transactions.vias import vias

__all__ = [
    "Arrival",
    "ArrivalKind",
    "ClientTransaction",
    "Output",
    "Send",
    "ServerTransaction",
    "State",
    "Stray",
    "Terminated",
    "TimedOut",
    "Timing",
    "TransactionLayer",
    "TransportFailed",
    "Unacknowledged",
    "ack_for",
    "cancel_for",
    "vias",
]
