"""What a ladder reads of a SIP text: leniently, since a broken message is an arrow too."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from seastool.render.printable import text_of
from seastool.render.sip_text import call_id, cseq, head_of, start_line

MAX_HEAD: Final = 1 << 16
_VIA: Final = re.compile(rb"^(?:via|v)[ \t]*:[ \t]*([^\r\n]*)", re.I | re.M)
_SENT_BY: Final = re.compile(rb"[^ \t]+[ \t]+(\[[^\]]*\]|[^ \t:;,]+)(?:[ \t]*:[ \t]*([0-9]{1,5}))?")
_BRANCH: Final = re.compile(rb";[ \t]*branch[ \t]*=[ \t]*([^ \t;,\r\n]+)", re.I)
_FROM: Final = re.compile(rb"^(?:from|f)[ \t]*:[ \t]*([^\r\n]*)", re.I | re.M)
_TO: Final = re.compile(rb"^(?:to|t)[ \t]*:[ \t]*([^\r\n]*)", re.I | re.M)
_TAG: Final = re.compile(rb";[ \t]*tag[ \t]*=[ \t]*([^ \t;,\r\n]+)", re.I)
_ANGLED: Final = re.compile(rb"<([^>]*)>")
_USER: Final = re.compile(r"sips?:([^@;?]*)@", re.I)
_DEFAULT_PORT: Final = 5060


class SipParts(NamedTuple):
    """The parts that join messages. vias: how many; sent_by: host and port of the top one."""

    method: str
    status: int
    subject: str
    call_id: str
    cseq: int | None
    cseq_method: str
    branch: bytes
    from_uri: str
    to_uri: str
    to_tag: bytes
    vias: int
    sent_by: tuple[str, int] | None


def read_sip(text: bytes) -> SipParts:
    """The parts of a SIP message; empty where it does not have them. Never raises."""
    text = text[:MAX_HEAD]
    head = head_of(text)
    number, method = cseq(head)
    vias = _VIA.findall(head)
    top = vias[0] if vias else b""
    branch = _BRANCH.search(top)
    to = _TO.search(head)
    tag = _TAG.search(to[1]) if to else None
    return SipParts(
        *start_line(text),
        call_id(text),
        number,
        method,
        branch[1] if branch else b"",
        _uri(_FROM.search(head)),
        _uri(to),
        tag[1] if tag else b"",
        sum(value.count(b",") + 1 for value in vias),
        _sent_by(top),
    )


def _uri(found: re.Match[bytes] | None) -> str:
    """The URI of a From or To value, with or without angle brackets."""
    if found is None:
        return ""
    value = found[1]
    angled = _ANGLED.search(value)
    return text_of(angled[1] if angled else value.partition(b";")[0].strip())


def _sent_by(via: bytes) -> tuple[str, int] | None:
    found = _SENT_BY.match(via)
    if not found:
        return None
    return text_of(found[1].strip(b"[]")), int(found[2] or _DEFAULT_PORT)


def user_of(uri: str) -> str:
    """The user part of a SIP URI; empty without one."""
    found = _USER.match(uri)
    return found[1] if found else ""
