"""Texts that would break a picture if they were not escaped, and ladders that carry them."""

from hypothesis import strategies as st
from ladder_traffic import CALLEE, PHONE, PROXY, Trace, request, response

from seastool.ladder import Ladder, Mark, Severity

PIECES = [
    "<script>alert(1)</script>",
    "</pre></article><img src=x onerror=alert(1)>",
    "</text></svg><svg onload=alert(1)>",
    "]]>",
    "<!--",
    "-->",
    '"',
    "'",
    "&amp;",
    "&#60;",
    "&",
    "<",
    ">",
    ";",
    "%%{init}",
    "wrap:",
    "#",
    "`",
    "\\",
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x9b1m",
    "\u202e",
    "\u2066",
    "\u200f",
    "\ufeff",
    "\x00",
    "\x7f",
    "\ud800",
    "é",
    "e\u0301",
    "漢字",
    "שלום",
    "bob",
    "@",
    " ",
    "javascript:alert(1)",
    "u" * 70,
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=6).map("".join)


def wire(text: str) -> bytes:
    """A text that stays on its line."""
    return text.replace("\r", "").replace("\n", "").encode("utf-8", "surrogatepass")


def hostile_ladder(call_id: str, uri: str, reason: str, sender: str, mark: str) -> Ladder:
    """A ladder of one call, in which each text stands where it stands in a message."""
    trace = Trace()
    ask = request(call_id="CALL", uri="sip:URI@x", sender="sip:SENDER@y")
    for old, new in ((b"CALL", call_id), (b"URI", uri), (b"SENDER", sender)):
        ask = ask.replace(old, wire(new).strip() or b"-")
    told = response(486, "REASON", call_id="CALL").replace(b"REASON", wire(reason))
    told = told.replace(b"CALL", wire(call_id).strip() or b"-")
    trace.sip(ask)
    trace.sip(ask, after_ms=500)
    trace.sip(ask, PROXY, CALLEE)
    trace.sip(ask, PROXY, PROXY)
    trace.sip(told, PROXY, PHONE)
    trace.ping(1)
    ladder = trace.ladder(contents=True)
    ladder.add_marks([Mark(1, Severity.ERROR, mark), Mark(999, Severity.INFO, mark)])
    return ladder


ladders = st.builds(hostile_ladder, texts, texts, texts, texts, texts)
