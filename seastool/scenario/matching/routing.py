"""By which keys a frame is known to belong to a call: transaction, uac id, Call-ID.

A transaction's key is one number of its hash index and label; a uac id's is negative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seastool.scenario.matching.incoming import Incoming
from seastool.seas import frames
from seastool.seas.frames import Frame

Keys = tuple[int, ...]


def transaction_key(hash_index: int, label: int) -> int:
    """The key of a transaction in the proxy."""
    return hash_index << 32 | label


def uac_key(uac_id: int) -> int:
    """The key of a transaction of the application server's own."""
    return -1 - uac_id


def _request(frame: Any) -> Keys:
    own = frame.hash_index << 32 | frame.label
    if frame.cancelled_label is None:
        return (own,)
    return own, frame.cancelled_hash_index << 32 | frame.cancelled_label


def _response(frame: Any) -> Keys:
    return -1 - frame.uac_id, frame.hash_index << 32 | frame.label


def _reply(frame: Any) -> Keys:
    return (frame.hash_index << 32 | frame.label,)


def _uac(frame: Any) -> Keys:
    return (-1 - frame.uac_id,)


def _cancel(frame: Any) -> Keys:
    return -1 - frame.uac_id, frame.hash_index << 32 | frame.label


_KEYS: dict[type, Callable[[Any], Keys]] = {
    frames.TReqIn: _request,
    frames.ResIn: _response,
    frames.AcResFail: _uac,
    frames.Reply: _reply,
    frames.UacReq: _uac,
    frames.AcCancel: _cancel,
}
LINK_TYPES = frozenset({"PING", "JAIN_PONG", "BIND", "UNBIND"})
"""Frames of the connection rather than of a call: they come unasked."""

UNKEYED = frozenset({"T_REQ_IN", "SL_REQ_IN", "UAC_REQ", "SL_MSG", "AC_CANCEL"}) | LINK_TYPES
"""Frames that may be the first of something, so that no key of theirs is known."""


def exchange_keys(frame: Frame) -> Keys:
    """The keys of the transactions that a frame names."""
    keys = _KEYS.get(type(frame))
    return keys(frame) if keys else ()


def find_call(incoming: Incoming, calls: dict[int | str, Any]) -> Any:
    """The call that a frame belongs to; None where no key of it is known."""
    for key in exchange_keys(incoming.frame):
        call = calls.get(key)
        if call is not None:
            return call
    call_id = incoming.call_id if incoming.text else None
    return calls.get(call_id) if call_id else None
