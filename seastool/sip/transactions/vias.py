"""The Vias of a request, by which one that has been here before is known (RFC 3261 section 16.3
item 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from seastool.sip.incoming import Incoming

_VALUE: Final = re.compile(rb'(?:[^",]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
_SENT_BY: Final = re.compile(
    rb"\s*[^\s/]+\s*/\s*[^\s/]+\s*/\s*([^\s/]+)\s+(\[[^\]\s]*\]|[^\s:;]+)(?:\s*:\s*([0-9]+))?"
)
_BRANCH: Final = re.compile(rb";\s*branch\s*=\s*([^;,\s]*)", re.IGNORECASE)


def vias(request: Incoming) -> Iterator[tuple[bytes, bytes]]:
    """Sent-by (`host:port` in lower case, the default port filled in) and branch of each Via.

    What does not read as a Via is left out.
    """
    for kind, _, value, end in request.outline.lines:
        if kind != "VIA":
            continue
        for part in _VALUE.findall(request.text, value, end):
            found = _SENT_BY.match(part)
            if found is None:
                continue
            branch = _BRANCH.search(part, found.end())
            port = found[3] or (b"5061" if found[1].upper() == b"TLS" else b"5060")
            yield b"%s:%s" % (found[2].lower(), port), branch[1] if branch else b""
