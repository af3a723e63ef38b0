"""The facts of the usual frames without decoding them: only what one line shows is read.

Whatever is not quite usual gives None, and `facts` is asked instead; both say the same.
"""

from __future__ import annotations

import struct as packing
from collections.abc import Callable
from typing import Any

from seastool.render.columns import FAILURES, compile_columns
from seastool.render.facts import ACK_NOTE
from seastool.seas.dialect import Dialect
from seastool.seas.frames import E2E_ACK, AcCancel, Reply, ResIn, SlMsg, SlReqIn, TReqIn, UacReq
from seastool.seas.message import CALLID, FIRST_STATUS, SHORTEST_PREFIX, MessageInfo
from seastool.seas.types import ActionType, EventType
from seastool.wire import Structure

Quick = tuple[int | None, int | None, int | None, str, str, str]
"""Hash index, label, uac id; note of the flags; method and URI, or status and reason; Call-ID."""

PREFIX = 5
# Plain numbers: members of an enumeration are slower to compare.
T_REQ_IN, SL_REQ_IN, RES_IN = (
    int(EventType.T_REQ_IN),
    int(EventType.SL_REQ_IN),
    int(EventType.RES_IN),
)
UAC_REQ, SL_MSG, AC_CANCEL = (
    int(ActionType.UAC_REQ),
    int(ActionType.SL_MSG),
    int(ActionType.AC_CANCEL),
)
_two_starts = packing.Struct(">HxH").unpack_from
_span = packing.Struct(">HH").unpack_from
_info = compile_columns(MessageInfo, "", ("code", "text", "method", "uri", "header_count"))
_TRANSACTION = ("flags", "hash_index", "label")


def _columns(struct: type[Structure], *names: str) -> dict[str, Callable[..., tuple[Any, ...]]]:
    """Readers by wire order: "" for layout B, "A" for layout A."""
    return {order: compile_columns(struct, order, names) for order in ("", "A")}


_t_req_in = compile_columns(TReqIn, "", (*_TRANSACTION, "payload"))
_sl_req_in = compile_columns(SlReqIn, "", ("flags", "payload"))
_res_in = compile_columns(ResIn, "", (*_TRANSACTION, "uac_id", "payload"))
_ACTIONS = {
    int(ActionType.REPLY_PROV): _columns(Reply, *_TRANSACTION, "text"),
    int(ActionType.REPLY_FIN): _columns(Reply, *_TRANSACTION, "text"),
    UAC_REQ: _columns(UacReq, "flags", "uac_id", "text"),
    SL_MSG: _columns(SlMsg, "flags", "text"),
    AC_CANCEL: _columns(AcCancel, *_TRANSACTION, "uac_id", "text"),
}


def quick_event(data: bytes, dialect: Dialect) -> Quick | None:
    """A T_REQ_IN, SL_REQ_IN or RES_IN."""
    hash_index = label = uac_id = None
    note = ""
    try:
        kind = data[4]
        if kind == T_REQ_IN:
            flags, hash_index, label, at, _ = _t_req_in(data, 0)
            if flags == E2E_ACK:
                flags, note = 0, ACK_NOTE
        elif kind == RES_IN:
            flags, hash_index, label, uac_id, at, _ = _res_in(data, 0)
        elif kind == SL_REQ_IN:
            flags, at, _ = _sl_req_in(data, 0)
        else:
            return None
        if flags or at == len(data):
            return None
        told = _message(data, at, dialect)
    except FAILURES:
        return None
    return told and (hash_index, label, uac_id, note, *told)


def quick_action(data: bytes, order: str) -> Quick | None:
    """An action that carries SIP text. order: the wire order, as in `frame_order`."""
    hash_index = label = uac_id = None
    try:
        kind = data[4]
        columns = _ACTIONS.get(kind)
        if columns is None:
            return None
        values = columns[order](data, 0)
    except FAILURES:
        return None
    at = values[-2]
    if values[0] or at > len(data):
        return None
    if kind == UAC_REQ:
        uac_id = values[1]
    elif kind == AC_CANCEL:
        _, hash_index, label, uac_id, _, _ = values
    elif kind != SL_MSG:
        _, hash_index, label, _, _ = values
    told = quick_text(data, at)
    return told and (hash_index, label, uac_id, "", *told)


def _message(data: bytes, at: int, dialect: Dialect) -> tuple[str, str] | None:
    """Start line and Call-ID of the encoded message at `at`, by its index."""
    code, start, length, method, method_length, uri, uri_length, count, index = _info(data, at)
    text = at + start
    if (
        text + length != len(data)
        or uri != method + method_length + 1
        or dialect.header_prefix != PREFIX
        or index + 3 * count + 3 > text
    ):
        return None
    line = data[text + method : text + uri + uri_length]
    if line.find(b" ") != method_length:
        return None
    if code >= FIRST_STATUS and line[:method_length] != b"%d" % code:
        return None
    i = data[index : index + 3 * count : 3].find(CALLID)
    if i < 0:
        return None
    begin, end = _two_starts(data, index + 3 * i + 1)
    if not (index <= at + begin <= at + end - SHORTEST_PREFIX and at + end <= text):
        return None
    header, size = _span(data, at + begin)
    value = data[text + header : text + header + size]
    call_id = value[value.find(b":") + 1 :].strip()
    if not call_id:
        return None
    return str(line, "utf-8", "backslashreplace"), str(call_id, "utf-8", "backslashreplace")


def quick_text(data: bytes, at: int) -> tuple[str, str] | None:
    """Start line and Call-ID of the SIP text that runs from `at` to the end."""
    end = data.find(b"\r\n", at)
    if data.startswith(b"SIP/2.0 ", at):
        line = data[at + 8 : end]
        if end < 0 or not line[:3].isdigit() or line[3:4] != b" ":
            return None
    else:
        line = data[at : end - 8]
        if end < 0 or line.count(b" ") != 1 or data[end - 8 : end] != b" SIP/2.0":
            return None
    if b"\n" in line:
        return None
    found = data.find(b"\r\nCall-ID: ", end)
    stop = data.find(b"\r\n", found + 2)
    if found < 0 or stop < 0 or data.find(b"\r\n\r\n", at, found + 4) >= 0:
        return None
    call_id = data[found + 11 : stop].strip()
    if not call_id or b"\r" in call_id or b"\n" in call_id:
        return None
    return str(line, "utf-8", "backslashreplace"), str(call_id, "utf-8", "backslashreplace")
