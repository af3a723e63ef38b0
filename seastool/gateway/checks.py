"""What a request must have to be handed over (RFC 3261 sections 8.2.2, 9.2, 16.3 and 18.3)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from seastool.sip.hop import UDP
from seastool.sip.incoming import Incoming

_LONGEST_NUMBER: Final = 10
_SCHEME: Final = re.compile(rb"(?:sips?|tels?|urn):", re.IGNORECASE)  # that events have a code for


class Refusal(NamedTuple):
    """The final response in place of handing a request over; of a CANCEL it may be a 200."""

    status: int
    reason: bytes


MERGED: Final = Refusal(482, b"Request Merged")
LOOPED: Final = Refusal(482, b"Loop Detected")
NOTHING_TO_CANCEL: Final = Refusal(481, b"Call/Transaction Does Not Exist")
TOO_LATE: Final = Refusal(200, b"OK")
BUSY: Final = Refusal(503, b"Service Unavailable")
_OTHER_SCHEME: Final = Refusal(416, b"Unsupported URI Scheme")
_TOO_MANY_HOPS: Final = Refusal(483, b"Too Many Hops")
_BAD_FORWARDS: Final = Refusal(400, b"Bad Max-Forwards")
_BAD_CSEQ: Final = Refusal(400, b"CSeq Method Does Not Match")
_BAD_LENGTH: Final = Refusal(400, b"Bad Content-Length")
_SHORT_BODY: Final = Refusal(400, b"Body Shorter Than Content-Length")


def refusal(request: Incoming, protocol: int) -> Refusal | None:
    """Why a request is not handed over; None if it is. protocol: that it came by."""
    text, firsts = request.text, request.outline.firsts
    cseq = request.headers[3]
    if text[cseq.value : cseq.end].split(maxsplit=2)[1:2] != [request.method]:
        return _BAD_CSEQ
    if not _SCHEME.match(text, request.start.second[0]):
        return _OTHER_SCHEME
    forwards = firsts.get("MAXFORWARDS")
    if forwards is not None:
        hops = text[forwards.value : forwards.end].strip()
        if not hops.isdigit():
            return _BAD_FORWARDS
        if not hops.strip(b"0"):
            return _TOO_MANY_HOPS
    length = firsts.get("CONTENTLENGTH")
    if length is None or protocol != UDP:  # a stream was cut by it already
        return None
    size = text[length.value : length.end].strip()
    if not size.isdigit() or len(size) > _LONGEST_NUMBER:
        return _BAD_LENGTH
    return _SHORT_BODY if int(size) > len(text) - request.outline.body else None
