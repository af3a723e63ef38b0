"""The SIP text of actions: what the proxy will make of it
(docs/protocol.md: Replies, Requests of the application server)."""

from __future__ import annotations

import re
from typing import Final

from seastool.interop.report import Report
from seastool.interop.sip_scan import ScannedSip, scan
from seastool.seas.frames import AcCancel, Reply, SlMsg, UacReq
from seastool.seas.types import ActionType

MAX_HEADERS: Final = 1024  # of the headers that the proxy keeps, in one block
FIRST_FINAL: Final = 200
_TAG = re.compile(rb";\s*tag\s*=\s*[^\s;,]", re.I)
_NOT_KEPT = b"via v to t from f cseq call-id i content-length l route max-forwards"
_REPLACED = frozenset(_NOT_KEPT.split())
SipAction = Reply | UacReq | SlMsg | AcCancel


def check_sip_action(report: Report, action: SipAction) -> None:
    """Report what of an action's text the proxy refuses, changes or drops."""
    text = report.text = action.text
    start, end = len(report.data) - len(text), len(report.data)
    scanned = scan(text)
    if scanned is None:
        report.add("sip-text", "text", start, end, "the SIP text does not parse", text=text[:80])
        return
    line = text.partition(b"\n")[0].rstrip(b"\r")
    line_end = start + len(line)
    if isinstance(action, Reply) and scanned.is_request:
        report.add("reply-not-response", "text", start, line_end, "is a request", text=line)
    elif isinstance(action, UacReq | AcCancel) and not scanned.is_request:
        report.add("request-not-request", "text", start, line_end, "is a response", text=line)
    elif isinstance(action, Reply):
        _check_status(report, action, scanned, (start, line_end))
    elif isinstance(action, UacReq):
        _check_uac(report, scanned, start)
    elif isinstance(action, AcCancel) and not text.startswith(b"CANCEL "):
        report.add("cancel-method", "text", start, line_end, "is not a CANCEL", text=line)
    _check_block(report, scanned, start)
    _check_body(report, scanned, start)


def _check_status(report: Report, action: Reply, scanned: ScannedSip, at: tuple[int, int]) -> None:
    status = int(report.text[scanned.method[0] : scanned.method[1]])
    if (status < FIRST_FINAL) != (action.type == ActionType.REPLY_PROV):
        name = ActionType(action.type).name
        says = f"{name} with status {status}: the proxy goes by the status"
        report.add("reply-status", "type", 4, 5, says, text=report.text[: at[1] - at[0]])


def _check_uac(report: Report, scanned: ScannedSip, start: int) -> None:
    missing = []
    tagged = scanned.values("from", "f")
    if not tagged or not _TAG.search(tagged[0].rpartition(b">")[2] or tagged[0]):
        missing.append("From tag")
    for names in (("to", "t"), ("call-id", "i"), ("cseq",)):
        if not scanned.values(*names):
            missing.append(names[0].title())
    if missing:
        says = f"no {', '.join(missing)}: the proxy answers with AC_RES_FAIL"
        line = 0, scanned.headers[0].start if scanned.headers else len(report.text)
        report.add("uac-headers", "text", start, start + line[1], says, text=line)
    for header in scanned.headers:
        if header.name.lower() == b"cseq" and header.value.split()[:1] == [b"1"]:
            where = header.start, header.end
            says = "CSeq 1 goes out as 11: use 2 or more"
            report.add("uac-cseq-one", "text", start + where[0], start + where[1], says, text=where)


def _check_block(report: Report, scanned: ScannedSip, start: int) -> None:
    kept = [h for h in scanned.headers if h.name.lower() not in _REPLACED]
    size = sum(header.length for header in kept)
    if size > MAX_HEADERS:
        place = start + kept[0].start, start + kept[-1].end
        says = f"{size} bytes of headers, the proxy keeps {MAX_HEADERS}"
        report.add("headers-too-long", "text", *place, says)


def _check_body(report: Report, scanned: ScannedSip, start: int) -> None:
    have = len(report.text) - scanned.body_start
    for header in scanned.headers:
        if header.name.lower() in (b"content-length", b"l") and header.value.isdigit():
            if int(header.value) != have:
                where = header.start, header.end
                place = start + where[0], start + where[1]
                says = f"says {int(header.value)}, the body has {have} bytes"
                report.add("body-length", "text", *place, says, text=where)
            return
