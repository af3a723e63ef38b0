"""What is answered to a request that the parser refuses: 400, or 505 for another version, as far
as it can be answered."""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

from seastool.sip.parts import head_of, header_pattern, start_line

_COPIED: Final = ("Via", "From", "To", "Call-ID", "CSeq")
_LONGEST: Final = 4096
_BAD: Final = b"SIP/2.0 400 Bad Request\r\n"
_OTHER_VERSION: Final = b"SIP/2.0 505 Version Not Supported\r\n"
_TAG: Final = re.compile(rb";\s*tag\s*=", re.IGNORECASE)


def bad_request(data: bytes) -> bytes | None:
    """The response with the request's own headers; None for a response, an ACK, and what has not
    the headers that a response needs."""
    method, uri = start_line(data)
    if not uri or method.isdigit() or method == "ACK":
        return None
    head = head_of(data)
    if len(head) > _LONGEST:
        return None
    is_ours = data.split(b"\n", 1)[0].rstrip().upper().endswith(b" SIP/2.0")
    lines = [_BAD if is_ours else _OTHER_VERSION]
    for name in _COPIED:
        found = header_pattern(name).findall(head)
        if not found:
            return None
        values = [value.strip() for value in (found if name == "Via" else found[:1])]
        if name == "To" and not _TAG.search(values[0]):
            values[0] += b";tag=%08x" % crc32(head)  # the same for the same request: 8.2.7
        lines += [name.encode() + b": " + value + b"\r\n" for value in values]
    return b"".join(lines) + b"Content-Length: 0\r\n\r\n"
